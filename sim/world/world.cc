#include "sim/world/world.h"

#include <algorithm>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/chaos/fault_schedule.h"
#include "sim/chaos/judges.h"
#include "sim/chaos/places.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/balancer.h"
#include "sim/host/population.h"
#include "sim/host/server.h"
#include "sim/net/simulation.h"
#include "sim/tls/context.h"
#include "sim/tls/library.h"
#include "sim/world/clocks.h"
#include "sim/world/fleet_keys.h"
#include "sim/world/key_service.h"
#include "sim/world/operations.h"
#include "sim/world/origins.h"
#include "sim/world/session_caches.h"

namespace reshake::world {
namespace {

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
    net::Network network(simulation, scenario.tcp, scenario.ip);
    chaos::Judges judges(scenario);
    host::AttemptLedger ledger(history, &judges);
    const host::Surroundings surroundings{simulation, network, ledger, history.wire};
    chaos::Places places;

    const tls::Library library;
    const ExternalPsks psks = external_psks(scenario, root);
    const Origins origins(library, fleet, psks, fleet_random.stream("certificates"));
    Clocks clocks(scenario);
    FleetKeys keys(fleet, origins, clocks, fleet_random.stream("steks"));

    host::FleetMap map;
    SessionCaches caches({simulation, network, history.cache}, fleet, places,
                         fleet_random.stream("session cache"));
    host::Balancer balancer(fleet);
    if (fleet.health_check) {
        balancer.check_health(*fleet.health_check, fleet_random.stream("health checks"));
    }
    Operations operations(surroundings, fleet, keys, clocks, caches, balancer);
    if (scenario.audit) operations.audit(history);
    for (std::size_t i = 0; i < fleet.sites.size(); ++i) {
        const Site& site = fleet.sites[i];
        auto& entry = map.sites.emplace_back();
        entry.place = network.add_site(site.distance, fleet.between_sites);
        places.add_site(fleet.name, site.name, entry.place);
        for (std::uint32_t k = 0; k < fleet.servers_per_site; ++k) {
            const auto server = network.add_server(entry.place);
            places.add_server(fleet.name, site.name, server.place);
            operations.add({i, k}, entry.place, server,
                           fast_open_key(fleet, site, k, fleet_random));
            entry.servers.push_back(server.machine);
        }
    }

    std::optional<KeyService> key_service;
    if (has_coordinator(fleet.tickets)) {
        key_service.emplace(fleet, clocks, keys, simulation, network, map,
                            fleet_random.stream("key service"));
        places.add_coordinator(fleet.name, key_service->place());
        operations.use(*key_service);
    }

    std::list<tls::ClientContext> contexts;
    std::list<host::Population> populations;
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        const Clients& clients = scenario.clients[i];
        const net::PlaceId place = network.add_population();
        places.add_population(clients.name, place);
        std::vector<host::Choice> choices;
        for (const Origins::Names& names : origins.of(clients)) {
            auto& choice = choices.emplace_back(host::Choice{.tenant = names.tenant});
            for (const std::string& host : names.hosts) {
                tls::ClientContext& context =
                    contexts.emplace_back(library, clients.tls, *names.chain, host);
                context.use_clock(clocks.of_population(i));
                choice.hosts.push_back(&context);
            }
        }
        populations.emplace_back(
            host::VisitSettings{surroundings, clients, static_cast<std::uint16_t>(i), place, fleet,
                                map, balancer, clocks.of_population(i), psks, std::move(choices)},
            history, root.stream(clients.name));
    }

    chaos::FaultSchedule faults(scenario, places, simulation, network, operations, history);
    simulation.run_until(run_start + scenario.duration);

    faults.close();
    ledger.close();
    judges.conclude(history);
    keys.record(scenario.duration, history);
    history.events = simulation.events();
    return {std::move(history), network.packets()};
}

}  // namespace reshake::world
