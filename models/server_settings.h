// Every setting of TLS that a scenario's servers may come to have.
#pragma once

#include <string>
#include <vector>

#include "models/scenario.h"

namespace reshake {

struct DeclaredTls {
    std::string fleet;  ///< Its name, as the scenario writes it.
    ServerTls tls;
    std::string path;  ///< Where the scenario says so: "fleets[0].tls", "faults[2].fault.tls"
};

/// Of the fleets at the start, and of the deploys, staged rollouts and policy flips that may come.
[[nodiscard]] std::vector<DeclaredTls> declared_tls(const Scenario& scenario);

}  // namespace reshake
