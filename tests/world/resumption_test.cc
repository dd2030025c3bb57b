// Resumption in a run against what can be computed beforehand.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::NotResumed;

std::map<NotResumed, int> reasons(Outcome outcome) {
    std::map<NotResumed, int> counts;
    for (const auto code : numbers(outcome, "not_resumed")) ++counts[static_cast<NotResumed>(code)];
    return counts;
}

// Each visit leaves a fresh ticket, so a visit resumes if and only if the gap before it was shorter
// than the lifetime: with exponential gaps, P = 1 - exp(-lifetime / mean gap).
TEST(Resumption, ShareIsTheProbabilityOfAGapShorterThanTheLifetime) {
    for (const Duration lifetime : {Duration(10min), Duration(30min), Duration(90min)}) {
        Scenario scenario = plain(40, 24h, 30min);
        scenario.fleets[0].tickets.lifetime = lifetime;
        const auto counts = reasons(run(scenario, 11));
        const int resumed =
            counts.contains(NotResumed::resumed) ? counts.at(NotResumed::resumed) : 0;
        const int expired = counts.at(NotResumed::expired_at_client);
        const int returns = resumed + expired;
        const double expected = 1.0 - std::exp(-static_cast<double>(lifetime.count()) /
                                               static_cast<double>(Duration(30min).count()));
        ASSERT_GT(returns, 1500);
        EXPECT_NEAR(resumed / double{1.0 * returns}, expected,
                    4 * std::sqrt(expected * (1 - expected) / returns));
        EXPECT_EQ(counts.at(NotResumed::first_visit), 40);
    }
}

TEST(Resumption, ARetiredKeyIsTheReasonAfterRotationAndNoOther) {
    Scenario scenario = plain(40, 48h, 2h);
    scenario.fleets[0].tickets.lifetime = 48h;
    scenario.fleets[0].tickets.rotation = StekRotation{.every = 1h, .keep_previous = 1};
    const auto counts = reasons(run(scenario, 12));
    EXPECT_GT(counts.at(NotResumed::key_retired), 100);
    EXPECT_GT(counts.at(NotResumed::resumed), 100);
    EXPECT_EQ(counts.at(NotResumed::resumed) + counts.at(NotResumed::key_retired) +
                  counts.at(NotResumed::first_visit),
              [&] {
                  int all = 0;
                  for (const auto& [reason, count] : counts) all += count;
                  return all;
              }());
}

TEST(Resumption, WithoutTicketsNobodyResumes) {
    Scenario scenario = plain(10, 12h, 30min);
    scenario.fleets[0].tickets.num_tickets = 0;
    const auto counts = reasons(run(scenario, 13));
    EXPECT_EQ(counts.size(), 1u);
    EXPECT_TRUE(counts.contains(NotResumed::first_visit));
}

TEST(Attempts, EachEndsInATypedOutcome) {
    Scenario scenario = plain(30, 12h, 10min);
    scenario.clients[0].access =
        Link{.delay = 45ms, .loss = GilbertElliottInTime{.mean_loss = 0.3, .mean_burst = 20s}};
    scenario.clients[0].churn = OnOff{.mean_up = 30min, .mean_down = 10min};
    scenario.clients[0].vanish = 0.3;
    Outcome outcome = run(scenario, 14);
    std::map<history::Outcome, int> ends;
    for (const auto code : numbers(outcome, "outcome")) ++ends[static_cast<history::Outcome>(code)];
    EXPECT_GT(ends[history::Outcome::ok], 500);
    EXPECT_GT(ends[history::Outcome::connect_timeout], 10);
    EXPECT_LE(ends[history::Outcome::unfinished], 5);
    EXPECT_GT(outcome.history.visits_while_down, 100u);
}

}  // namespace
}  // namespace reshake::world
