#include "sim/host/key_maker.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake::host {

KeyMaker::KeyMaker(const KeyCoordinator& settings, const StekRotation& rotation,
                   const WallClock& clock, net::Simulation& simulation, net::Network& network,
                   net::MachineId machine, const std::vector<net::MachineId>& servers, Make make)
    : settings_(settings),
      rotation_(rotation),
      clock_(clock),
      simulation_(simulation),
      network_(network),
      machine_(machine),
      make_(std::move(make)),
      alarm_(simulation, [this] { work(); }),
      port_(network.open_port(machine, key_port, *this)) {
    for (const net::MachineId server : servers) {
        const net::DatagramAddress address = network.address(server, key_port);
        const std::size_t index = servers_.size();
        by_machine_[address.machine] = index;
        servers_.push_back({.address = address,
                            .alarm = std::make_unique<net::Alarm>(
                                simulation, [this, index] { push_again(index); })});
    }
    // The servers have been set up with what is there at the start.
    make_due();
    for (Recipient& server : servers_) server.confirmed = keys_.size();
    wait_for_the_next();
}

KeyMaker::~KeyMaker() = default;

void KeyMaker::take_down() {
    if (down_++ > 0) return;
    port_.reset();
    alarm_.clear();
    for (Recipient& server : servers_) server.alarm->clear();
}

void KeyMaker::bring_up(std::optional<std::int32_t> lost_by) {
    RESHAKE_CHECK(down_ > 0);
    if (lost_by) {
        lost_by_ = *lost_by;
        keys_.clear();
    }
    if (--down_ > 0) return;
    port_ = network_.open_port(machine_, key_port, *this);
    for (Recipient& server : servers_) server.confirmed = 0;
    make_due();
    wait_for_the_next();
    push_all();
}

void KeyMaker::on_clock_changed() {
    if (down_ == 0) work();
}

void KeyMaker::work() {
    const std::size_t before = keys_.size();
    make_due();
    wait_for_the_next();
    if (keys_.size() > before) push_all();
}

void KeyMaker::make_due() {
    const Instant now = date();
    const std::int64_t current = issuing_generation(rotation_, now);
    const std::int64_t due = issuing_generation(rotation_, now + settings_.pre_distribution);
    const auto add = [&](std::int64_t generation, Instant seals_from) {
        keys_.push_back(
            {.id = {.source = KeySource::coordinator, .fault = lost_by_, .generation = generation},
             .seals_from = seals_from});
    };
    if (keys_.empty()) add(current, lost_by_ < 0 ? begins_at(rotation_, current) : now);
    // Nobody needs those of a time that has passed while it was away.
    std::int64_t next = std::max(keys_.back().id.generation + 1, current);
    for (; next <= due; ++next) add(next, begins_at(rotation_, next));
}

void KeyMaker::wait_for_the_next() {
    const Instant begins = begins_at(rotation_, keys_.back().id.generation + 1);
    const Instant when =
        clock_.when_it_shows(begins - settings_.pre_distribution, simulation_.now());
    if (when == never) {
        alarm_.clear();
    } else {
        alarm_.set(when);
    }
}

void KeyMaker::push_all() {
    if (settings_.delivery != KeyDelivery::push) return;
    for (std::size_t server = 0; server < servers_.size(); ++server) {
        servers_[server].patience = settings_.retry;
        push(server);
    }
}

void KeyMaker::push(std::size_t server) {
    hand_out(server, servers_[server].confirmed);
    servers_[server].alarm->set(simulation_.now() + servers_[server].patience);
}

void KeyMaker::push_again(std::size_t server) {
    Duration& patience = servers_[server].patience;
    patience = std::min(patience * 2, settings_.retry_at_most);
    push(server);
}

void KeyMaker::hand_out(std::size_t server, std::size_t from) {
    const Instant now = date();
    KeyHandout handout;
    for (std::size_t i = from; i < keys_.size() && handout.keys.size() < keys_per_message; ++i) {
        const bool retired = now >= keys_[i].seals_from + honoured_for(rotation_);
        if (retired && i + 1 < keys_.size()) continue;
        handout.keys.push_back({.key = keys_[i], .stek = make_(server, keys_[i].id)});
    }
    if (witness_) {
        for (const auto& [key, stek] : handout.keys) witness_(server, stek);
    }
    port_->send(servers_[server].address, encode(handout));
}

std::size_t KeyMaker::known(std::size_t server, const KeyReport& report) const {
    if (!report.last) return 0;
    for (std::size_t i = keys_.size(); i > 0; --i) {
        if (make_(server, keys_[i - 1].id).key_name == *report.last) return i;
    }
    return 0;
}

void KeyMaker::on_datagram(const net::DatagramAddress& from, std::span<const std::byte> datagram) {
    const auto message = decode(datagram);
    const auto* report = message ? std::get_if<KeyReport>(&*message) : nullptr;
    const auto found = by_machine_.find(from.machine);
    if (report == nullptr || found == by_machine_.end()) return;
    const std::size_t server = found->second;
    const std::size_t known_to_it = known(server, *report);
    if (report->asks) {
        hand_out(server, known_to_it);
        return;
    }
    Recipient& recipient = servers_[server];
    recipient.confirmed = std::max(recipient.confirmed, known_to_it);
    if (recipient.confirmed == keys_.size()) recipient.alarm->clear();
}

}  // namespace reshake::host
