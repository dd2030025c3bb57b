// What can be wrong between a session cache and the rest of a scenario.
#pragma once

#include <string>

#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// `path` leads to the fleet.
void check_session_cache(const Scenario& scenario, const Fleet& fleet, const std::string& path,
                         Findings& out);

}  // namespace reshake
