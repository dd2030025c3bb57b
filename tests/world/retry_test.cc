// Clients that try again: when, how often, on whose account, and what their users see of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using Ended = history::Outcome;

struct Row {
    std::int64_t client, visit, attempt, retry, site;
    Duration started, total, first_byte, answer;
    Ended outcome;
    bool gave_up;
};

std::vector<Row> rows_of(Outcome& outcome) {
    std::map<std::string_view, std::vector<std::int64_t>> of;
    for (const char* name : {"client", "visit", "attempt", "retry", "site", "started", "total",
                             "first_byte", "answer", "outcome", "gave_up"}) {
        of[name] = numbers(outcome, name);
    }
    std::vector<Row> rows;
    for (std::size_t i = 0; i < of["client"].size(); ++i) {
        rows.push_back({of["client"][i], of["visit"][i], of["attempt"][i], of["retry"][i],
                        of["site"][i], Duration(of["started"][i]), Duration(of["total"][i]),
                        Duration(of["first_byte"][i]), Duration(of["answer"][i]),
                        static_cast<Ended>(of["outcome"][i]), of["gave_up"][i] != 0});
    }
    std::ranges::stable_sort(
        rows, {}, [](const Row& row) { return std::tuple(row.client, row.visit, row.attempt); });
    return rows;
}

std::vector<Row> rows_of(const Scenario& scenario, std::uint64_t seed = 5) {
    Outcome outcome = run(scenario, seed);
    return rows_of(outcome);
}

/// One client whose fleet of two sites cannot be reached.
Scenario cut_off(Duration lasts = 24h) {
    Scenario scenario = visiting({{10s}});
    scenario.fleets[0].sites.push_back({.name = "iad"});
    scenario.clients[0].connect_timeout = 2s;
    scenario.clients[0].retry = Retry{.max_tries = 4, .jitter = BackoffJitter::none};
    scenario.faults = {Partition{.between = {"phones", "edge"}, .start = 1s, .lasts = lasts}};
    return scenario;
}

TEST(Retry, TriesEverySiteEachTimeAndWaitsInBetween) {
    const auto rows = rows_of(cut_off());
    ASSERT_EQ(rows.size(), 8u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].attempt, i);
        EXPECT_EQ(rows[i].retry, i / 2);
        EXPECT_EQ(rows[i].outcome, Ended::connect_timeout);
        EXPECT_EQ(rows[i].gave_up, i == 7);
    }
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const Duration waited = rows[i].started - rows[i - 1].started - rows[i - 1].total;
        const Duration expected = i % 2 == 1 ? 0s : std::chrono::seconds(1 << (i / 2 - 1));
        EXPECT_EQ(waited, expected);
    }
}

TEST(Retry, EndsWithSuccessAndTheAnswerCountsFromTheStartOfTheVisit) {
    const auto rows = rows_of(cut_off(19s));
    const Row& last = rows.back();
    EXPECT_EQ(last.outcome, Ended::ok);
    EXPECT_EQ(last.retry, 2);
    EXPECT_EQ(last.answer, last.started + last.first_byte - rows.front().started);
    for (const Row& row : rows) {
        EXPECT_FALSE(row.gave_up);
        if (&row != &last) {
            EXPECT_EQ(row.answer, history::not_reached);
        }
    }
}

TEST(Retry, BeginsNoTryAfterItsTimeIsOver) {
    Scenario scenario = cut_off();
    scenario.clients[0].retry->max_elapsed = 10s;
    const auto rows = rows_of(scenario);
    EXPECT_EQ(rows.size(), 4u);  // At 0, 2, 5 and 7 s; the next ones would be at 11 and 13.
    EXPECT_TRUE(rows.back().gave_up);
}

TEST(Retry, LeavesWhatNeedsNoneAsItWas) {
    Scenario scenario = plain(10, 2h, 5min);
    Outcome without = run(scenario, 3);
    scenario.clients[0].retry = Retry{.budget = RetryBudget{}};
    scenario.clients[0].handshake_timeout = 10s;
    Outcome with = run(scenario, 3);
    EXPECT_EQ(everything(without), everything(with));
    EXPECT_EQ(without.history.wire.value(), with.history.wire.value());
}

// The alarm is set before the handshake, and may ring long after it.
TEST(HandshakeTimeout, DoesNotAbortAClose) {
    Scenario scenario = plain(1, 1h, 10min);
    scenario.clients[0].device.slowdown = 1000.0;
    Outcome without = run(scenario, 3);
    const auto number = [&](const char* column) { return numbers(without, column).front(); };
    const Duration until_response{number("total") - number("connect")};
    scenario.clients[0].handshake_timeout = until_response + 1us;
    Outcome with = run(scenario, 3);
    EXPECT_EQ(everything(without), everything(with));
    EXPECT_EQ(without.history.wire.value(), with.history.wire.value());
}

