#include "sim/world/origins.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace reshake::world {

Origins::Origins(const tls::Library& library, const Fleet& fleet, const ExternalPsks& psks,
                 Random random)
    : library_(library), fleet_(fleet), psks_(psks), random_(std::move(random)) {
    const std::string domain = fleet.name + ".example";  // RFC 2606: nobody's.
    if (fleet.tenants.empty()) all_.push_back({-1, {domain}});
    for (std::size_t i = 0; i < fleet.tenants.size(); ++i) {
        all_.push_back({static_cast<std::int16_t>(i), host_names(fleet.tenants[i], domain)});
    }
    const ChainSet& first = make(tls::ChainPlan::of(fleet.tls), -1);
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i].chain = first.chains[i];
}

const Origins::ChainSet& Origins::make(tls::ChainPlan plan, std::int64_t fault) {
    ChainSet& made = sets_.emplace_back(ChainSet{.plan = plan, .fault = fault, .chains = {}});
    for (const Names& names : all_) {
        Random random = random_.stream("fault").stream(static_cast<std::uint64_t>(fault));
        const Random& root = fault < 0 ? random_ : random;
        const tls::Chain* const issuer = fault < 0 ? nullptr : names.chain;
        plan.further_names.assign(names.hosts.begin() + 1, names.hosts.end());
        if (names.tenant < 0) {
            made.chains.push_back(
                &chains_.emplace_back(library_, plan, names.hosts.front(), root, issuer));
            continue;
        }
        const std::string& tenant = fleet_.tenants[static_cast<std::size_t>(names.tenant)].name;
        made.chains.push_back(&chains_.emplace_back(library_, plan, names.hosts.front(),
                                                    root.stream("tenants").stream(tenant), issuer));
    }
    return made;
}

const Origins::ChainSet& Origins::expired(const ChainSet& of, ChainPart which, Instant when,
                                          std::uint32_t fault) {
    const ChainSet*& known = by_fault_[{fault, &of}];
    if (known != nullptr) return *known;
    tls::ChainPlan plan = of.plan;
    plan.not_after = when;
    // A replacement may have left no intermediate to expire.
    plan.dated = plan.intermediates > 0 ? which : ChainPart::leaf;
    known = &make(plan, of.fault);
    return *known;
}

const Origins::ChainSet& Origins::replaced(const ChainSet& of, const CertificateReplacement& by,
                                           std::uint32_t fault) {
    const ChainSet*& known = by_fault_[{fault, &of}];
    if (known != nullptr) return *known;
    tls::ChainPlan plan = of.plan;
    const auto instant = [](const std::optional<Duration>& date) {
        return date ? std::optional(run_start + *date) : std::nullopt;
    };
    plan.key = by.certificate.value_or(plan.key);
    plan.intermediates = by.intermediates.value_or(plan.intermediates);
    plan.not_before = instant(by.not_before);
    plan.not_after = instant(by.not_after);
    plan.dated = by.which;
    known = &make(plan, fault);
    return *known;
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
                                                   const Tickets& tickets, tls::KeyRing& keys,
                                                   const ChainSet& chains) const {
    const auto knowing = [this](std::unique_ptr<tls::ServerContext> context) {
        context->know(psks_);
        return context;
    };
    if (fleet_.tenants.empty()) {
        return knowing(std::make_unique<tls::ServerContext>(library_, settings, tickets,
                                                            *chains.chains.front(), keys));
    }
    std::vector<tls::TenantSite> sites;
    sites.reserve(all_.size());
    for (std::size_t i = 0; i < all_.size(); ++i) {
        sites.push_back({fleet_.tenants[i], all_[i].hosts, *chains.chains[i]});
    }
    return knowing(std::make_unique<tls::ServerContext>(library_, settings, tickets, sites,
                                                        fleet_.tenant_isolation, keys));
}

}  // namespace reshake::world
