// The law of tenants: no session crosses from one to another, whatever clients offer; and the
// set-up that breaks it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::NoEarlyData;
using history::NotResumed;

/// Clients who visit every tenant and offer whatever ticket they have.
Scenario offering_anything(TenantIsolation isolation) {
    Scenario scenario = plain(6, 4h, 10min);
    scenario.clients[0].tickets.scope = TicketScope::any;
    Fleet& fleet = scenario.fleets[0];
    fleet.tenants = {
        {.name = "first"}, {.name = "shop", .keys = TenantKeys::shared}, {.name = "bank"}};
    fleet.tenant_isolation = isolation;
    fleet.servers_per_site = 2;
    return scenario;
}

/// What happened to offers of one tenant's ticket to another.
struct Crossings {
    int offered = 0;
    int resumed = 0;
    int failed = 0;
    int at_home = 0;  ///< Resumed where they belong.
};

Crossings crossings_of(Outcome& outcome) {
    Crossings found;
    const auto tenant = numbers(outcome, "tenant");
    const auto ticket = numbers(outcome, "ticket_tenant");
    const auto resumed = numbers(outcome, "resumed");
    const auto end = numbers(outcome, "outcome");
    for (std::size_t i = 0; i < tenant.size(); ++i) {
        if (ticket[i] < 0) continue;
        if (ticket[i] == tenant[i]) {
            found.at_home += resumed[i] != 0 ? 1 : 0;
            continue;
        }
        ++found.offered;
        found.resumed += resumed[i] != 0 ? 1 : 0;
        found.failed += static_cast<history::Outcome>(end[i]) != history::Outcome::ok ? 1 : 0;
    }
    return found;
}

TEST(Tenants, NoSessionCrossesWhereTheContextOrTheSessionIdContextComesFirst) {
    for (const auto isolation :
         {TenantIsolation::client_hello, TenantIsolation::session_id_context}) {
        Scenario scenario = offering_anything(isolation);
        scenario.invariants = {TenantsApart{}};
        Outcome outcome = run(scenario, 3);
        EXPECT_EQ(outcome.history.violations.size(), 0u);
        const Crossings found = crossings_of(outcome);
        EXPECT_GT(found.offered, 20) << name_of(isolation);
        EXPECT_EQ(found.resumed, 0) << name_of(isolation);
        EXPECT_EQ(found.failed, 0) << name_of(isolation);
        EXPECT_GT(found.at_home, 10) << name_of(isolation);
    }
}

TEST(Tenants, ACheckInTheServernameCallbackEndsEveryCrossingWithAnAlert) {
    Outcome outcome = run(offering_anything(TenantIsolation::servername_check), 3);
    const Crossings found = crossings_of(outcome);
    EXPECT_GT(found.offered, 20);
    EXPECT_EQ(found.resumed, 0);
    EXPECT_EQ(found.failed, found.offered);
}

TEST(Tenants, SessionsCrossWhereTheContextIsSwitchedInTheServernameCallback) {
    Scenario scenario = offering_anything(TenantIsolation::context_switch);
    scenario.invariants = {TenantsApart{}};
    Outcome outcome = run(scenario, 3);
    EXPECT_GT(outcome.history.violations.size(), 20u);
    const Crossings found = crossings_of(outcome);
    EXPECT_GT(found.offered, 20);
    EXPECT_EQ(found.resumed, found.offered);
}

TEST(Tenants, TheSameSeedGivesTheSameRun) {
    Outcome one = run(offering_anything(TenantIsolation::client_hello), 9);
    Outcome other = run(offering_anything(TenantIsolation::client_hello), 9);
    EXPECT_EQ(one.history.wire.value(), other.history.wire.value());
    EXPECT_EQ(everything(one), everything(other));
}

TEST(Tenants, AClientThatKeepsTicketsApartNeverOffersOneElsewhere) {
    Scenario scenario = offering_anything(TenantIsolation::context_switch);
    scenario.clients[0].tickets.scope = TicketScope::origin;
    Outcome outcome = run(scenario, 3);
    const Crossings found = crossings_of(outcome);
    EXPECT_EQ(found.offered, 0);
    EXPECT_GT(found.at_home, 20);
}

