// Turns fault values into what happens to the network and to servers at their time, and records it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/fault_plan.h"
#include "models/gate.h"
#include "models/scenario.h"
#include "sim/base/random.h"
#include "sim/chaos/canary.h"
#include "sim/chaos/operator.h"
#include "sim/chaos/places.h"
#include "sim/chaos/staged_rollouts.h"
#include "sim/history/history.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::chaos {

class FaultSchedule {
public:
    /// Schedules `faults`, which are those of `scenario` and a seed. Everything given must outlive
    /// the schedule.
    FaultSchedule(const Scenario& scenario, const std::vector<ExplicitFault>& faults,
                  const Places& places, net::Simulation& simulation, net::Network& network,
                  Operator& servers, CanaryWatch& canaries, history::History& history,
                  const Random& random);
    FaultSchedule(const FaultSchedule&) = delete;
    FaultSchedule& operator=(const FaultSchedule&) = delete;

    /// Records the faults that are still on, for the end of a run.
    void close();

private:
    void begin(const Partition& fault, std::uint32_t index);
    void end(const Partition& fault, std::uint32_t index);
    void begin(const GreyFailure& fault, std::uint32_t index);
    void end(const GreyFailure& fault, std::uint32_t index);
    void begin(const Restart& fault, std::uint32_t index);
    void end(const Restart& fault, std::uint32_t index);
    void begin(const Deploy& fault, std::uint32_t index);
    void end(const Deploy& fault, std::uint32_t index);
    void begin(const Drain& fault, std::uint32_t index);
    void end(const Drain& fault, std::uint32_t index);
    void begin(const ClockSkew& fault, std::uint32_t index);
    void end(const ClockSkew& fault, std::uint32_t index);
    void begin(const Crash& fault, std::uint32_t index);
    void end(const Crash& fault, std::uint32_t index);
    void begin(const Freeze& fault, std::uint32_t index);
    void end(const Freeze& fault, std::uint32_t index);
    void begin(const Overload& fault, std::uint32_t index);
    void end(const Overload& fault, std::uint32_t index);
    void begin(const CacheLoss& fault, std::uint32_t index);
    void end(const CacheLoss& fault, std::uint32_t index);
    void begin(const KeyWipe& fault, std::uint32_t index);
    void end(const KeyWipe& fault, std::uint32_t index);
    void begin(const KeyDesync& fault, std::uint32_t index);
    void end(const KeyDesync& fault, std::uint32_t index);
    void begin(const KeyCorruption& fault, std::uint32_t index);
    void end(const KeyCorruption& fault, std::uint32_t index);
    void begin(const CertificateExpiry& fault, std::uint32_t index);
    void end(const CertificateExpiry& fault, std::uint32_t index);
    void begin(const CertificateReplacement& fault, std::uint32_t index);
    void end(const CertificateReplacement& fault, std::uint32_t index);
    void begin(const Revocation& fault, std::uint32_t index);
    void end(const Revocation& fault, std::uint32_t index);
    void begin(const PolicyFlip& fault, std::uint32_t index);
    void end(const PolicyFlip& fault, std::uint32_t index);
    void begin(const StagedRollout& fault, std::uint32_t index);
    void end(const StagedRollout& fault, std::uint32_t index);
    /// It is over, and nothing is left to be done about it.
    void record_end(std::uint32_t index);

    /// Puts gates between the groups of a Partition or a GreyFailure, and takes them away.
    void part(const auto& fault, std::uint32_t index);
    void join(const auto& fault, std::uint32_t index);
    /// Calls `visit(from, to, gate)` for each way on which the fault has a gate.
    void for_each_way(const auto& fault, std::uint32_t index, const auto& visit);

    /// The servers from `first` on that have their turn together.
    /// Schedules the turns of its servers: of what happens at the same instant, what stands first
    /// in the list of faults comes first.
    void plan(const Deploy& fault, std::uint32_t index);
    [[nodiscard]] PlacePath place_of(const std::string& path) const;
    /// The servers of a fleet, a site, or one; site by site. None where the path is a cache's.
    [[nodiscard]] std::vector<ServerIndex> servers_of(const std::string& path) const;

    /// The replicas of a cache, or one; none where the path is one of servers.
    [[nodiscard]] std::vector<CacheIndex> caches_of(const std::string& path) const;

    const Scenario& scenario_;
    const std::vector<ExplicitFault>& faults_;
    const Places& places_;
    net::Simulation& simulation_;
    net::Network& network_;
    Operator& servers_;
    history::History& history_;
    StagedRollouts rollouts_;
    const Random& random_;
    std::map<std::uint32_t, std::array<Gate, 2>> gates_;  ///< There and back, by index as below.
    std::map<std::uint32_t, history::Fault> on_;          ///< By index into the faults.
};

}  // namespace reshake::chaos
