// The machine that makes a fleet's ticket keys, and hands them out.
//
// It makes each key when its own clock says that it is time to hand it out, so that it may be late,
// early, or dead; it keeps a key until it is retired. Nothing happens between two keys but answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/key_distribution.h"
#include "models/stek.h"
#include "models/wall_clock.h"
#include "sim/base/time.h"
#include "sim/host/key_messages.h"
#include "sim/net/datagram.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::host {

class KeyMaker final : private net::DatagramEvents {
public:
    /// The key that a server's ring has under an id.
    using Make = std::function<Stek(std::size_t server, const KeyId& key)>;

    /// `servers` in the order of `Make`'s index. All references must outlive the coordinator.
    KeyMaker(const KeyCoordinator& settings, const StekRotation& rotation, const WallClock& clock,
             net::Simulation& simulation, net::Network& network, net::MachineId machine,
             const std::vector<net::MachineId>& servers, Make make);
    ~KeyMaker() override;
    KeyMaker(const KeyMaker&) = delete;
    KeyMaker& operator=(const KeyMaker&) = delete;

    /// From now on each key that leaves for a server is told to `witness`.
    void tell(std::function<void(std::size_t server, const Stek& key)> witness) {
        witness_ = std::move(witness);
    }

    /// What it has to hand out at present, in the order of making.
    [[nodiscard]] const std::vector<HandedKey>& keys() const noexcept { return keys_; }

    void take_down();
    /// Takes one `take_down` back. `lost_by`: the fault that has lost its keys, if it has: then it
    /// makes others. In any case it has forgotten who has got what.
    void bring_up(std::optional<std::int32_t> lost_by);
    /// Its clock has been put off or set right.
    void on_clock_changed();

private:
    struct Recipient {
        net::DatagramAddress address;
        std::size_t confirmed = 0;  ///< How many of `keys_`, from the first on.
        Duration patience{};
        std::unique_ptr<net::Alarm> alarm;
    };

    void on_datagram(const net::DatagramAddress& from,
                     std::span<const std::byte> datagram) override;
    /// Makes what is due, and pushes what is new.
    void work();
    void make_due();
    void wait_for_the_next();
    void push_all();
    void push(std::size_t server);
    void push_again(std::size_t server);
    /// Sends those of `keys_` from `from` on that are not retired, as many as fit.
    void hand_out(std::size_t server, std::size_t from);
    /// How many of `keys_`, from the first on, the server has when it has what it reports.
    [[nodiscard]] std::size_t known(std::size_t server, const KeyReport& report) const;
    [[nodiscard]] Instant date() const { return clock_.shows(simulation_.now()); }

    const KeyCoordinator& settings_;
    const StekRotation& rotation_;
    const WallClock& clock_;
    net::Simulation& simulation_;
    net::Network& network_;
    net::MachineId machine_;
    Make make_;
    std::function<void(std::size_t, const Stek&)> witness_;  ///< Empty: nobody asks.
    std::int32_t lost_by_ = -1;
    std::vector<HandedKey> keys_;
    std::vector<Recipient> servers_;
    std::unordered_map<std::uint32_t, std::size_t> by_machine_;
    net::Alarm alarm_;  ///< The next key.
    std::uint32_t down_ = 0;
    std::unique_ptr<net::DatagramPort> port_;
};

}  // namespace reshake::host
