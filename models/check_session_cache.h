// What can be wrong between the caches of sessions and the rest of a scenario.
#pragma once

#include <string>

#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// `path` leads to the fleet.
void check_session_cache(const Scenario& scenario, const Fleet& fleet, const std::string& path,
                         Findings& out);

/// What cannot be kept, or does not work, where sessions live in a cache and not in tickets.
void check_sessions(const Fleet& fleet, const std::string& path, Findings& out);

/// Faults that name a session cache and cannot befall it.
void check_cache_faults(const Scenario& scenario, Findings& out);

}  // namespace reshake
