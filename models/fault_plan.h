// The faults of a run, worked out from a scenario and a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/fault_schedules.h"
#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// A fault that is to happen, and which of those that the scenario says it is.
struct ExplicitFault {
    Fault fault;
    std::size_t planned = 0;  ///< Index into Scenario.faults.
    std::size_t strike = 0;   ///< Of a Nemesis: index into its strikes.
};

/// Every fault of the run that `seed` gives, in the order of Scenario.faults; those of a Periodic
/// or a Nemesis stand in its place, by their starts.
///
/// Nothing else is drawn from the seed for faults: a scenario that lists these instead gives the
/// same run.
///
/// A Nemesis draws from the stream "faults" / its name / the index of the strike: when from "gaps",
/// and of the k-th that it finds, from "k": whom, for how long, and who is struck along. So one
/// strike more, or longer faults, do not move the others.
[[nodiscard]] std::vector<ExplicitFault> faults_of(const Scenario& scenario, std::uint64_t seed);

/// A fault that can happen, and where the scenario says so.
struct PossibleFault {
    Fault fault;
    std::string path;          ///< "faults[2]", "faults[0].strikes[1].fault"
    std::string where_path{};  ///< Where its scope stands, if it is not the fault's own.
    bool at_random = false;
};

/// For validation: each fault, the first one of each Periodic (every one of a Deploy, whose
/// settings follow from those before), and each strike of a Nemesis at each place.
[[nodiscard]] std::vector<PossibleFault> possible_faults(const Scenario& scenario);

/// What a Periodic or a Nemesis cannot mean.
void check_schedules(const Scenario& scenario, Findings& out);

}  // namespace reshake
