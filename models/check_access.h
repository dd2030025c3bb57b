// Validation of the clients' links: laws whose parameters must fit each other.
#pragma once

#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

void check_accesses(const Scenario& scenario, Findings& out);

}  // namespace reshake
