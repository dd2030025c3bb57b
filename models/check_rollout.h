// What a StagedRollout cannot mean.
#pragma once

#include <cstddef>
#include <vector>

#include "models/fault_plan.h"
#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// Of `faults[index]`, which is a StagedRollout.
void check_rollout(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                   std::size_t index, Findings& out);

}  // namespace reshake
