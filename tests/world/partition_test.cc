#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::NotResumed;
using history::Outcome;

/// Two sites; the first is unreachable for its clients from 3 h to 5 h.
Scenario two_sites(TicketKeyScope keys) {
    Scenario scenario = plain(60, 8h, 20min);
    scenario.fleets[0].sites.push_back({.name = "iad", .distance = 5ms});
    scenario.fleets[0].tickets.keys = keys;
    scenario.fleets[0].tickets.lifetime = 24h;
    scenario.faults = {Partition{.between = {"phones", "edge/ams"}, .start = 3h, .lasts = 2h}};
    return scenario;
}

struct Row {
    Duration started;
    std::int64_t home, site, attempt;
    Outcome outcome;
    NotResumed not_resumed;
};

std::vector<Row> rows_of(world::Outcome outcome) {
    std::vector<Row> rows;
    const auto started = numbers(outcome, "started");
    const auto home = numbers(outcome, "home");
    const auto site = numbers(outcome, "site");
    const auto attempt = numbers(outcome, "attempt");
    const auto ended = numbers(outcome, "outcome");
    const auto reason = numbers(outcome, "not_resumed");
    for (std::size_t i = 0; i < started.size(); ++i) {
        rows.push_back({Duration(started[i]), home[i], site[i], attempt[i],
                        static_cast<Outcome>(ended[i]), static_cast<NotResumed>(reason[i])});
    }
    return rows;
}

bool within_partition(const Row& row) { return row.started > 3h && row.started < 5h - 1min; }

TEST(Partition, NothingReachesTheSiteAndItsClientsGoElsewhere) {
    int cut_off = 0;
    int elsewhere = 0;
    for (const Row& row : rows_of(run(two_sites(TicketKeyScope::shared), 1))) {
        if (!within_partition(row)) continue;
        if (row.site == 0) {
            EXPECT_EQ(row.outcome, Outcome::connect_timeout);
            ++cut_off;
        } else {
            EXPECT_EQ(row.outcome, Outcome::ok);
            if (row.home == 0) {
                EXPECT_EQ(row.attempt, 1);
                ++elsewhere;
            }
        }
    }
    EXPECT_GT(cut_off, 50);
    EXPECT_GE(cut_off, elsewhere);
    EXPECT_GT(elsewhere, cut_off - 5);
}

TEST(Partition, SharedKeysResumeElsewhereAndKeysPerSiteDoNot) {
    for (const auto& [keys, expected] :
         {std::pair{TicketKeyScope::shared, NotResumed::resumed},
          std::pair{TicketKeyScope::per_site, NotResumed::unknown_key}}) {
        int first_elsewhere = 0;
        int as_expected = 0;
        // In the first quarter of an hour few clients have been elsewhere before.
        for (const Row& row : rows_of(run(two_sites(keys), 2))) {
            if (row.home != 0 || row.site != 1) continue;
            if (row.started < 3h || row.started > 3h + 15min) continue;
            ++first_elsewhere;
            as_expected += row.not_resumed == expected ? 1 : 0;
        }
        EXPECT_GT(first_elsewhere, 5);
        EXPECT_GT(as_expected, first_elsewhere * 6 / 10);
    }
}

TEST(Partition, ItIsRecordedAndItsEndIsTheEndOfTimeouts) {
    world::Outcome outcome = run(two_sites(TicketKeyScope::shared), 3);
    outcome.history.faults.for_each_column([&](const auto& field, auto& column) {
        ASSERT_EQ(column.size(), 1u);
        const Duration when(column[0]);
        if (field.name == "began") {
            EXPECT_EQ(when, 3h);
        } else if (field.name == "ended") {
            EXPECT_EQ(when, 5h);
        }
    });
    for (const Row& row : rows_of(std::move(outcome))) {
        if (row.started > 5h) {
            EXPECT_EQ(row.outcome, Outcome::ok);
        }
    }
}

