// What validation says of faults between groups, and of the places that any fault names.
#pragma once

#include <cstddef>
#include <string>

#include "models/findings.h"

namespace reshake {

/// The places of `scenario` for a sentence, without its servers.
[[nodiscard]] std::string known_places(const Scenario& scenario);

void check_start(const Scenario& scenario, Duration start, const std::string& path, Findings& out);

// `path` leads to the fault.
void check_fault(const Scenario& scenario, const Partition& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const GreyFailure& fault, const std::string& path,
                 Findings& out);

}  // namespace reshake
