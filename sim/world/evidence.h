// What a run leaves behind for somebody who wants to look into it: packets, secrets, a trace.
//
// It is asked for beside the scenario, of whose results it changes no byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "models/scenario.h"
#include "sim/chaos/places.h"
#include "sim/history/trace.h"
#include "sim/host/diary.h"
#include "sim/net/capture.h"
#include "sim/net/packet_view.h"
#include "sim/net/simulation.h"
#include "sim/net/tap.h"

namespace reshake::world {

/// An attempt, by the columns of its table that name it.
struct AttemptName {
    std::uint16_t population = 0;
    std::uint32_t client = 0;
    std::uint32_t visit = 0;
    std::uint16_t connection = 0;
    std::uint16_t attempt = 0;

    bool operator==(const AttemptName&) const = default;
};

/// What is wanted. Without an attempt: of all of them; a trace is of one alone.
struct EvidenceWishes {
    std::optional<AttemptName> attempt{};
    bool packets = false;
    bool key_log = false;
    bool trace = false;
    bool everything = false;  ///< Packets and keys of the whole run, the trace of the attempt.
};

class Evidence final : public net::Tap, public host::AttemptWatcher {
public:
    explicit Evidence(const EvidenceWishes& wishes) : wishes_(wishes) {}
    Evidence(const Evidence&) = delete;
    Evidence& operator=(const Evidence&) = delete;

    /// For the time of one run; all must stay until it is over.
    void begin(const net::Simulation& simulation, const Scenario& scenario,
               const chaos::Places& places);
    /// What comes now is only tidying up.
    void end() noexcept { over_ = true; }
    [[nodiscard]] bool wants_packets() const noexcept { return wishes_.packets || wishes_.trace; }
    [[nodiscard]] bool wants_keys() const noexcept { return wishes_.key_log; }

    /// By the paths of the machines: "phones/17", "edge/ams/server-1".
    [[nodiscard]] const std::map<std::string, net::Capture>& captures() const noexcept {
        return captures_;
    }
    /// Lines of the NSS key log format, of the clients' ends.
    [[nodiscard]] const std::string& key_log() const noexcept { return key_log_; }
    [[nodiscard]] const history::Trace& trace() const noexcept { return trace_; }

private:
    /// One direction of the attempt's connection.
    struct Direction {
        std::uint32_t begin = 0;  ///< The first sequence number.
        std::uint32_t end = 0;    ///< Behind the last that was sent.
        bool begun = false;
    };

    void on_packet(net::Sighting sighting, const net::Vantage& at,
                   std::span<const std::byte> packet) override;
    host::Diary* begins(const history::Attempt& row, net::MachineId machine) override;

    /// Whether the packet is of the attempt that is asked for.
    [[nodiscard]] bool follow(net::Sighting sighting, const net::Vantage& at,
                              const net::PacketView& view);
    void trace(net::Sighting sighting, const net::PacketView& view);
    [[nodiscard]] std::string path_of(const net::Vantage& at);
    [[nodiscard]] std::string client_path(std::size_t population, std::uint32_t client) const;

    EvidenceWishes wishes_;
    const net::Simulation* simulation_ = nullptr;
    const Scenario* scenario_ = nullptr;
    const chaos::Places* places_ = nullptr;
    std::map<std::string, net::Capture> captures_;
    std::string key_log_;
    history::Trace trace_;

    std::unique_ptr<host::Diary> of_all_;      ///< For the keys of every attempt.
    std::unique_ptr<host::Diary> of_attempt_;  ///< Of the one that is asked for, once it begins.
    std::optional<net::MachineId> machine_;    ///< Where it began, until another one begins there.
    std::optional<net::DatagramAddress> client_end_;  ///< Of its connection.
    Direction from_client_;
    Direction from_server_;
    bool over_ = false;
};

}  // namespace reshake::world
