// What validation says of middleboxes.
#pragma once

#include <string>

#include "models/clients.h"
#include "models/findings.h"

namespace reshake {

void check_middleboxes(const Clients& clients, const std::string& of_clients, Findings& out);

}  // namespace reshake
