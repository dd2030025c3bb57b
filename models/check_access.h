// Validation of a client's link: laws whose parameters must fit each other.
#pragma once

#include <string>

#include "models/findings.h"
#include "models/link.h"

namespace reshake {

void check_access(const Access& access, const std::string& path, Findings& out);

}  // namespace reshake
