// What a run was made with. Equal versions, scenario and seed mean equal results.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/scenario.h"

namespace reshake::world {

/// Name to version: reshake, openssl, ns3, compiler, costs (a digest of the built-in cost table).
[[nodiscard]] std::map<std::string, std::string> versions();

/// Everything `reshake::validate` finds, and every TLS setting that the linked OpenSSL refuses.
[[nodiscard]] std::vector<Problem> validate(const Scenario& scenario);

}  // namespace reshake::world
