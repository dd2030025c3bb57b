#include "models/check_tenants.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

namespace reshake {
namespace {

std::string known_tenants(const Scenario& scenario) {
    std::string known;
    for (const Fleet& fleet : scenario.fleets) {
        for (const Tenant& tenant : fleet.tenants) {
            known += (known.empty() ? "\"" : ", \"") + tenant.name + "\"";
        }
    }
    return known.empty() ? "the fleet has none" : "the tenants are " + known;
}

void check_asked_for(const Scenario& scenario, const Clients& clients, const std::string& path,
                     Findings& out) {
    std::set<std::string> named;
    for (std::size_t k = 0; k < clients.tenants.size(); ++k) {
        const std::string& name = clients.tenants[k];
        const bool served = std::ranges::any_of(scenario.fleets, [&](const Fleet& fleet) {
            return std::ranges::find(fleet.tenants, name, &Tenant::name) != fleet.tenants.end();
        });
        if (!named.insert(name).second) {
            out.error(at(path, k), "names \"" + name + "\" twice");
        } else if (!served) {
            out.error(at(path, k),
                      "is \"" + name + "\", which is no tenant; " + known_tenants(scenario));
        }
    }
}

void check_hosts(const Fleet& fleet, const std::string& path, Findings& out) {
    std::map<std::string, std::string> owners;
    for (std::size_t i = 0; i < fleet.tenants.size(); ++i) {
        const Tenant& tenant = fleet.tenants[i];
        for (const std::string& host : host_names(tenant, fleet.name + ".example")) {
            const auto [owner, first] = owners.emplace(host, tenant.name);
            if (first || owner->second == tenant.name) continue;
            out.error(at(path, i) + ".name", "is \"" + tenant.name +
                                                 "\", which makes the host name " + host +
                                                 " of the tenant \"" + owner->second + "\"");
            break;
        }
    }
}

}  // namespace

void check_tenants(const Scenario& scenario, Findings& out) {
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        check_hosts(scenario.fleets[i], at("fleets", i) + ".tenants", out);
    }
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        check_asked_for(scenario, scenario.clients[i], at("clients", i) + ".tenants", out);
    }
}

void check_session_id_context(const Fleet& fleet, const std::string& path, Findings& out) {
    std::string longest = fleet.tls.session_id_context;
    for (const Tenant& tenant : fleet.tenants) {
        const auto context = session_id_context_of(tenant, fleet.tls.session_id_context);
        if (context.size() > longest.size()) longest = context;
    }
    if (longest.size() <= longest_session_id_context) return;
    out.error(path + ".session_id_context",
              "makes \"" + longest + "\", must have at most " +
                  std::to_string(longest_session_id_context) + " bytes" +
                  (fleet.tenants.empty() ? "" : ", the name of a tenant included"));
}

}  // namespace reshake
