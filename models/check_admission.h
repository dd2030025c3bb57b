// What can be wrong with how servers take clients in, and with how balancers eject servers.
#pragma once

#include <string>

#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// `path` leads to the fleet.
void check_admission(const Scenario& scenario, const Fleet& fleet, const std::string& path,
                     Findings& out);

}  // namespace reshake
