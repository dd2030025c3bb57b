// Validation of what people do: laws whose parameters must fit each other, and those that do
// nothing.
#pragma once

#include <string>

#include "models/clients.h"
#include "models/findings.h"

namespace reshake {

/// That the percentiles of a law are in their order.
void check_law(const TimeLaw& law, const std::string& path, Findings& out);

void check_behaviour(const Clients& clients, Duration run, const std::string& path, Findings& out);

}  // namespace reshake
