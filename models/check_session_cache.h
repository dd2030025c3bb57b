// What can be wrong between the caches of sessions and the rest of a scenario.
#pragma once

#include <string>

#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// Whether the servers' tickets refer to sessions in a cache, by OpenSSL's rules.
[[nodiscard]] bool by_reference(const ServerTls& tls) noexcept;

/// `path` leads to the fleet.
void check_session_cache(const Scenario& scenario, const Fleet& fleet, const std::string& path,
                         Findings& out);

/// What cannot be kept, or does not work, where sessions live in a cache and not in tickets.
void check_sessions(const Fleet& fleet, const std::string& path, Findings& out);

// Faults that name a session cache and cannot befall it. `path` leads to the fault.
void check_cache_fault(const Scenario& scenario, const Partition& fault, const std::string& path,
                       Findings& out);
void check_cache_fault(const Scenario& scenario, const GreyFailure& fault, const std::string& path,
                       Findings& out);
void check_cache_fault(const Scenario& scenario, const Restart& fault, const std::string& path,
                       Findings& out);
void check_cache_fault(const Scenario& scenario, const Drain& fault, const std::string& path,
                       Findings& out);
void check_cache_fault(const Scenario& scenario, const ClockSkew& fault, const std::string& path,
                       Findings& out);

}  // namespace reshake
