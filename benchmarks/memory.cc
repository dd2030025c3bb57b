#include "benchmarks/memory.h"

#include <malloc.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/workload.h"
#include "sim/base/check.h"
#include "sim/base/random.h"
#include "sim/history/history.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/balancer.h"
#include "sim/host/population.h"
#include "sim/host/server.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/library.h"
#include "sim/tls/ticket_keys.h"

namespace reshake::benchmarks {
namespace {

using namespace std::chrono_literals;

double heap() {
    const auto held = mallinfo2();
    return static_cast<double>(held.uordblks + held.hblkhd);
}

/// What the history's columns have reserved, used or not.
double reserved(history::History& history) {
    std::size_t bytes = 0;
    history.attempts.for_each_column([&](const auto&, const auto& column) {
        bytes += column.capacity() * sizeof column.front();
    });
    return static_cast<double>(bytes);
}

/// Visits one after the other, from `start` on.
std::vector<std::vector<Duration>> one_visit_each(std::uint32_t clients, Duration start) {
    std::vector<std::vector<Duration>> times;
    times.reserve(clients);
    for (std::uint32_t i = 0; i < clients; ++i) {
        times.push_back({start + between_visits * std::int64_t{i}});
    }
    return times;
}

/// A run that can be stopped and looked at: what `world::run` makes of a scenario with one server.
class House {
public:
    explicit House(const Fleet& fleet)
        : fleet_(fleet),
          network_(simulation_, tcp_flavour),
          ledger_(history_),
          surroundings_{simulation_, network_, ledger_, history_.wire},
          chain_(library_, tls::ChainPlan::of(fleet.tls), server_name(fleet), Random(1)),
          keys_(fleet.tickets.rotation, Random(2)),
          client_context_(library_, clients(1, {}).tls, chain_, server_name(fleet)),
          home_(network_.add_site(fleet.sites.front().distance, fleet.between_sites)),
          server_machine_(network_.add_server(home_).machine),
          server_(surroundings_, fleet_,
                  std::make_unique<tls::ServerContext>(library_, fleet.tls, fleet.tickets, chain_,
                                                       keys_),
                  clock_, server_machine_, {}),
          balancer_(fleet_),
          map_{.sites = {{.place = home_, .servers = {server_machine_}}}} {}

    [[nodiscard]] host::VisitSettings settings(const Clients& clients) {
        return {surroundings_,
                clients,
                0,
                network_.add_population(),
                fleet_,
                map_,
                balancer_,
                clock_,
                psks_,
                protocols_,
                {{.hosts = {&client_context_}}}};
    }
    [[nodiscard]] history::History& history() noexcept { return history_; }
    void run_for(Duration duration) { simulation_.run_until(simulation_.now() + duration); }

private:
    const Fleet& fleet_;
    history::History history_;
    net::Simulation simulation_;
    net::Network network_;
    host::AttemptLedger ledger_;
    host::Surroundings surroundings_;
    tls::Library library_;
    tls::Chain chain_;
    tls::TicketKeys keys_;
    tls::ClientContext client_context_;
    net::PlaceId home_;
    net::MachineId server_machine_;
    WallClock clock_;
    ExternalPsks psks_{Random(5), {}};      ///< Nobody has one.
    std::vector<std::string> protocols_{};  ///< No ALPN.
    host::Server server_;
    host::Balancer balancer_;
    host::FleetMap map_;
};

}  // namespace

Footprint run_memory(std::uint32_t count) {
    const Fleet edge = fleet(Handshake::psk);
    House house(edge);

    // What is made once, at the first connections, belongs to no client.
    constexpr std::uint32_t first = 20;
    constexpr Duration first_over = between_visits * std::int64_t{first + 1};
    const Clients others = clients(first, one_visit_each(first, 1s));
    const host::Population warm_up(house.settings(others), house.history(), Random(3));
    house.run_for(first_over);

    const Clients measured = clients(count, one_visit_each(count, first_over + 1s));
    const host::VisitSettings settings = house.settings(measured);
    const double before = heap();
    const host::Population population(settings, house.history(), Random(4));
    const double never_visited = heap() - before;

    const double rows_before = reserved(house.history());
    house.run_for(between_visits * (std::int64_t{count} + 1));
    const double rows = reserved(house.history()) - rows_before;
    RESHAKE_CHECK(house.history().attempts.size() == first + count);
    const double visited_once = heap() - before - rows;

    double row = 0.0;
    house.history().attempts.for_each_column([&](const auto&, const auto& column) {
        row += static_cast<double>(sizeof column.front());
    });
    return {
        .never_visited = never_visited / count, .visited_once = visited_once / count, .row = row};
}

}  // namespace reshake::benchmarks
