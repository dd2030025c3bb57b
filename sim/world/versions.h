// What a run was made with. Equal versions, scenario and seed mean equal results.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/scenario.h"

namespace reshake::world {

/// Name to version: reshake, openssl, ns3, compiler, costs (a digest of the built-in cost table).
[[nodiscard]] std::map<std::string, std::string> versions();

/// Whether scenarios may ask for `Wifi` and `Lte`.
[[nodiscard]] bool radio_is_built_in() noexcept;

/// Everything `reshake::validate` finds, every TLS setting that the linked OpenSSL refuses, and
/// every access that the linked ns-3 has no model of.
[[nodiscard]] std::vector<Problem> validate(const Scenario& scenario);

}  // namespace reshake::world