/// Every row of attempts as a flat list of numbers, of those that ended before `end`.
std::vector<std::int64_t> attempts_before(Duration end, world::Outcome& outcome) {
    const auto started = numbers(outcome, "started");
    const auto total = numbers(outcome, "total");
    std::vector<std::int64_t> rows;
    outcome.history.attempts.for_each_column([&](const auto&, const auto& column) {
        for (std::size_t i = 0; i < started.size(); ++i) {
            if (total[i] < 0 || Duration(started[i] + total[i]) >= end) continue;
            rows.push_back(static_cast<std::int64_t>(column[i]));
        }
    });
    return rows;
}

std::vector<std::int64_t> attempts_before(Duration end, world::Outcome&& outcome) {
    return attempts_before(end, outcome);
}

Scenario lossy_two_sites() {
    Scenario scenario = two_sites(TicketKeyScope::shared);
    scenario.clients[0].access = Link{.delay = 20ms, .loss = Bernoulli{0.02}};
    scenario.faults.clear();
    return scenario;
}

TEST(EachPartition, LeavesWhatWasBeforeItAsItWasToTheByte) {
    const Scenario calm = lossy_two_sites();
    world::Outcome undisturbed = run(calm, 4);
    const auto expected = attempts_before(3h, undisturbed);
    EXPECT_GT(expected.size(), 1'000u);
    const std::array<std::string, 2> between{"phones", "edge/ams"};
    const Flapping flapping{.period = 20s};
    const std::vector<PlannedFault> each{
        Partition{.between = between, .start = 3h, .lasts = 1h},
        Partition{.between = between, .start = 3h, .lasts = 1h, .ways = Ways::first_to_second},
        Partition{.between = between, .start = 3h, .lasts = 1h, .flapping = flapping},
        GreyFailure{.between = between, .start = 3h, .lasts = 1h, .loss = 0.5},
        GreyFailure{.between = between, .start = 3h, .lasts = 1h, .delay = 1s}};
    for (const PlannedFault& fault : each) {
        Scenario scenario = calm;
        scenario.faults.assign(1, fault);
        world::Outcome disturbed = run(scenario, 4);
        EXPECT_EQ(attempts_before(3h, disturbed), expected) << fault.index();
        EXPECT_NE(attempts_before(8h, disturbed), attempts_before(8h, undisturbed));
    }
}

TEST(EachPartition, ByARuleLosesWhatItLosesWrittenOut) {
    // Two at a time, alike in everything: each loses packets of its own.
    const GreyFailure failure{
        .between = {"phones", "edge"}, .start = 1h, .lasts = 30min, .loss = 0.2};
    Scenario by_rule = lossy_two_sites();
    by_rule.faults = {Periodic{.fault = failure, .every = 2h},
                      Periodic{.fault = failure, .every = 2h}};
    Scenario written_out = by_rule;
    written_out.faults.clear();
    for (int rule = 0; rule < 2; ++rule) {
        for (const Duration start : {1h, 3h, 5h, 7h}) {
            GreyFailure each = failure;
            each.start = start;
            written_out.faults.emplace_back(each);
        }
    }
    const auto expected = attempts_before(8h, run(written_out, 4));
    EXPECT_EQ(attempts_before(8h, run(by_rule, 4)), expected);
    written_out.faults.erase(written_out.faults.begin());
    EXPECT_NE(attempts_before(8h, run(written_out, 4)), expected);
}

TEST(EachPartition, ChangesNothingOutsideItsScope) {
    // Clients whose home answers never go from one site to the other.
    Scenario scenario = lossy_two_sites();
    scenario.clients[0].access = Link{.delay = 20ms};
    const auto expected = attempts_before(8h, run(scenario, 5));
    scenario.faults = {
        Partition{.between = {"edge/ams", "edge/iad"}, .start = 1h, .lasts = 6h},
        GreyFailure{.between = {"edge/ams", "edge/iad"}, .start = 1h, .lasts = 6h, .loss = 1.0}};
    EXPECT_EQ(attempts_before(8h, run(scenario, 5)), expected);
}

TEST(GreyFailure, OfALossyWayEndsInRepairsNotInFailuresAndHeals) {
    Scenario scenario = lossy_two_sites();
    scenario.clients[0].access = Link{.delay = 20ms};
    scenario.faults = {
        GreyFailure{.between = {"phones", "edge"}, .start = 3h, .lasts = 2h, .loss = 0.1}};
    world::Outcome outcome = run(scenario, 6);
    const auto started = numbers(outcome, "started");
    const auto total = numbers(outcome, "total");
    const auto ended = numbers(outcome, "outcome");
    Duration slowest_inside{};
    Duration slowest_after{};
    for (std::size_t i = 0; i < started.size(); ++i) {
        EXPECT_EQ(static_cast<Outcome>(ended[i]), Outcome::ok);
        const Duration start(started[i]);
        if (start > 3h && start < 5h) slowest_inside = std::max(slowest_inside, Duration(total[i]));
        if (start > 5h) slowest_after = std::max(slowest_after, Duration(total[i]));
    }
    EXPECT_GT(slowest_inside, 1s);  // A SYN that was lost.
    EXPECT_LT(slowest_after, 300ms);
    outcome.history.faults.for_each_column([&](const auto& field, auto& column) {
        if (field.name != "kind") return;
        EXPECT_EQ(column[0], static_cast<std::uint8_t>(history::FaultKind::grey_failure));
    });
}

TEST(EachPartition, ThatOutlastsTheRunLetsItEndWithConnectionsOpen) {
    for (const auto& fault : decltype(Scenario::faults){
             GreyFailure{.between = {"phones", "edge"}, .lasts = 1h, .delay = 5ms},
             Partition{.between = {"phones", "edge"},
                       .lasts = 1h,
                       .flapping = Flapping{.period = 10s, .share = 0.1}}}) {
        Scenario scenario = plain(60, 21s, 2s);
        scenario.faults.assign(1, fault);
        world::Outcome outcome = run(scenario, 6);
        EXPECT_EQ(outcome.history.faults.size(), 1u);
        const auto ended = numbers(outcome, "outcome");
        EXPECT_GT(std::ranges::count(ended, static_cast<std::int64_t>(Outcome::unfinished)), 0);
    }
}

TEST(Partition, OfOneWayIsSilenceToTheOneAndTrafficToTheOther) {
    Scenario scenario = lossy_two_sites();
    scenario.faults = {Partition{
        .between = {"phones", "edge"}, .start = 3h, .lasts = 1h, .ways = Ways::second_to_first}};
    for (const Row& row : rows_of(run(scenario, 7))) {
        if (row.started > 3h && row.started < 4h - 1min) {
            EXPECT_EQ(row.outcome, Outcome::connect_timeout);
        }
        if (row.started > 4h) {
            EXPECT_EQ(row.outcome, Outcome::ok);
        }
    }
}

TEST(Partition, ThatFlapsLetsThroughWhatIsLuckyAndRunsTheSameTwice) {
    Scenario scenario = lossy_two_sites();
    scenario.faults = {Partition{.between = {"phones", "edge"},
                                 .start = 3h,
                                 .lasts = 2h,
                                 .flapping = Flapping{.period = 1min, .share = 0.9}},
                       GreyFailure{.between = {"edge/ams", "phones"},
                                   .start = 2h,
                                   .lasts = 3h,
                                   .loss = 0.2,
                                   .jitter = Jitter{.mean = 5ms}}};
    int passed = 0;
    int failed = 0;
    for (const Row& row : rows_of(run(scenario, 8))) {
        if (!within_partition(row)) continue;
        ++(row.outcome == Outcome::ok ? passed : failed);
    }
    EXPECT_GT(passed, 20);
    EXPECT_GT(failed, 20);
    world::Outcome one = run(scenario, 8);
    world::Outcome other = run(scenario, 8);
    EXPECT_EQ(everything(one), everything(other));
    EXPECT_EQ(one.packets, other.packets);
}

}  // namespace
}  // namespace reshake::world
