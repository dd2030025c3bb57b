// What a Deploy cannot mean, and what it has in common with the fleet that it changes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/fault_plan.h"
#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// Of `faults[index]`, which is a Deploy.
void check_deploy(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                  std::size_t index, Findings& out);

/// The fleet named `name` by the fault at `path`; null, and an error, if there is none.
[[nodiscard]] const Fleet* find_fleet(const Scenario& scenario, const std::string& name,
                                      const std::string& path, Findings& out);

/// What the deploys that begin before `start` have left of the settings of the fleet named `name`.
[[nodiscard]] Fleet fleet_before(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                                 const std::string& name, Duration start);

/// Whether they want other keys, or the same to be changed at other times.
[[nodiscard]] bool other_keys(const Tickets& before, const Tickets& after);

/// Where a change of settings keeps the keys, those must be what it says.
void check_kept_keys(const Fleet& before, const Deploy& fault, const std::string& path,
                     Findings& out);

/// What changes of settings cannot mean; `before` has those from before.
void check_settings(const Fleet& before, const Deploy& fault, Duration run, const std::string& path,
                    Findings& out);

/// `path` leads to the tickets.
void check_lifetime(const Tickets& tickets, Duration run, const std::string& path, Findings& out);

/// Of either side; `path` leads to the settings.
template <typename Settings>
void check_protocols(const Settings& tls, const std::string& path, Findings& out) {
    if (tls.max_protocol < tls.min_protocol) {
        out.error(path + ".max_protocol", "is " + std::string(name_of(tls.max_protocol)) +
                                              ", below min_protocol (" +
                                              std::string(name_of(tls.min_protocol)) + ")");
    }
}

}  // namespace reshake
