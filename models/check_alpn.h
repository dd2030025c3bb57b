// What is wrong with the application protocols of clients and servers.
#pragma once

#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

void check_alpn(const Scenario& scenario, Findings& out);

}  // namespace reshake
