#include "models/check_invariants.h"

#include <algorithm>
#include <string>
#include <variant>

#include "models/describe.h"

namespace reshake {
namespace {

void check_population(const Scenario& scenario, const std::string& name, const std::string& path,
                      Findings& out) {
    if (std::ranges::find(scenario.clients, name, &Clients::name) != scenario.clients.end()) return;
    std::string known;
    for (const Clients& clients : scenario.clients) {
        known += (known.empty() ? "\"" : ", \"") + clients.name + "\"";
    }
    out.error(path + ".population",
              "is \"" + name + "\", which is no population; the populations are " + known);
}

void check_within(const Scenario& scenario, Duration given, const std::string& path,
                  Findings& out) {
    if (given < scenario.duration) return;
    out.error(path, "is " + describe(given) + ", must be shorter than the run (" +
                        describe(scenario.duration) + "): nothing would be judged");
}

}  // namespace

void check_invariants(const Scenario& scenario, Findings& out) {
    for (std::size_t i = 0; i < scenario.invariants.size(); ++i) {
        const std::string path = at("invariants", i);
        std::visit(
            [&](const auto& each) {
                if constexpr (requires { each.population; }) {
                    if (each.population) check_population(scenario, *each.population, path, out);
                }
                if constexpr (requires { each.since; }) {
                    check_within(scenario, each.since, path + ".since", out);
                }
                if constexpr (requires { each.over; }) {
                    check_within(scenario, each.within + each.over, path + ".within", out);
                    if (scenario.faults.empty()) {
                        out.warning(path, "speaks of recovery, but the scenario has no faults");
                    }
                }
            },
            scenario.invariants[i]);
    }
}

}  // namespace reshake
