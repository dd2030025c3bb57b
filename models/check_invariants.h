// What can be wrong with the invariants of a scenario.
#pragma once

#include "models/findings.h"

namespace reshake {

/// Finds populations that are not there, and limits that nothing can break.
void check_invariants(const Scenario& scenario, Findings& out);

}  // namespace reshake
