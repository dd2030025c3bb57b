#include "sim/world/fleet_keys.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/base/check.h"

namespace reshake::world {

using chaos::ServerIndex;

FleetKeys::FleetKeys(const Fleet& fleet, const Origins& origins, const Clocks& clocks,
                     Random random)
    : fleet_(fleet), origins_(origins), clocks_(clocks), random_(std::move(random)) {
    for (std::size_t site = 0; site < fleet.sites.size(); ++site) {
        for (std::uint32_t server = 0; server < fleet.servers_per_site; ++server) {
            servers_.push_back({.tls = &fleet.tls, .tickets = &fleet.tickets});
            if (has_coordinator(fleet.tickets)) {
                give_delivered({site, server});
            } else {
                give_ring({site, server}, -1, run_start);
            }
        }
    }
}

FleetKeys::Owner FleetKeys::owner_of(ServerIndex server, TicketKeyScope scope,
                                     std::int32_t fault) const {
    const auto site = static_cast<std::int32_t>(server.site);
    const auto number = static_cast<std::int32_t>(server.server) + 1;  // As in paths.
    return {.fault = fault,
            .site = scope == TicketKeyScope::shared ? -1 : site,
            .server = scope == TicketKeyScope::per_server ? number : -1};
}

Random FleetKeys::root_of(const Owner& owner, TicketKeyScope scope) const {
    // Named by fault and site, so that another site more does not change these keys.
    Random root = owner.fault < 0 ? random_.stream(name_of(scope))
                                  : random_.stream("fault")
                                        .stream(static_cast<std::uint64_t>(owner.fault))
                                        .stream(name_of(scope));
    if (owner.site >= 0)
        root = root.stream(fleet_.sites[static_cast<std::size_t>(owner.site)].name);
    if (owner.server >= 0) root = root.stream(static_cast<std::uint64_t>(owner.server) - 1);
    return root;
}

FleetKeys::Ring& FleetKeys::ring_of(ServerIndex server, const Tickets& tickets, std::int32_t fault,
                                    Instant now) {
    const Owner owner = owner_of(server, tickets.keys, fault);
    Ring*& known = by_owner_[owner];
    if (known != nullptr) return *known;
    const auto* derived = std::get_if<ClockDerived>(&tickets.distribution);
    known = &rings_.emplace_back(
        Ring{.keys = tls::TicketKeys(tickets.rotation, root_of(owner, tickets.keys),
                                     derived != nullptr ? std::optional(*derived) : std::nullopt),
             .rotation = tickets.rotation,
             .owner = owner,
             .from = now});
    return *known;
}

void FleetKeys::give_ring(ServerIndex server, std::int32_t fault, Instant now) {
    Settings& own = settings(server);
    Ring& ring = ring_of(server, *own.tickets, fault, now);
    ++ring.servers;
    own.ring = &ring;
    const auto* derived = std::get_if<ClockDerived>(&own.tickets->distribution);
    own.own = nullptr;
    if (derived == nullptr) return;
    own.own =
        &own_.emplace_back(Own{.server = server,
                               .owner = ring.owner,
                               .handed = nullptr,
                               .account = KeyAccount(
                                   clocks_.of(server),
                                   [rotation = *ring.rotation, &derived = *derived](Instant date) {
                                       return view_of(rotation, derived, date);
                                   },
                                   now)});
}

void FleetKeys::give_delivered(ServerIndex server) {
    Settings& own = settings(server);
    const Tickets& tickets = *own.tickets;
    const std::string& site = fleet_.sites[server.site].name;
    auto handed = std::make_unique<tls::DeliveredKeys>(
        *tickets.rotation, std::get<KeyCoordinator>(tickets.distribution).without_key,
        random_.stream("own").stream(site).stream(std::uint64_t{server.server}));
    const HeldKeys& held = handed->held();
    own.own = &own_.emplace_back(Own{
        .server = server,
        .owner = owner_of(server, tickets.keys, -1),
        .handed = std::move(handed),
        .account = KeyAccount(
            clocks_.of(server), [&held](Instant date) { return view_of(held, date); }, run_start)});
}

FleetKeys::Settings& FleetKeys::settings(ServerIndex server) {
    return servers_.at(server.site * fleet_.servers_per_site + server.server);
}

const FleetKeys::Settings& FleetKeys::settings(ServerIndex server) const {
    return servers_.at(server.site * fleet_.servers_per_site + server.server);
}

std::unique_ptr<tls::ServerContext> FleetKeys::make_context(ServerIndex server) const {
    const Settings& own = settings(server);
    auto context = origins_.serve(*own.tls, *own.tickets, ring(server));
    context->use_clock(clocks_.of(server));
    return context;
}

tls::KeyRing& FleetKeys::ring(ServerIndex server) const {
    const Settings& own = settings(server);
    if (own.ring != nullptr) return own.ring->keys;
    return *own.own->handed;
}

void FleetKeys::change(ServerIndex server, const chaos::Succession& succession, Instant now) {
    Settings& own = settings(server);
    if (succession.tls != nullptr) own.tls = succession.tls;
    if (succession.tickets != nullptr) own.tickets = succession.tickets;
    if (succession.keys == Fate::kept) return;
    if (own.ring == nullptr) {
        own.own->account.settle(now);
        own.own->handed->lose();
        return;
    }
    if (own.own != nullptr) own.own->account.end(now);
    Ring& former = *own.ring;
    give_ring(server, static_cast<std::int32_t>(succession.fault), now);
    RESHAKE_CHECK(former.servers > 0);
    if (--former.servers == 0) former.until = now;
}

Stek FleetKeys::coordinated(ServerIndex server, const KeyId& key) const {
    const TicketKeyScope scope = fleet_.tickets.keys;
    return derive_stek(root_of(owner_of(server, scope, key.fault), scope), key.generation);
}

void FleetKeys::receive(ServerIndex server, const HandedKey& key, const Stek& stek, Instant now) {
    Own& own = *settings(server).own;
    own.account.settle(now);
    own.handed->receive(key, stek);
}

void FleetKeys::settle(Instant now) {
    for (Own& own : own_) own.account.settle(now);
}

std::uint32_t FleetKeys::number_of(const Owner& owner, const KeyId& key) {
    return numbers_.try_emplace({owner, key}, static_cast<std::uint32_t>(numbers_.size()))
        .first->second;
}

void FleetKeys::record(Duration run, history::History& history) {
    for (const Ring& ring : rings_) {
        const bool derived = std::ranges::any_of(
            own_, [&](const Own& own) { return own.handed == nullptr && own.owner == ring.owner; });
        if (!derived) record(ring, run, history);
    }
    for (Own& own : own_) {
        own.account.close(run_start + run);
        record(own, history);
    }
}

void FleetKeys::record(const Ring& ring, Duration run, history::History& history) {
    const Instant end = std::min(ring.until, run_start + run);
    const auto& rotation = ring.rotation;
    if (end <= ring.from) return;
    history::TicketKey row{
        .site = ring.owner.site, .server = ring.owner.server, .fault = ring.owner.fault};
    const std::int64_t last = rotation ? issuing_generation(*rotation, end - Duration{1}) : 0;
    row.generation = rotation ? issuing_generation(*rotation, ring.from) : 0;
    for (; row.generation <= last; ++row.generation) {
        row.key = number_of(ring.owner, {.generation = row.generation});
        row.issued_from = ring.from - run_start;
        row.issued_until = row.opens_until = end - run_start;
        if (rotation) {
            const Duration begin = begins_at(*rotation, row.generation) - run_start;
            row.issued_from = std::max(row.issued_from, begin);
            row.issued_until = std::min(begin + rotation->every, row.issued_until);
            row.opens_until = begin + honoured_for(*rotation);
            if (ring.until != never) {
                row.opens_until = std::min(row.opens_until, ring.until - run_start);
            }
        }
        row.arrived = row.issued_from;
        history.ticket_keys.add(row);
    }
}

void FleetKeys::record(const Own& own, history::History& history) {
    for (const auto& [id, use] : own.account.uses()) {
        // Its own keys are nobody else's.
        const bool made_here = id.source == KeySource::own;
        Owner owner = made_here ? owner_of(own.server, TicketKeyScope::per_server, -1) : own.owner;
        if (id.source == KeySource::coordinator) owner.fault = id.fault;
        history.ticket_keys.add(
            {.site = static_cast<std::int32_t>(own.server.site),
             .server = static_cast<std::int32_t>(own.server.server) + 1,
             .fault = owner.fault,
             .generation = id.generation,
             .source = id.source,
             .key = number_of(owner, id),
             .arrived = use.arrived - run_start,
             .issued_from = use.sealed_from ? *use.sealed_from - run_start : history::not_reached,
             .issued_until = use.sealed_from ? use.sealed_until - run_start : history::not_reached,
             .opens_until = use.opens_until - run_start});
    }
}

}  // namespace reshake::world
