// A server's side of key distribution: asks in turn, or waits for what is pushed, and asks whenever
// it may have missed something.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "models/key_distribution.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/host/key_messages.h"
#include "sim/net/datagram.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::host {

class KeyAgent final : private net::DatagramEvents {
public:
    /// `last` is the key that the server was set up with. `settings`, `simulation` and `network`
    /// must outlive the agent; `on_keys` is called from the run loop.
    KeyAgent(const KeyCoordinator& settings, net::Simulation& simulation, net::Network& network,
             net::MachineId server, net::MachineId coordinator, KeyName last, Random random,
             std::function<void(const KeyHandout&)> on_keys);
    ~KeyAgent() override;
    KeyAgent(const KeyAgent&) = delete;
    KeyAgent& operator=(const KeyAgent&) = delete;

    /// Its process is gone.
    void take_down();
    /// Takes one `take_down` back; when all are, the process is back, and asks what it has missed.
    void bring_up();
    /// The process has lost its keys; it asks for them if it is up.
    void lose();

private:
    void on_datagram(const net::DatagramAddress& from,
                     std::span<const std::byte> datagram) override;
    void on_alarm();
    void ask();
    void send(bool asks);
    void settle();
    [[nodiscard]] Duration until_next_poll();

    const KeyCoordinator& settings_;
    net::Simulation& simulation_;
    net::Network& network_;
    net::MachineId server_;
    net::DatagramAddress coordinator_;
    std::optional<KeyName> last_;
    Random random_;
    std::function<void(const KeyHandout&)> on_keys_;
    net::Alarm alarm_;                  ///< The next poll, or the next try.
    std::optional<Duration> patience_;  ///< Of the question that is open.
    std::uint32_t down_ = 0;
    std::unique_ptr<net::DatagramPort> port_;
};

}  // namespace reshake::host
