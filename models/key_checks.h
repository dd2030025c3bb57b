// What makes a distribution of keys invalid, or unable to work as meant.
#pragma once

#include <string>

#include "models/findings.h"
#include "models/tickets.h"

namespace reshake {

/// `path` is that of the tickets.
void check_distribution(const Tickets& tickets, const std::string& path, Findings& out);

}  // namespace reshake
