// A staged rollout in a run: who has the new settings when, and what a verdict does about it.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::Verdict;

constexpr std::uint16_t tls_1_2 = 0x0303;

/// Two sites, of which the first has a tenth of the clients; stages of ten minutes from 20 min on.
Scenario fleet_of_two() {
    Scenario scenario = plain(150, 60min, 1min);
    scenario.fleets[0].sites = {{.name = "few", .share = 10.0}, {.name = "many", .share = 90.0}};
    scenario.fleets[0].servers_per_site = 4;
    return scenario;
}

StagedRollout rollout(std::optional<CanaryAnalysis> analysis) {
    return {.fleet = "edge",
            .start = 20min,
            .stages = {{.sites = {"few"}, .bake = 10min}, {.sites = {"many"}, .bake = 10min}},
            .analysis = std::move(analysis)};
}

/// Of a site's attempts that began from `since` on and before `until`: how many, and which share of
/// them `is` true of.
struct Part {
    int count = 0;
    double share = 0.0;
};

template <typename Is>
Part part(Outcome& outcome, std::int64_t site, Duration since, Duration until, Is&& is) {
    const auto sites = numbers(outcome, "site");
    const auto started = numbers(outcome, "started");
    Part found;
    int those = 0;
    for (std::size_t i = 0; i < sites.size(); ++i) {
        const Duration at(started[i]);
        if (sites[i] != site || at < since || at >= until) continue;
        ++found.count;
        those += is(i) ? 1 : 0;
    }
    found.share = found.count == 0 ? 0.0 : static_cast<double>(those) / found.count;
    return found;
}

template <typename T>
std::vector<T> verdict_column(Outcome& outcome, std::string_view name) {
    std::vector<T> values;
    outcome.history.rollout.for_each_column([&](const auto& field, auto& stored) {
        if (field.name != name) return;
        for (const auto& each : stored) values.push_back(static_cast<T>(each));
    });
    return values;
}

TEST(Rollout, AGoodChangeGoesThroughAllStagesAndStays) {
    Scenario scenario = fleet_of_two();
    StagedRollout change = rollout(CanaryAnalysis{.failed_share = 0.2});
    change.tls = ServerTls{.max_protocol = ProtocolVersion::tls_1_2};
    scenario.faults = {change};
    Outcome outcome = run(scenario, 7);
    EXPECT_EQ(verdict_column<Verdict>(outcome, "verdict"), std::vector{Verdict::go_on});
    EXPECT_EQ(verdict_column<std::int64_t>(outcome, "stage"), std::vector<std::int64_t>{1});
    const auto versions = numbers(outcome, "tls_version");
    const auto is_old = [&](std::size_t i) { return versions[i] == tls_1_2; };
    EXPECT_EQ(part(outcome, 0, 0min, 20min, is_old).share, 0.0);
    EXPECT_EQ(part(outcome, 0, 20min, 59min, is_old).share, 1.0);
    EXPECT_EQ(part(outcome, 1, 0min, 30min, is_old).share, 0.0);
    EXPECT_EQ(part(outcome, 1, 30min, 59min, is_old).share, 1.0);
}

TEST(Rollout, ABadOneIsStoppedAtTheFirstStageAndFormerKeysComeBack) {
    Scenario scenario = fleet_of_two();
    StagedRollout change = rollout(CanaryAnalysis{.resumed_share = 0.05});
    change.tickets = Tickets{.keys = TicketKeyScope::per_server};
    change.keys = Fate::lost;
    scenario.faults = {change};
    Outcome outcome = run(scenario, 7);
    EXPECT_EQ(verdict_column<Verdict>(outcome, "verdict"), std::vector{Verdict::roll_back});
    const auto resumed = numbers(outcome, "resumed");
    const auto did = [&](std::size_t i) { return resumed[i] != 0; };
    EXPECT_GT(part(outcome, 0, 10min, 20min, did).share, 0.99);
    EXPECT_LT(part(outcome, 0, 21min, 30min, did).share, 0.6);
    EXPECT_GT(part(outcome, 0, 38min, 60min, did).share, 0.97);
    EXPECT_GT(part(outcome, 1, 20min, 60min, did).share, 0.99);
}

TEST(Rollout, TakenBackWhereFormerKeysAreLostBringsNewOnesAsTheSettingsSay) {
    Scenario scenario = fleet_of_two();
    StagedRollout change = rollout(CanaryAnalysis{.resumed_share = 0.05});
    change.tickets = Tickets{.keys = TicketKeyScope::per_server,
                             .rotation = StekRotation{.every = 1min, .keep_previous = 60}};
    change.keys = Fate::lost;
    scenario.faults = {
        change, Restart{.where = "edge/few", .start = 25min, .lasts = 1s, .keys = Fate::lost}};
    Outcome outcome = run(scenario, 7);
    EXPECT_EQ(verdict_column<Verdict>(outcome, "verdict"), std::vector{Verdict::roll_back});
    std::vector<std::int64_t> begun;
    outcome.history.ticket_keys.for_each_column([&](const auto& field, auto& column) {
        if (field.name != "issued_from") return;
        for (const auto each : column) begun.push_back(static_cast<std::int64_t>(each));
    });
    EXPECT_EQ(Duration(std::ranges::max(begun)), 30min);               // They turn no more.
    EXPECT_EQ(std::ranges::count(begun, Duration(30min).count()), 1);  // One for all servers.
    const auto resumed = numbers(outcome, "resumed");
    const auto did = [&](std::size_t i) { return resumed[i] != 0; };
    EXPECT_GT(part(outcome, 0, 40min, 60min, did).share, 0.97);
}

TEST(Rollout, NobodyJudgesWhereThereIsNoAnalysis) {
    Scenario scenario = fleet_of_two();
    StagedRollout change = rollout(std::nullopt);
    change.tickets = Tickets{.keys = TicketKeyScope::per_server};
    change.keys = Fate::lost;
    scenario.faults = {change};
    Outcome outcome = run(scenario, 7);
    EXPECT_EQ(outcome.history.rollout.size(), 0u);
    const auto resumed = numbers(outcome, "resumed");
    const auto did = [&](std::size_t i) { return resumed[i] != 0; };
    EXPECT_LT(part(outcome, 1, 31min, 60min, did).share, 0.6);
}

}  // namespace
}  // namespace reshake::world
