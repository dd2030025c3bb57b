// Turns fault values into what happens to the network at their time, and records it.
#pragma once

#include <cstdint>
#include <map>

#include "models/scenario.h"
#include "sim/chaos/places.h"
#include "sim/history/history.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::chaos {

class FaultSchedule {
public:
    /// Schedules every fault of `scenario`. Everything given must outlive the schedule.
    FaultSchedule(const Scenario& scenario, const Places& places, net::Simulation& simulation,
                  net::Network& network, history::History& history);
    FaultSchedule(const FaultSchedule&) = delete;
    FaultSchedule& operator=(const FaultSchedule&) = delete;

    /// Records the faults that are still on, for the end of a run.
    void close();

private:
    void begin(const Partition& fault, std::uint32_t index);
    void end(const Partition& fault, std::uint32_t index);

    const Places& places_;
    net::Simulation& simulation_;
    net::Network& network_;
    history::History& history_;
    std::map<std::uint32_t, history::Fault> on_;  ///< By index into Scenario.faults.
};

}  // namespace reshake::chaos
