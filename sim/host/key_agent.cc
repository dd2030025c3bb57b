#include "sim/host/key_agent.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake::host {

KeyAgent::KeyAgent(const KeyCoordinator& settings, net::Simulation& simulation,
                   net::Network& network, net::MachineId server, net::MachineId coordinator,
                   KeyName last, Random random, std::function<void(const KeyHandout&)> on_keys)
    : settings_(settings),
      simulation_(simulation),
      network_(network),
      server_(server),
      coordinator_(network.address(coordinator, key_port)),
      last_(last),
      random_(std::move(random)),
      on_keys_(std::move(on_keys)),
      alarm_(simulation, [this] { on_alarm(); }),
      port_(network.open_port(server, key_port, *this)) {
    if (settings_.delivery == KeyDelivery::poll) {
        // Somewhere within the first interval, as of servers that were not started together.
        const double phase = random_.uniform();
        alarm_.set(simulation_.now() +
                   Duration{static_cast<std::int64_t>(
                       phase * static_cast<double>(settings_.poll_interval.count()))});
    }
}

KeyAgent::~KeyAgent() = default;

void KeyAgent::take_down() {
    if (down_++ > 0) return;
    port_.reset();
    alarm_.clear();
    patience_.reset();
}

void KeyAgent::bring_up() {
    RESHAKE_CHECK(down_ > 0);
    if (--down_ > 0) return;
    port_ = network_.open_port(server_, key_port, *this);
    ask();
}

void KeyAgent::lose() {
    last_.reset();
    if (port_ != nullptr) ask();
}

void KeyAgent::ask() {
    patience_ = settings_.retry;
    send(true);
    alarm_.set(simulation_.now() + *patience_);
}

void KeyAgent::on_alarm() {
    if (!patience_) {
        ask();
        return;
    }
    patience_ = std::min(*patience_ * 2, settings_.retry_at_most);
    send(true);
    alarm_.set(simulation_.now() + *patience_);
}

void KeyAgent::send(bool asks) {
    port_->send(coordinator_, encode(KeyReport{.asks = asks, .last = last_}));
}

void KeyAgent::on_datagram(const net::DatagramAddress& from, std::span<const std::byte> datagram) {
    const auto message = decode(datagram);
    const auto* handout = message ? std::get_if<KeyHandout>(&*message) : nullptr;
    if (from != coordinator_ || handout == nullptr) return;
    if (handout->keys.empty()) {
        settle();
        return;
    }
    last_ = handout->keys.back().stek.key_name;
    on_keys_(*handout);
    if (handout->keys.size() == keys_per_message) {
        ask();  // There may be more.
        return;
    }
    settle();
    if (settings_.delivery == KeyDelivery::push) send(false);
}

/// Whatever was asked has been answered.
void KeyAgent::settle() {
    patience_.reset();
    if (settings_.delivery == KeyDelivery::poll) {
        alarm_.set(simulation_.now() + until_next_poll());
    } else {
        alarm_.clear();
    }
}

Duration KeyAgent::until_next_poll() {
    const double part = 1.0 - settings_.poll_jitter * random_.uniform();
    return Duration{
        static_cast<std::int64_t>(part * static_cast<double>(settings_.poll_interval.count()))};
}

}  // namespace reshake::host
