#include "sim/world/origins.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reshake::world {

Origins::Origins(const tls::Library& library, const Fleet& fleet, const ExternalPsks& psks,
                 const Random& random)
    : library_(library), fleet_(fleet), psks_(psks) {
    tls::ChainPlan plan = tls::ChainPlan::of(fleet.tls);
    const std::string domain = fleet.name + ".example";  // RFC 2606: nobody's.
    if (fleet.tenants.empty()) {
        all_.push_back({-1, {domain}, &chains_.emplace_back(library, plan, domain, random)});
    }
    for (std::size_t i = 0; i < fleet.tenants.size(); ++i) {
        const Tenant& tenant = fleet.tenants[i];
        const std::vector<std::string> hosts = host_names(tenant, fleet.name + ".example");
        plan.further_names.assign(hosts.begin() + 1, hosts.end());
        all_.push_back({static_cast<std::int16_t>(i), hosts,
                        &chains_.emplace_back(library, plan, hosts.front(),
                                              random.stream("tenants").stream(tenant.name))});
    }
}

ExternalPsks external_psks(const Scenario& scenario, const Random& root) {
    std::vector<std::string> names;
    for (const Clients& clients : scenario.clients) {
        if (clients.tls.external_psk) names.push_back(clients.name);
    }
    return {root.stream("external psks"), std::move(names)};
}

std::vector<Origins::Names> Origins::of(const Clients& clients) const {
    std::vector<Names> asked;
    std::ranges::copy_if(all_, std::back_inserter(asked), [&](const Names& names) {
        if (names.tenant < 0 || clients.tenants.empty()) return true;
        const std::string& tenant = fleet_.tenants[static_cast<std::size_t>(names.tenant)].name;
        return std::ranges::find(clients.tenants, tenant) != clients.tenants.end();
    });
    return asked;
}

std::unique_ptr<tls::ServerContext> Origins::serve(const ServerTls& settings,
                                                   const Tickets& tickets,
                                                   tls::KeyRing& keys) const {
    const auto knowing = [this](std::unique_ptr<tls::ServerContext> context) {
        context->know(psks_);
        return context;
    };
    if (fleet_.tenants.empty()) {
        return knowing(std::make_unique<tls::ServerContext>(library_, settings, tickets,
                                                            *all_.front().chain, keys));
    }
    std::vector<tls::TenantSite> sites;
    sites.reserve(all_.size());
    for (std::size_t i = 0; i < all_.size(); ++i) {
        sites.push_back({fleet_.tenants[i], all_[i].hosts, *all_[i].chain});
    }
    return knowing(std::make_unique<tls::ServerContext>(library_, settings, tickets, sites,
                                                        fleet_.tenant_isolation, keys));
}

}  // namespace reshake::world
