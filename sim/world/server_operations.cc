// What faults do to single servers: their machines, keys, certificates and settings.
#include <algorithm>
#include <optional>

#include "sim/base/check.h"
#include "sim/world/operations.h"

namespace reshake::world {

using chaos::ServerIndex;

void Operations::crash(ServerIndex server) {
    at(server).server->crash();
    if (service_ != nullptr) service_->take_down(server);
    tell_balancer(at(server));
}

void Operations::boot(ServerIndex server, const chaos::Succession& succession) {
    succeed(server, succession);
    at(server).server->boot();
    if (service_ != nullptr) service_->bring_up(server);
    tell_balancer(at(server));
}

void Operations::freeze(ServerIndex server) {
    at(server).server->freeze();
    if (service_ != nullptr) service_->take_down(server);
}

void Operations::thaw(ServerIndex server) {
    if (service_ != nullptr) service_->bring_up(server);
    at(server).server->thaw();
}

void Operations::burden(ServerIndex server, const Overload& fault) {
    at(server).server->cores().burden(fault.load, fault.cores_taken);
}

void Operations::relieve(ServerIndex server, const Overload& fault) {
    at(server).server->cores().relieve(fault.load, fault.cores_taken);
}

void Operations::use_keys(ServerIndex server) {
    at(server).server->context().change_keys(keys_.ring(server));
}

void Operations::desync(ServerIndex server, const KeyDesync& fault, std::uint32_t index) {
    if (service_ != nullptr) {
        service_->take_down(server);  // It hears of no new keys.
        return;
    }
    keys_.desync(server, fault.keys, index, surroundings_.simulation.now());
    use_keys(server);
}

void Operations::resync(ServerIndex server, const KeyDesync&, std::uint32_t index) {
    if (service_ != nullptr) {
        service_->bring_up(server);
        return;
    }
    mend(server, index);
}

void Operations::corrupt(ServerIndex server, std::uint32_t index) {
    keys_.corrupt(server, index, surroundings_.simulation.now());
    use_keys(server);
}

void Operations::mend(ServerIndex server, std::uint32_t index) {
    keys_.mend(server, index, surroundings_.simulation.now());
    use_keys(server);
}

void Operations::expire(ServerIndex server, const CertificateExpiry& fault, std::uint32_t index) {
    const Origins::ChainSet& before = keys_.chains(server);
    keys_.present(server,
                  origins_.expired(before, fault.which, surroundings_.simulation.now(), index),
                  index);
    present(server, before);
}

void Operations::replace(ServerIndex server, const CertificateReplacement& fault,
                         std::uint32_t index) {
    keys_.present(server, origins_.replaced(keys_.chains(server), fault, index), index);
    reload(server);
}

void Operations::renew(ServerIndex server, std::uint32_t index) {
    const Origins::ChainSet& before = keys_.chains(server);
    keys_.present_no_more(server, index);
    present(server, before);
}

void Operations::reinstate(ServerIndex server, std::uint32_t index) {
    keys_.present_no_more(server, index);
    reload(server);
}

void Operations::present(ServerIndex server, const Origins::ChainSet& before) {
    const Origins::ChainSet& now = keys_.chains(server);
    if (now.plan.key == before.plan.key) {
        at(server).server->context().change_chains(now.chains);
    } else {
        reload(server);  // OpenSSL would go on offering a certificate of each kind.
    }
}

void Operations::reload(ServerIndex server) {
    if (host::AuditTrail* const trail = at(server).trail) {
        trail->wiped(history::SecuritySubject::memory);
    }
    at(server).server->succeed(fresh_context(server));
}

void Operations::revoke(ServerIndex server, const Revocation& fault) {
    Revocations::Rule rule{
        .client = fault.client, .tenant = fault.tenant, .before = surroundings_.simulation.now()};
    if (fault.population) {
        const auto found = std::ranges::find(scenario_.clients, *fault.population, &Clients::name);
        RESHAKE_CHECK(found != scenario_.clients.end());  // `validate` has refused others.
        rule.population = static_cast<std::uint16_t>(found - scenario_.clients.begin());
    }
    if (host::AuditTrail* const trail = at(server).trail) {
        trail->revoked(rule.population ? static_cast<std::int16_t>(*rule.population) : -1,
                       rule.client ? static_cast<std::int32_t>(*rule.client) : -1);
    }
    revocations_[number(server)].add(std::move(rule));
}

void Operations::flip(ServerIndex server, const PolicyFlip& fault, std::uint32_t index) {
    reload(server, keys_.flip(server, fault, index, surroundings_.simulation.now()));
}

void Operations::flip_back(ServerIndex server, std::uint32_t index) {
    reload(server, keys_.flip_back(server, index, surroundings_.simulation.now()));
}

void Operations::roll_out(ServerIndex server, const StagedRollout& fault, std::uint32_t index) {
    reload(server, keys_.roll_out(server, fault, index, surroundings_.simulation.now()));
}

void Operations::roll_back(ServerIndex server, const StagedRollout&, std::uint32_t index) {
    // What a coordinator hands out, it has handed out anew to the changed servers already.
    reload(server, keys_.roll_back(server, index, surroundings_.simulation.now()));
}

void Operations::reload(ServerIndex server, bool other_keys) {
    if (service_ != nullptr && other_keys) service_->lose(server);
    host::AuditTrail* const trail = at(server).trail;
    if (trail != nullptr && other_keys) trail->wiped(history::SecuritySubject::keys);
    reload(server);
}

}  // namespace reshake::world
