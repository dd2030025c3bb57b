// What clients hold beside tickets, what a restart of their app takes away, and what a rollback of
// TLS 1.3 does to those who still send early data.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::NotResumed;

TEST(FallbackAfterARestartOfTheApp, LosesWhatWasInMemoryAndNothingElse) {
    struct Loss {
        bool persistent;
        double reinstalls;
        bool lost;
    };
    for (const auto& [persistent, reinstalls, lost] :
         {Loss{true, 0.0, false}, Loss{false, 0.0, true}, Loss{true, 0.5, true}}) {
        Scenario scenario = plain(10, 12h, 30min);
        // The device comes and goes too, which costs the app nothing.
        scenario.clients[0].churn = OnOff{.mean_up = 1h, .mean_down = 10min};
        scenario.clients[0].restarts = AppRestarts{.mean_gap = 3h, .reinstalls = reinstalls};
        scenario.clients[0].tickets.persistent = persistent;
        scenario.fleets[0].tickets.lifetime = 24h;
        Outcome outcome = run(scenario, 6);
        const auto reasons = found<NotResumed>(outcome, "not_resumed");
        EXPECT_EQ(reasons.contains(NotResumed::store_lost), lost);
    }
}

TEST(FallbackAfterARestartOfTheApp, IsNotThereWhereOnlyTheDeviceWasUnreachable) {
    Scenario scenario = plain(10, 12h, 30min);
    scenario.clients[0].churn = OnOff{.mean_up = 1h, .mean_down = 10min};
    scenario.clients[0].restarts = AppRestarts{.mean_gap = 3650 * 24h};
    scenario.clients[0].tickets.persistent = false;
    scenario.fleets[0].tickets.lifetime = 24h;
    Outcome outcome = run(scenario, 6);
    EXPECT_FALSE(found<NotResumed>(outcome, "not_resumed").contains(NotResumed::store_lost));
}

TEST(RestartOfTheApp, CutsItsConnectionsAndIsNoReasonToTryAnotherSite) {
    Scenario scenario = plain(10, 1h, 1min);
    scenario.fleets[0].sites.push_back({.name = "iad"});
    scenario.clients[0].restarts = AppRestarts{.mean_gap = 5min};
    scenario.clients[0].access = Link{.delay = 2s};
    scenario.clients[0].connect_timeout = 30s;
    Outcome outcome = run(scenario, 6);
    const auto ends = numbers(outcome, "outcome");
    EXPECT_GT(std::ranges::count(ends, static_cast<std::int64_t>(history::Outcome::vanished)), 5);
    for (const auto attempt : numbers(outcome, "attempt")) EXPECT_EQ(attempt, 0);
}

TEST(ExternalPsk, AuthenticatesEveryVisitThatHasNoTicket) {
    using history::Authentication;
    Scenario scenario = visiting({{1s, 600s, 9000s}, {5s, 700s, 9100s}});
    scenario.clients[0].tls.external_psk = true;
    for (const bool server : {true, false}) {
        scenario.fleets[0].tls.external_psk = server;
        Outcome outcome = run(scenario, 5);
        const auto rests_on = found<Authentication>(outcome, "authentication");
        const auto expected = server ? Authentication::external_psk : Authentication::certificate;
        EXPECT_EQ(rests_on, (std::set{Authentication::ticket, expected}));
        // A key given beforehand resumes nothing.
        EXPECT_EQ(std::ranges::count(numbers(outcome, "resumed"), 1), 2);
        Outcome again = run(scenario, 5);
        EXPECT_EQ(outcome.history.wire.value(), again.history.wire.value());
    }
}

TEST(EncryptionAtRest, ChangesCostsAndNothingThatAServerSees) {
    Scenario scenario = visiting({{1s, 600s, 1200s}});
    Outcome plain_store = run(scenario, 5);
    scenario.clients[0].tickets.encrypted_at_rest = true;
    Outcome sealed_store = run(scenario, 5);
    Outcome again = run(scenario, 5);
    EXPECT_EQ(numbers(sealed_store, "resumed"), numbers(plain_store, "resumed"));
    EXPECT_EQ(numbers(sealed_store, "bytes_sent"), numbers(plain_store, "bytes_sent"));
    EXPECT_EQ(sealed_store.history.wire.value(), again.history.wire.value());
    EXPECT_EQ(everything(sealed_store), everything(again));
}

/// Connections that fail because TLS 1.3 is rolled back at three hours, early data having been off
/// since `wait` before.
int failures_of_rollback(Duration wait, bool renew) {
    const ServerTls ready{.max_early_data = 1000, .anti_replay = AntiReplay::none};
    const ServerTls without_early{.anti_replay = AntiReplay::none};
    const ServerTls old{.max_protocol = ProtocolVersion::tls_1_2, .anti_replay = AntiReplay::none};
    Scenario scenario = plain(20, 5h, 10min);
    scenario.clients[0].tls.early_data = true;
    scenario.clients[0].linger = 1s;
    scenario.fleets[0].tls = ready;
    scenario.fleets[0].tickets.lifetime = 1h;
    scenario.faults = {Deploy{.fleet = "edge", .start = 3h, .tls = old}};
    if (wait > 0min) {
        Tickets tickets = scenario.fleets[0].tickets;
        tickets.renew = renew;
        scenario.faults.push_back(
            Deploy{.fleet = "edge", .start = 3h - wait, .tls = without_early, .tickets = tickets});
    }
    Outcome outcome = run(scenario, 6);
    const auto ends = numbers(outcome, "outcome");
    const auto early = numbers(outcome, "early_bytes");
    int failed = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto end = static_cast<history::Outcome>(ends[i]);
        if (end == history::Outcome::ok || end == history::Outcome::unfinished) continue;
        EXPECT_EQ(end, history::Outcome::alert);
        EXPECT_GT(early[i], 0);
        ++failed;
    }
    return failed;
}

TEST(Rollback, FailsConnectionsUntilNobodyHoldsATicketThatAllowsEarlyData) {
    EXPECT_GT(failures_of_rollback(0min, true), 10);
    EXPECT_GT(failures_of_rollback(20min, false), 0);
    EXPECT_EQ(failures_of_rollback(61min, false), 0);
}

TEST(Rollback, FailsThemALifetimeLaterTooWhereTicketsAreRenewed) {
    // OpenSSL's client makes a renewed ticket of the one before, permission included.
    EXPECT_GT(failures_of_rollback(61min, true), 10);
}

}  // namespace
}  // namespace reshake::world
