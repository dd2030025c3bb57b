// Drains, deploys that drain, and health checks in a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using Ended = history::Outcome;

struct Row {
    std::int64_t home, site, server;
    Duration started, total;
    Ended outcome;
};

std::vector<Row> rows_of(Outcome& outcome) {
    const auto home = numbers(outcome, "home");
    const auto site = numbers(outcome, "site");
    const auto server = numbers(outcome, "server");
    const auto started = numbers(outcome, "started");
    const auto total = numbers(outcome, "total");
    const auto ended = column<Ended>(outcome, "outcome");
    std::vector<Row> rows;
    for (std::size_t i = 0; i < site.size(); ++i) {
        rows.push_back(
            {home[i], site[i], server[i], Duration(started[i]), Duration(total[i]), ended[i]});
    }
    std::ranges::stable_sort(rows, {}, &Row::started);
    return rows;
}

std::vector<Row> rows_of(const Scenario& scenario, std::uint64_t seed) {
    Outcome outcome = run(scenario, seed);
    return rows_of(outcome);
}

/// Attempts that take a second or two, at three servers.
Scenario busy() {
    Scenario scenario = plain(30, 5min, 10s);
    scenario.clients[0].access = Link{.rate = BitRate{64'000}, .delay = 20ms};
    scenario.clients[0].response_bytes = 8'000;
    scenario.fleets[0].servers_per_site = 3;
    return scenario;
}

int failures(const std::vector<Row>& rows) {
    return static_cast<int>(std::ranges::count_if(rows, [](const Row& row) {
        return row.outcome != Ended::ok && row.outcome != Ended::unfinished;
    }));
}

TEST(Drain, SendsNobodyNewAndNobodyNoticesWhereTheGraceIsLongEnough) {
    Scenario scenario = busy();
    scenario.faults = {
        Drain{.where = "edge/ams/server-2", .start = 2min, .grace = 30s, .lasts = 90s}};
    const auto rows = rows_of(scenario, 1);
    EXPECT_EQ(failures(rows), 0);
    int before = 0;
    int after = 0;
    for (const Row& row : rows) {
        if (row.server != 2) continue;
        EXPECT_TRUE(row.started < 2min || row.started >= 4min);
        ++(row.started < 2min ? before : after);
    }
    EXPECT_GT(before, 50);
    EXPECT_GT(after, 20);
}

TEST(Drain, CutsWhatTheGraceWasTooShortFor) {
    Scenario scenario = busy();
    scenario.faults = {
        Drain{.where = "edge/ams/server-2", .start = 2min, .grace = 100ms, .lasts = 90s}};
    const auto rows = rows_of(scenario, 1);
    EXPECT_GT(failures(rows), 0);
    for (const Row& row : rows) {
        if (row.outcome == Ended::ok || row.outcome == Ended::unfinished) continue;
        EXPECT_EQ(row.outcome, Ended::reset);
        EXPECT_EQ(row.server, 2);
        EXPECT_LT(row.started, 2min);
        EXPECT_GE(row.started + row.total, 2min + 100ms);
    }
}

TEST(Drain, OfASiteSendsItsClientsToTheNextWithoutAFailedAttempt) {
    Scenario scenario = busy();
    scenario.fleets[0].sites.push_back({.name = "iad", .distance = 5ms});
    scenario.faults = {Drain{.where = "edge/ams", .start = 2min, .grace = 30s, .lasts = 90s}};
    const auto rows = rows_of(scenario, 1);
    EXPECT_EQ(failures(rows), 0);
    int moved = 0;
    for (const Row& row : rows) {
        const bool drained = row.started >= 2min && row.started < 4min;
        if (row.home != 0) {
            EXPECT_EQ(row.site, 1);
        } else {
            EXPECT_EQ(row.site, drained ? 1 : 0);
            moved += drained ? 1 : 0;
        }
    }
    EXPECT_GT(moved, 50);
}

TEST(Drain, OfTheWholeFleetLeavesItsClientsNothingElse) {
    Scenario scenario = busy();
    scenario.fleets[0].sites.push_back({.name = "iad", .distance = 5ms});
    scenario.faults = {Drain{.where = "edge", .start = 2min, .grace = 30s, .lasts = 90s}};
    for (const Row& row : rows_of(scenario, 1)) {
        if (row.started > 150s && row.started < 4min - 1s) {
            EXPECT_EQ(row.outcome, Ended::reset);
            EXPECT_EQ(row.site, row.home);
        } else if (row.started < 150s - 20s) {
            EXPECT_EQ(row.outcome, Ended::ok);
        }
    }
}

TEST(Deploy, ThatDrainsFailsNobodyWhereOneThatDoesNotFailsManyAtEveryTurn) {
    Scenario scenario = busy();
    Deploy deploy{.fleet = "edge", .start = 1min, .every = 60s, .lasts = 20s};
    scenario.faults = {deploy};
    EXPECT_GT(failures(rows_of(scenario, 1)), 20);
    deploy.drain = 20s;
    scenario.faults = {deploy};
    const auto rows = rows_of(scenario, 1);
    EXPECT_EQ(failures(rows), 0);
    for (const Row& row : rows) {
        const Duration turn = 1min + 60s * (row.server - 1);
        EXPECT_FALSE(row.started >= turn && row.started < turn + 40s);
    }
}

TEST(HealthCheck, EjectsAServerThatIsDownAndTakesItInAgain) {
    Scenario scenario = busy();
    scenario.fleets[0].health_check = HealthCheck{.interval = 5s};
    scenario.faults = {Restart{.where = "edge/ams/server-2", .start = 2min, .lasts = 1min}};
    int refused = 0;
    int after = 0;
    for (const Row& row : rows_of(scenario, 1)) {
        if (row.server != 2) {
            EXPECT_TRUE(row.outcome == Ended::ok || row.outcome == Ended::unfinished);
            continue;
        }
        // Three probes, 5 s apart, find it down; from the second on that finds it up it is back.
        EXPECT_FALSE(row.started >= 2min + 15s && row.started < 3min + 5s);
        if (row.started >= 2min && row.started < 3min) {
            EXPECT_EQ(row.outcome, Ended::reset);
            ++refused;
        }
        after += row.started >= 3min + 10s ? 1 : 0;
    }
    EXPECT_GT(refused, 5);
    EXPECT_GT(after, 20);
}

TEST(HealthCheck, EjectsAServerThatAPartitionCutsOffFromItsSite) {
    Scenario scenario = busy();
    scenario.fleets[0].health_check = HealthCheck{};
    scenario.faults = {
        Partition{.between = {"edge/ams", "edge/ams/server-2"}, .start = 2min, .lasts = 1min}};
    int lost = 0;
    for (const Row& row : rows_of(scenario, 1)) {
        if (row.server != 2) continue;
        EXPECT_FALSE(row.started >= 2min + 8s && row.started < 3min + 2s);
        lost += row.outcome == Ended::connect_timeout ? 1 : 0;
    }
    EXPECT_GT(lost, 2);
}

TEST(HealthCheck, OfASiteThatIsDownAltogetherChangesNothing) {
    Scenario scenario = busy();
    scenario.fleets[0].sites.push_back({.name = "iad", .distance = 5ms});
    scenario.faults = {Restart{.where = "edge/ams", .start = 2min, .lasts = 1min}};
    const auto count = [](const std::vector<Row>& rows) {
        return std::ranges::count(rows, Ended::reset, &Row::outcome);
    };
    const auto without = count(rows_of(scenario, 1));
    scenario.fleets[0].health_check = HealthCheck{};
    // Before the third probe, and before all are in again, chance sends others elsewhere.
    EXPECT_NEAR(static_cast<double>(count(rows_of(scenario, 1))), static_cast<double>(without),
                0.05 * static_cast<double>(without));
}

TEST(HealthCheck, ChangesNothingWhileAllServersAreUpAndCostsNoEvents) {
    Scenario scenario = busy();
    Outcome without = run(scenario, 1);
    scenario.fleets[0].health_check = HealthCheck{.interval = 1ms, .timeout = 1ms};
    Outcome with = run(scenario, 1);
    EXPECT_EQ(with.history.events, without.history.events);
    EXPECT_EQ(everything(with), everything(without));
    EXPECT_EQ(with.history.wire.value(), without.history.wire.value());
}

TEST(HealthCheck, AndDrainsRunTwiceAreEqualAndTouchNothingBefore) {
    Scenario scenario = busy();
    Outcome without = run(scenario, 3);
    scenario.fleets[0].health_check = HealthCheck{};
    scenario.faults = {
        Drain{.where = "edge/ams/server-1", .start = 2min, .grace = 5s, .lasts = 1min},
        Restart{.where = "edge/ams/server-2", .start = 2min, .lasts = 1min}};
    Outcome once = run(scenario, 3);
    Outcome twice = run(scenario, 3);
    EXPECT_EQ(everything(once), everything(twice));
    EXPECT_EQ(once.history.wire.value(), twice.history.wire.value());
    const auto early = [](Outcome& outcome) {
        auto rows = rows_of(outcome);
        std::erase_if(rows, [](const Row& row) {
            return row.total < Duration::zero() || row.started + row.total >= 2min;
        });
        std::vector<Duration> times;
        for (const Row& row : rows) times.push_back(row.started + row.total);
        return times;
    };
    EXPECT_EQ(early(once), early(without));
}

}  // namespace
}  // namespace reshake::world
