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

}  // namespace
}  // namespace reshake::world
