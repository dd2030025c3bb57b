#include "sim/world/fleet_keys.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/base/check.h"

namespace reshake::world {

using chaos::ServerIndex;

FleetKeys::FleetKeys(const Fleet& fleet, const Origins& origins, Random random)
    : fleet_(fleet), origins_(origins), random_(std::move(random)) {
    for (std::size_t site = 0; site < fleet.sites.size(); ++site) {
        for (std::uint32_t server = 0; server < fleet.servers_per_site; ++server) {
            Ring& ring = ring_of({site, server}, fleet.tickets, -1, run_start);
            ++ring.servers;
            servers_.push_back({&fleet.tls, &fleet.tickets, &ring});
        }
    }
}

FleetKeys::Ring& FleetKeys::ring_of(ServerIndex server, const Tickets& tickets, std::int32_t fault,
                                    Instant now) {
    const auto site = static_cast<std::int32_t>(server.site);
    const auto number = static_cast<std::int32_t>(server.server) + 1;  // As in paths.
    const bool shared = tickets.keys == TicketKeyScope::shared;
    const bool alone = tickets.keys == TicketKeyScope::per_server;
    history::TicketKey row{
        .site = shared ? -1 : site, .server = alone ? number : -1, .fault = fault};
    Ring*& known = by_owner_[{fault, row.site, row.server}];
    if (known != nullptr) return *known;

    // Named by fault and site, so that another site more does not change these keys.
    const std::string_view scope = name_of(tickets.keys);
    Random root =
        fault < 0 ? random_.stream(scope)
                  : random_.stream("fault").stream(static_cast<std::uint64_t>(fault)).stream(scope);
    if (!shared) root = root.stream(fleet_.sites[server.site].name);
    if (alone) root = root.stream(std::uint64_t{server.server});
    known = &rings_.emplace_back(Ring{.keys = tls::TicketKeys(tickets.rotation, std::move(root)),
                                      .rotation = tickets.rotation,
                                      .row = row,
                                      .from = now});
    return *known;
}

const FleetKeys::Settings& FleetKeys::settings(ServerIndex server) const {
    return servers_.at(server.site * fleet_.servers_per_site + server.server);
}

std::unique_ptr<tls::ServerContext> FleetKeys::make_context(ServerIndex server) const {
    const Settings& own = settings(server);
    return origins_.serve(*own.tls, *own.tickets, own.ring->keys);
}

tls::TicketKeys& FleetKeys::ring(ServerIndex server) const { return settings(server).ring->keys; }

void FleetKeys::change(ServerIndex server, const chaos::Succession& succession, Instant now) {
    Settings& own = servers_.at(server.site * fleet_.servers_per_site + server.server);
    if (succession.tls != nullptr) own.tls = succession.tls;
    if (succession.tickets != nullptr) own.tickets = succession.tickets;
    if (succession.keys == Fate::kept) return;
    Ring& ring = ring_of(server, *own.tickets, static_cast<std::int32_t>(succession.fault), now);
    ++ring.servers;
    RESHAKE_CHECK(own.ring->servers > 0);
    if (--own.ring->servers == 0) own.ring->until = now;
    own.ring = &ring;
}

void FleetKeys::record(Duration run, history::History& history) const {
    for (const Ring& ring : rings_) {
        const Instant end = std::min(ring.until, run_start + run);
        const auto& rotation = ring.rotation;
        history::TicketKey row = ring.row;
        if (end <= ring.from) continue;
        const std::uint64_t last = rotation ? issuing_generation(*rotation, end - Duration{1}) : 0;
        row.generation = rotation ? issuing_generation(*rotation, ring.from) : 0;
        for (; row.generation <= last; ++row.generation) {
            row.issued_from = ring.from - run_start;
            row.issued_until = row.opens_until = end - run_start;
            if (rotation) {
                const Duration begin = rotation->every * static_cast<std::int64_t>(row.generation);
                row.issued_from = std::max(row.issued_from, begin);
                row.issued_until = std::min(begin + rotation->every, row.issued_until);
                row.opens_until =
                    begin + rotation->every * (1 + std::int64_t{rotation->keep_previous});
                if (ring.until != never) {
                    row.opens_until = std::min(row.opens_until, ring.until - run_start);
                }
            }
            history.ticket_keys.add(row);
        }
    }
}

}  // namespace reshake::world
