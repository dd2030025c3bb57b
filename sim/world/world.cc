#include "sim/world/world.h"

#include <algorithm>
#include <list>

#include "sim/base/check.h"
#include "sim/chaos/fault_schedule.h"
#include "sim/chaos/places.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/population.h"
#include "sim/host/server.h"
#include "sim/net/simulation.h"
#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/library.h"
#include "sim/world/fleet_keys.h"

namespace reshake::world {
namespace {

void record_ring(const Fleet& fleet, Duration duration, history::TicketKey row,
                 history::History& history) {
    const auto& rotation = fleet.tickets.rotation;
    const std::uint64_t last =
        rotation ? issuing_generation(*rotation, run_start + duration - Duration{1}) : 0;
    for (row.generation = 0; row.generation <= last; ++row.generation) {
        row.issued_from = Duration::zero();
        row.issued_until = row.opens_until = duration;
        if (rotation) {
            row.issued_from = rotation->every * static_cast<std::int64_t>(row.generation);
            row.issued_until = std::min(row.issued_from + rotation->every, duration);
            row.opens_until =
                row.issued_from + rotation->every * (1 + std::int64_t{rotation->keep_previous});
        }
        history.ticket_keys.add(row);
    }
}

void record_keys(const Fleet& fleet, Duration duration, history::History& history) {
    if (fleet.tickets.keys == TicketKeyScope::shared) {
        record_ring(fleet, duration, {}, history);
        return;
    }
    for (std::size_t site = 0; site < fleet.sites.size(); ++site) {
        history::TicketKey row{.site = static_cast<std::int32_t>(site)};
        if (fleet.tickets.keys == TicketKeyScope::per_site) {
            record_ring(fleet, duration, row, history);
            continue;
        }
        for (std::uint32_t server = 1; server <= fleet.servers_per_site; ++server) {
            row.server = static_cast<std::int32_t>(server);
            record_ring(fleet, duration, row, history);
        }
    }
}

/// Of one site, or of one server in it; named, so that another server more does not change it.
net::FastOpenKey fast_open_key(const Fleet& fleet, const Site& site, std::uint32_t server,
                               const Random& random) {
    Random draw = random.stream("fast open").stream(site.name);
    if (fleet.tcp_fast_open_keys == FastOpenKeyScope::per_server) draw = draw.stream(server);
    const std::uint64_t low = draw.next_u64();
    return {.low = low, .high = draw.next_u64()};
}

/// What checks of ours print if they fail during this run.
class RunNote {
public:
    RunNote(std::uint64_t seed, const Clock& clock) { note_run_for_checks(seed, &clock); }
    ~RunNote() { note_run_for_checks(0, nullptr); }
    RunNote(const RunNote&) = delete;
    RunNote& operator=(const RunNote&) = delete;
};

}  // namespace

Outcome run(const Scenario& scenario, std::uint64_t seed) {
    RESHAKE_CHECK(std::ranges::none_of(validate(scenario), [](const Problem& problem) {
        return problem.severity == Severity::error;
    }));
    const Random root(seed);
    const Fleet& fleet = scenario.fleets.front();
    const Random fleet_random = root.stream(fleet.name);

    history::History history;
    net::Simulation simulation;
    const RunNote note(seed, simulation);
    net::Network network(simulation, scenario.tcp);
    host::AttemptLedger ledger(history);
    const host::Surroundings surroundings{simulation, network, ledger, history.wire};
    chaos::Places places;

    const tls::Library library;
    const tls::Chain chain(library, tls::ChainPlan::of(fleet.tls), server_name(fleet),
                           fleet_random.stream("certificates"));
    FleetKeys keys(library, fleet, chain, fleet_random.stream("steks"));

    host::FleetMap map;
    std::list<host::Server> servers;
    for (std::size_t i = 0; i < fleet.sites.size(); ++i) {
        const Site& site = fleet.sites[i];
        auto& entry = map.sites.emplace_back();
        entry.place = network.add_site(site.distance, fleet.between_sites);
        places.add_site(fleet.name, site.name, entry.place);
        for (std::uint32_t k = 0; k < fleet.servers_per_site; ++k) {
            const auto server = network.add_server(entry.place);
            places.add_server(fleet.name, site.name, server.place);
            servers.emplace_back(surroundings, fleet, keys.context(i, k), server.machine,
                                 fast_open_key(fleet, site, k, fleet_random));
            entry.servers.push_back(server.machine);
        }
    }

    std::list<tls::ClientContext> contexts;
    std::list<host::Population> populations;
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        const Clients& clients = scenario.clients[i];
        const net::PlaceId place = network.add_population();
        places.add_population(clients.name, place);
        contexts.emplace_back(library, clients.tls, chain, server_name(fleet));
        populations.emplace_back(
            host::VisitSettings{surroundings, clients, static_cast<std::uint16_t>(i), place, fleet,
                                map, contexts.back()},
            history, root.stream(clients.name));
    }

    chaos::FaultSchedule faults(scenario, places, simulation, network, history);
    simulation.run_until(run_start + scenario.duration);

    faults.close();
    ledger.close();
    record_keys(fleet, scenario.duration, history);
    history.events = simulation.events();
    return {std::move(history), network.packets()};
}

}  // namespace reshake::world
