// What can be wrong with the patience of clients, and with how they try again.
#pragma once

#include <string>

#include "models/clients.h"
#include "models/findings.h"

namespace reshake {

/// `path` leads to the population.
void check_retries(const Clients& clients, const std::string& path, Findings& out);

}  // namespace reshake
