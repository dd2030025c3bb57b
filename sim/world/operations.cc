#include "sim/world/operations.h"

#include "sim/base/check.h"

namespace reshake::world {

void Operations::add(chaos::ServerIndex server, net::PlaceId site,
                     const net::Network::Server& machine, const net::FastOpenKey& fast_open) {
    RESHAKE_CHECK(server.site * fleet_.servers_per_site + server.server == posts_.size());
    posts_.push_back({.index = server,
                      .server = &servers_.emplace_back(surroundings_, fleet_, fresh_context(server),
                                                       clocks_.of(server), machine.machine,
                                                       fast_open, backlog_of(server)),
                      .site = site,
                      .place = machine.place});
    caches_.connect(*posts_.back().server, server, machine.machine);
    if (audited_ == nullptr) return;
    posts_.back().trail =
        &trails_.emplace_back(surroundings_.simulation, *audited_, server.site, server.server + 1);
    servers_.back().audit(trails_.back());
}

void Operations::use(KeyService& service) {
    service_ = &service;
    if (audited_ == nullptr) return;
    service.audit(*audited_, [this](chaos::ServerIndex server) -> host::AuditTrail& {
        return *at(server).trail;
    });
}

std::unique_ptr<tls::ServerContext> Operations::fresh_context(chaos::ServerIndex server) const {
    auto context = keys_.make_context(server);
    caches_.prepare(*context);
    context->refuse(revocations_[number(server)]);
    return context;
}

std::unique_ptr<net::Backlog> Operations::backlog_of(chaos::ServerIndex server) {
    if (!fleet_.admission) return nullptr;
    host::OverloadLog& log = overload_logs_.emplace_back(surroundings_.simulation, overload_,
                                                         server.site, server.server + 1);
    return std::make_unique<net::Backlog>(
        net::BacklogLimits{.backlog = fleet_.admission->backlog,
                           .syn_cookies = fleet_.admission->syn_cookies,
                           .abort_on_overflow = fleet_.admission->abort_on_overflow},
        log);
}

void Operations::take_down_coordinator() {
    RESHAKE_CHECK(service_ != nullptr);
    service_->take_down_coordinator();
}

void Operations::bring_up_coordinator(const chaos::Succession& succession) {
    RESHAKE_CHECK(service_ != nullptr);
    service_->bring_up_coordinator(succession);
}

void Operations::put_off(const ClockSkew& fault, std::uint32_t index) {
    keys_.settle(surroundings_.simulation.now());
    clocks_.put_off(fault, index, surroundings_.simulation.now());
    clocks_changed();
}

void Operations::set_right(const ClockSkew& fault, std::uint32_t index) {
    keys_.settle(surroundings_.simulation.now());
    clocks_.set_right(fault, index);
    clocks_changed();
}

void Operations::clocks_changed() {
    if (service_ != nullptr) service_->on_clock_changed();
}

Operations::Post& Operations::at(chaos::ServerIndex server) { return posts_.at(number(server)); }

void Operations::take_down(chaos::ServerIndex server) {
    at(server).server->take_down();
    if (service_ != nullptr) service_->take_down(server);
    tell_balancer(at(server));
}

void Operations::bring_up(chaos::ServerIndex server) {
    at(server).server->bring_up();
    if (service_ != nullptr) service_->bring_up(server);
    tell_balancer(at(server));
}

void Operations::drain(chaos::ServerIndex server) { balancer_.drain(server.site, server.server); }

void Operations::refill(chaos::ServerIndex server) { balancer_.refill(server.site, server.server); }

void Operations::ways_changed() {
    if (!fleet_.health_check) return;
    for (Post& post : posts_) tell_balancer(post);
}

/// A process that is gone is refused by its kernel; behind a closed gate, and of a machine that is
/// off, there is silence. Of one that stands still the kernel answers as ever.
void Operations::tell_balancer(Post& post) {
    if (!fleet_.health_check) return;
    const bool silent = post.server->off() || surroundings_.network.cut_off(post.site, post.place);
    const ProbeAnswer answer = silent              ? ProbeAnswer::none
                               : post.server->up() ? ProbeAnswer::accepted
                                                   : ProbeAnswer::refused;
    if (answer == post.answer) return;
    post.answer = answer;
    balancer_.note(post.index.site, post.index.server, answer, surroundings_.simulation.now());
}

void Operations::succeed(chaos::ServerIndex server, const chaos::Succession& succession) {
    const bool other_keys = keys_.change(server, succession, surroundings_.simulation.now());
    if (service_ != nullptr && other_keys) service_->lose(server);
    if (host::AuditTrail* const trail = at(server).trail) {
        if (succession.memory == Fate::lost) trail->wiped(history::SecuritySubject::memory);
        if (other_keys) trail->wiped(history::SecuritySubject::keys);
    }
    if (succession.memory == Fate::lost) {
        at(server).server->succeed(fresh_context(server));
    } else {
        // `validate` has seen to it that the settings are the same: so the memory goes on as it is.
        at(server).server->context().change_keys(keys_.ring(server));
    }
}

}  // namespace reshake::world
