// Small scenarios for the tests of the world, and its rows as one can ask for them.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "models/scenario.h"
#include "sim/world/world.h"

namespace reshake::world {

/// Some clients on a clean link at a fleet of one server, computing for free.
inline Scenario plain(std::uint32_t clients, Duration duration, Duration mean_gap) {
    using namespace std::chrono_literals;
    return {.duration = duration,
            .clients = {{.name = "phones",
                         .count = clients,
                         .access = Link{.delay = 20ms},
                         .arrivals = Poisson{.mean_gap = mean_gap},
                         .device = {.cores = 1, .slowdown = 0.0}}},
            .fleets = {{.name = "edge",
                        .sites = {{.name = "ams", .distance = 5ms}},
                        .device = {.cores = 64, .slowdown = 0.0}}}};
}

/// A column of a table that can be taken once per outcome.
template <typename T>
std::vector<T> column(Outcome& outcome, std::string_view name) {
    std::vector<T> values;
    outcome.history.attempts.for_each_column([&](const auto& field, auto& stored) {
        if (field.name != name) return;
        for (const auto& each : stored) values.push_back(static_cast<T>(each));
    });
    return values;
}

inline std::vector<std::int64_t> numbers(Outcome& outcome, std::string_view name) {
    return column<std::int64_t>(outcome, name);
}

/// Every table of an outcome as one flat list of numbers.
inline std::vector<std::int64_t> everything(Outcome& outcome) {
    std::vector<std::int64_t> values;
    outcome.history.for_each_table([&](auto& table) {
        table.for_each_column([&](const auto&, auto& stored) {
            for (const auto& each : stored) values.push_back(static_cast<std::int64_t>(each));
        });
    });
    return values;
}

/// Clients whose visits are known.
inline Scenario visiting(std::vector<std::vector<Duration>> visits) {
    using namespace std::chrono_literals;
    Scenario scenario = plain(static_cast<std::uint32_t>(visits.size()), 24h, 1h);
    Trace trace;
    trace.visits = std::move(visits);
    scenario.clients[0].arrivals = std::move(trace);
    return scenario;
}

template <typename Reason>
std::set<Reason> found(Outcome& outcome, std::string_view column) {
    std::set<Reason> reasons;
    for (const auto code : numbers(outcome, column)) reasons.insert(static_cast<Reason>(code));
    return reasons;
}

}  // namespace reshake::world
