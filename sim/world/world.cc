#include "sim/world/world.h"

#include <algorithm>
#include <array>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/alpn.h"
#include "models/fault_plan.h"
#include "sim/base/check.h"
#include "sim/chaos/canary.h"
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
#include "sim/world/evidence.h"
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

/// Null: each of the population has links of its own.
net::RadioCell* add_cell(net::Network& network, const Clients& clients, const Random& random) {
    const Random own = random.stream("cell");
    if (const auto* wifi = std::get_if<Wifi>(&clients.access)) {
        return &network.add_cell(*wifi, clients.count, own);
    }
    if (const auto* lte = std::get_if<Lte>(&clients.access)) {
        return &network.add_cell(*lte, clients.count, own);
    }
    return nullptr;
}

host::Records records_of(const Scenario& scenario, history::History& history,
                         host::TicketLog& tickets) {
    const auto asked = [&](Recorded table) {
        return std::ranges::find(scenario.records, table) != scenario.records.end();
    };
    return {.requests = asked(Recorded::requests) ? &history.requests : nullptr,
            .tickets = asked(Recorded::tickets) ? &tickets : nullptr,
            .compute = asked(Recorded::compute) ? &history.compute : nullptr};
}

void record_packets(const net::Network& network, const std::vector<net::PlaceId>& populations,
                    history::Table<history::PacketTally>& table) {
    const auto add = [&](const PacketCounts& counts, std::int16_t population, Direction direction) {
        history::PacketTally row;
        static_cast<PacketCounts&>(row) = counts;
        row.population = population;
        row.direction = direction;
        table.add(row);
    };
    constexpr std::array directions{Direction::uplink, Direction::downlink};
    for (std::size_t i = 0; i < populations.size(); ++i) {
        for (const Direction direction : directions) {
            add(network.packets(populations[i], direction), static_cast<std::int16_t>(i),
                direction);
        }
    }
    for (const Direction direction : directions) {
        const PacketCounts counts = network.packets_between_servers(direction);
        if (counts.sent > 0) add(counts, -1, direction);
    }
}

}  // namespace

Outcome run(const Scenario& scenario, std::uint64_t seed, Evidence* evidence) {
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
    chaos::CanaryWatch canaries;
    host::AttemptLedger ledger(history, &judges, &canaries);
    host::TicketLog ticket_log(simulation, history.tickets);
    const host::Surroundings surroundings{simulation, network,
                                          ledger,     history.wire,
                                          evidence,   records_of(scenario, history, ticket_log)};
    chaos::Places places;
    if (evidence != nullptr) {
        evidence->begin(simulation, scenario, places);
        if (evidence->wants_packets()) network.tap(*evidence);
    }

    const tls::Library library;
    const ExternalPsks psks = external_psks(scenario, root);
    Origins origins(library, fleet, psks, fleet_random.stream("certificates"));
    Clocks clocks(scenario);
    FleetKeys keys(fleet, origins, clocks, fleet_random.stream("steks"));

    host::FleetMap map;
    SessionCaches caches({simulation, network, history.cache}, fleet, places,
                         fleet_random.stream("session cache"));
    host::Balancer balancer(fleet);
    if (fleet.health_check) {
        balancer.check_health(*fleet.health_check, fleet_random.stream("health checks"));
    }
    if (fleet.outlier_detection) {
        balancer.detect_outliers(*fleet.outlier_detection, history.overload);
    }
    Operations operations(surroundings, scenario, origins, keys, clocks, caches, balancer,
                          history.overload);
    if (scenario.audit) {
        operations.audit(history);
        caches.audit(history);
    }
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

    // Before the populations: at one instant a fault comes before a visit.
    const std::vector<ExplicitFault> planned = faults_of(scenario, seed);
    const Random fault_random =
        root.stream("grey failures");  // No population has a space in its name.
    chaos::FaultSchedule faults(scenario, planned, places, simulation, network, operations,
                                canaries, history, fault_random);

    const std::vector<std::string> protocols = offered_protocols(scenario.clients);
    std::list<tls::ClientContext> contexts;
    std::list<host::Population> populations;
    std::vector<net::PlaceId> population_places;
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        const Clients& clients = scenario.clients[i];
        const net::PlaceId place = network.add_population();
        population_places.push_back(place);
        places.add_population(clients.name, place);
        net::RadioCell* const cell = add_cell(network, clients, root.stream(clients.name));
        std::vector<host::Choice> choices;
        for (const Origins::Names& names : origins.of(clients)) {
            auto& choice = choices.emplace_back(host::Choice{.tenant = names.tenant});
            for (const std::string& host : names.hosts) {
                tls::ClientContext& context =
                    contexts.emplace_back(library, clients.tls, *names.chain, host);
                context.use_clock(clocks.of_population(i));
                if (evidence != nullptr && evidence->wants_keys()) context.log_keys();
                choice.hosts.push_back(&context);
            }
        }
        populations.emplace_back(
            host::VisitSettings{surroundings, clients, static_cast<std::uint16_t>(i), place, fleet,
                                map, balancer, clocks.of_population(i), psks, protocols,
                                std::move(choices), cell},
            history, root.stream(clients.name));
    }

    simulation.run_until(run_start + scenario.duration);
    network.close();

    if (evidence != nullptr) evidence->end();
    faults.close();
    ledger.close();
    judges.conclude(history);
    keys.record(scenario.duration, history);
    record_packets(network, population_places, history.packets);
    history.events = simulation.events();
    return {std::move(history), network.packets()};
}

}  // namespace reshake::world
