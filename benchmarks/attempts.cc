#include "benchmarks/attempts.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/world/world.h"

namespace reshake::benchmarks {
namespace {

using namespace std::chrono_literals;

/// Runs, checks that every visit came to a good end, and counts.
Tally run(const Scenario& scenario, std::uint32_t attempts) {
    world::Outcome outcome = world::run(scenario, 1);
    const auto ok = static_cast<std::uint64_t>(history::Outcome::ok);
    Tally tally{.connections = outcome.history.attempts.size()};
    RESHAKE_CHECK(tally.connections == attempts);
    outcome.history.attempts.for_each_column([&](const auto& field, const auto& column) {
        std::uint64_t sum = 0;
        for (const auto each : column) sum += static_cast<std::uint64_t>(each);
        if (field.name == "outcome") RESHAKE_CHECK(sum == ok * attempts);
        if (field.name == "resumed") tally.resumed = sum;
        if (field.name == "bytes_sent") tally.traffic.sent = sum;
        if (field.name == "bytes_received") tally.traffic.received = sum;
    });
    return tally;
}

/// Visit `i` is made by client `i * stride`, so that neighbours in time are none in memory.
std::vector<std::vector<Duration>> spread(std::uint32_t clients, std::uint32_t visits,
                                          Duration gap) {
    constexpr std::uint64_t stride = 7919;  // A prime: all clients have their turn.
    std::vector<std::vector<Duration>> times(clients);
    for (std::uint64_t i = 0; i < visits; ++i) {
        times[static_cast<std::size_t>(i * stride % clients)].push_back(
            gap * static_cast<std::int64_t>(i + 1));
    }
    return times;
}

Scenario scenario(Handshake handshake, std::uint32_t count, std::uint32_t visits, Duration gap) {
    Scenario made{.duration = gap * std::int64_t{visits} + between_visits,
                  .clients = {clients(count, spread(count, visits, gap))},
                  .fleets = {fleet(handshake)}};
    set(handshake, made.clients.front(), made.fleets.front());
    return made;
}

}  // namespace

Tally run_audited(Handshake handshake, std::uint32_t attempts) {
    Scenario audited = scenario(handshake, 1, attempts, between_visits);
    audited.audit = true;
    return run(audited, attempts);
}

Tally run_attempts(Handshake handshake, std::uint32_t attempts) {
    const Tally tally = run(scenario(handshake, 1, attempts, between_visits), attempts);
    RESHAKE_CHECK(tally.resumed == (resumes(handshake) ? attempts - 1 : 0));
    return tally;
}

Tally run_clients(std::uint32_t clients, std::uint32_t attempts) {
    return run(scenario(Handshake::full, clients, attempts, 20ms), attempts);
}

Tally run_faults(std::uint32_t faults, std::uint32_t attempts) {
    Scenario troubled = scenario(Handshake::full, 1, attempts, between_visits);
    for (std::uint32_t i = 0; i < faults; ++i) {
        Clients others = clients(1, {{}});
        others.name = "others-" + std::to_string(i);
        troubled.faults.emplace_back(Partition{
            .between = {others.name, "edge"}, .start = Duration{}, .lasts = troubled.duration});
        troubled.clients.push_back(std::move(others));
    }
    return run(troubled, attempts);
}

Tally run_idle(std::uint32_t days) {
    constexpr std::uint32_t visitors = 100;
    Scenario quiet = scenario(Handshake::psk, visitors, visitors, 600ms);
    quiet.duration += 24h * std::int64_t{days};
    quiet.clients.front().churn = OnOff{.mean_up = 8760h, .mean_down = 1h};
    quiet.fleets.front().tickets.rotation = StekRotation{.every = 1h};
    return run(quiet, visitors);
}

}  // namespace reshake::benchmarks
