// Turns fault values into what happens to the network and to servers at their time, and records it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/scenario.h"
#include "sim/chaos/operator.h"
#include "sim/chaos/places.h"
#include "sim/history/history.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::chaos {

class FaultSchedule {
public:
    /// Schedules every fault of `scenario`. Everything given must outlive the schedule.
    FaultSchedule(const Scenario& scenario, const Places& places, net::Simulation& simulation,
                  net::Network& network, Operator& servers, history::History& history);
    FaultSchedule(const FaultSchedule&) = delete;
    FaultSchedule& operator=(const FaultSchedule&) = delete;

    /// Records the faults that are still on, for the end of a run.
    void close();

private:
    void begin(const Partition& fault, std::uint32_t index);
    void end(const Partition& fault, std::uint32_t index);
    void begin(const Restart& fault, std::uint32_t index);
    void end(const Restart& fault, std::uint32_t index);
    void begin(const Deploy& fault, std::uint32_t index);
    void end(const Deploy& fault, std::uint32_t index);
    void begin(const Drain& fault, std::uint32_t index);
    void end(const Drain& fault, std::uint32_t index);
    void begin(const ClockSkew& fault, std::uint32_t index);
    void end(const ClockSkew& fault, std::uint32_t index);

    /// The servers from `first` on that have their turn together.
    void take_turn(const Deploy& fault, std::uint32_t index, std::size_t first);
    void replace(const Deploy& fault, std::uint32_t index, ServerIndex server);
    [[nodiscard]] Duration lasting(const Fault& fault) const;
    [[nodiscard]] PlacePath place_of(const std::string& path) const;
    /// The servers of a fleet, a site, or one; site by site. None where the path is a cache's.
    [[nodiscard]] std::vector<ServerIndex> servers_of(const std::string& path) const;

    /// The replicas of a cache, or one; none where the path is one of servers.
    [[nodiscard]] std::vector<CacheIndex> caches_of(const std::string& path) const;

    const Scenario& scenario_;
    const Places& places_;
    net::Simulation& simulation_;
    net::Network& network_;
    Operator& servers_;
    history::History& history_;
    std::map<std::uint32_t, history::Fault> on_;  ///< By index into Scenario.faults.
};

}  // namespace reshake::chaos