TEST(Retry, NeverExceedsTheBudgetOfItsClient) {
    Scenario scenario = plain(20, 1h, 2min);
    scenario.clients[0].connect_timeout = 1s;
    scenario.clients[0].retry =
        Retry{.max_tries = 5, .budget = RetryBudget{.per_visit = 0.2, .reserve = 3.0}};
    scenario.faults = {Partition{.between = {"phones", "edge"}, .start = 1s, .lasts = 1h}};
    std::map<std::int64_t, std::pair<double, double>> of;  // Begun and retried, by client.
    for (const Row& row : rows_of(scenario)) {
        of[row.client].first += row.retry == 0 ? 1 : 0;
        of[row.client].second += row.retry > 0 ? 1 : 0;
    }
    for (const auto& [client, counts] : of) {
        EXPECT_LE(counts.second, 3.0 + 0.2 * counts.first);
        EXPECT_GE(counts.second, std::min(3.0, 4 * counts.first));
    }
}

TEST(Retry, IsNoErrorOfTheServiceWhereTheClientWentAwayMeanwhileOrTheRunEnded) {
    Scenario scenario = cut_off();
    scenario.clients[0].retry->backoff = 1h;
    scenario.clients[0].retry->max_backoff = 1h;
    scenario.invariants = {ErrorShare{.at_most = 0.0, .min_count = 1}};
    for (const bool goes : {false, true}) {
        if (goes) scenario.clients[0].restarts = AppRestarts{.mean_gap = 1h};
        scenario.duration = goes ? Duration(24h) : Duration(30min);
        Outcome outcome = run(scenario, 5);
        const auto rows = rows_of(outcome);
        EXPECT_EQ(outcome.history.violations.size(), 0u);
        EXPECT_FALSE(rows.back().gave_up);
        EXPECT_LT(rows.size(), 8u);
    }
}

TEST(Retry, MakesOneErrorOfAllTriesOrNone) {
    for (const auto& [lasts, errors] :
         {std::pair(Duration(24h), 1u), std::pair(Duration(19s), 0u)}) {
        Scenario scenario = cut_off(lasts);
        scenario.invariants = {ErrorShare{.at_most = 0.0, .min_count = 1}};
        Outcome outcome = run(scenario, 5);
        EXPECT_EQ(outcome.history.violations.size(), errors);
    }
    Scenario scenario = cut_off(19s);
    scenario.invariants = {Latency{.phase = Phase::answer, .at_most = 12s, .min_count = 1}};
    EXPECT_EQ(run(scenario, 5).history.violations.size(), 0u);
    scenario.invariants = {Latency{.phase = Phase::answer, .at_most = 8s, .min_count = 1}};
    EXPECT_EQ(run(scenario, 5).history.violations.size(), 1u);
}

TEST(Retry, IsTheSameTwice) {
    Scenario scenario = plain(20, 10min, 1min);
    scenario.clients[0].access = Link{.delay = 20ms, .loss = Bernoulli{.loss = 0.2}};
    scenario.clients[0].connect_timeout = 1s;
    scenario.clients[0].retry = Retry{.jitter = BackoffJitter::decorrelated};
    Outcome one = run(scenario, 9);
    Outcome other = run(scenario, 9);
    EXPECT_EQ(everything(one), everything(other));
    EXPECT_GT(std::ranges::max(numbers(one, "retry")), 0);
}

TEST(HandshakeTimeout, EndsHandshakesThatTakeTooLongAndNothingElse) {
    Scenario scenario = visiting({{10s}});
    scenario.fleets[0].device = {.cores = 1, .slowdown = 10'000.0};  // Seconds per handshake.
    scenario.clients[0].handshake_timeout = 500ms;
    auto rows = rows_of(scenario);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].outcome, Ended::handshake_timeout);
    EXPECT_GT(rows[0].total, 500ms);  // And TCP's round trip before.
    EXPECT_LT(rows[0].total, 600ms);

    scenario.fleets[0].device.slowdown = 0.0;
    scenario.clients[0].access = Link{.rate = BitRate{50'000}, .delay = 20ms};
    scenario.clients[0].response_bytes = 1'000'000;
    scenario.clients[0].handshake_timeout = 3s;
    rows = rows_of(scenario);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].outcome, Ended::attempt_timeout);
    EXPECT_EQ(rows[0].total, 30s);
}

}  // namespace
}  // namespace reshake::world
