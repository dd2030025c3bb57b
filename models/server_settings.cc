#include "models/server_settings.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "models/fault_plan.h"
#include "models/findings.h"

namespace reshake {

std::vector<DeclaredTls> declared_tls(const Scenario& scenario) {
    std::vector<DeclaredTls> all;
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        const Fleet& fleet = scenario.fleets[i];
        all.push_back({.fleet = fleet.name, .tls = fleet.tls, .path = at("fleets", i) + ".tls"});
    }
    for (const PossibleFault& possible : possible_faults(scenario)) {
        std::string path = possible.path + ".tls";
        // The turns of a Periodic and the places of a Strike have settings in common.
        if (std::ranges::find(all, path, &DeclaredTls::path) != all.end()) continue;
        std::visit(
            [&](const auto& fault) {
                using Kind = std::remove_cvref_t<decltype(fault)>;
                if constexpr (std::is_same_v<Kind, Deploy> || std::is_same_v<Kind, PolicyFlip> ||
                              std::is_same_v<Kind, StagedRollout>) {
                    if (!fault.tls) return;
                    std::string fleet;
                    if constexpr (requires { fault.fleet; }) {
                        fleet = fault.fleet;
                    } else {
                        fleet = fault.where.substr(0, fault.where.find('/'));
                    }
                    all.push_back({std::move(fleet), *fault.tls, std::move(path)});
                }
            },
            possible.fault);
    }
    return all;
}

}  // namespace reshake