TEST(Tenants, APopulationAsksForTheTenantsThatItNames) {
    Scenario scenario = offering_anything(TenantIsolation::client_hello);
    scenario.clients[0].tenants = {"bank", "first"};
    Outcome outcome = run(scenario, 3);
    const auto asked = numbers(outcome, "tenant");
    EXPECT_EQ(std::set(asked.begin(), asked.end()), (std::set<std::int64_t>{0, 2}));
}

/// The share of visits that resume, by whom tickets are offered to, at a tenant of several names.
double resumed_share(TicketScope scope, bool early_data, std::set<NoEarlyData>& why_not_early) {
    Scenario scenario = plain(8, 4h, 20min);
    scenario.fleets[0].tenants = {{.name = "shop", .hosts = 4}};
    scenario.clients[0].tickets.scope = scope;
    scenario.clients[0].tls.early_data = early_data;
    if (early_data) {
        scenario.fleets[0].tls.max_early_data = 1000;
        scenario.fleets[0].tls.anti_replay = AntiReplay::none;
    }
    Outcome outcome = run(scenario, 4);
    for (const auto code : numbers(outcome, "no_early_data")) {
        why_not_early.insert(static_cast<NoEarlyData>(code));
    }
    double resumed = 0;
    const auto all = numbers(outcome, "resumed");
    for (const auto each : all) resumed += static_cast<double>(each);
    for (const auto end : numbers(outcome, "outcome")) {
        EXPECT_EQ(static_cast<history::Outcome>(end), history::Outcome::ok);
    }
    return resumed / static_cast<double>(all.size());
}

TEST(HostNames, OfOneCertificateMayShareTickets) {
    std::set<NoEarlyData> ignored;
    EXPECT_GT(resumed_share(TicketScope::certificate, false, ignored),
              resumed_share(TicketScope::origin, false, ignored) + 0.15);
}

TEST(HostNames, EarlyDataNeedsTheNameOfTheSession) {
    std::set<NoEarlyData> apart;
    std::set<NoEarlyData> shared;
    resumed_share(TicketScope::origin, true, apart);
    resumed_share(TicketScope::certificate, true, shared);
    EXPECT_FALSE(apart.contains(NoEarlyData::other_host));
    EXPECT_TRUE(shared.contains(NoEarlyData::other_host));
    EXPECT_TRUE(shared.contains(NoEarlyData::accepted));
}

TEST(OtherContext, IsTheReasonAfterADeployThatRenamesTheSessionIdContext) {
    for (const bool tickets : {true, false}) {
        Scenario scenario = plain(4, 2h, 10min);
        scenario.fleets[0].tls.session_ticket = tickets;
        ServerTls later = scenario.fleets[0].tls;
        later.session_id_context = "later";
        scenario.faults = {Deploy{.fleet = "edge", .start = 1h, .tls = later}};
        Outcome outcome = run(scenario, 5);
        const auto reasons = numbers(outcome, "not_resumed");
        // A memory that is lost has no session to compare with.
        const auto expected = tickets ? NotResumed::other_context : NotResumed::not_cached;
        EXPECT_TRUE(std::ranges::count(reasons, static_cast<std::int64_t>(expected)) > 0);
    }
}

TEST(OtherContext, IsTheReasonForAnothersSessionInMemory) {
    Scenario scenario = offering_anything(TenantIsolation::session_id_context);
    scenario.fleets[0].tls.session_ticket = false;
    scenario.fleets[0].servers_per_site = 1;
    Outcome outcome = run(scenario, 3);
    const Crossings found = crossings_of(outcome);
    EXPECT_GT(found.offered, 20);
    EXPECT_EQ(found.resumed, 0);
    const auto reasons = numbers(outcome, "not_resumed");
    EXPECT_GE(std::ranges::count(reasons, static_cast<std::int64_t>(NotResumed::other_context)),
              20);
}

}  // namespace
}  // namespace reshake::world
