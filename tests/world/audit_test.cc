// The log of security decisions, against visits whose course is known.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <type_traits>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::SecurityEvent;

std::vector<SecurityEvent> events_of(Outcome& outcome) {
    std::vector<SecurityEvent> events(outcome.history.security_events.size());
    outcome.history.security_events.for_each_column([&](const auto& field, const auto& column) {
        for (std::size_t i = 0; i < column.size(); ++i) {
            auto& value = events[i].*field.member;
            value = std::remove_cvref_t<decltype(value)>(column[i]);
        }
    });
    return events;
}

/// "issue ticket", "refuse ticket: key_retired".
std::vector<std::string> told(const std::vector<SecurityEvent>& events) {
    std::vector<std::string> lines;
    for (const SecurityEvent& each : events) {
        std::string line(name_of(each.action));
        line.append(" ").append(name_of(each.subject));
        if (each.why != history::SecurityReason::none) line.append(": ").append(name_of(each.why));
        lines.push_back(std::move(line));
    }
    return lines;
}

Scenario audited(std::vector<std::vector<Duration>> visits) {
    Scenario scenario = plain(static_cast<std::uint32_t>(visits.size()), 1h, 1h);
    Trace trace;
    trace.visits = std::move(visits);
    scenario.clients[0].arrivals = std::move(trace);
    scenario.audit = true;
    return scenario;
}

using Lines = std::vector<std::string>;

TEST(Audit, FollowsATicketFromItsIssueToItsRenewal) {
    Outcome outcome = run(audited({{1s, 60s}}), 5);
    const auto events = events_of(outcome);
    ASSERT_EQ(told(events), (Lines{"rotate keys", "issue ticket", "issue ticket", "accept ticket",
                                   "renew ticket"}));
    EXPECT_EQ(events[3].ticket, events[2].ticket) << "the newest is offered";
    EXPECT_NE(events[4].ticket, events[2].ticket);
    for (const SecurityEvent& each : events) {
        EXPECT_EQ(each.key, events[0].key);
        EXPECT_EQ(each.server, 1);
    }
    EXPECT_EQ(events[0].population, -1);
    EXPECT_EQ(events[3].population, 0);
    EXPECT_EQ(events[3].visit, 1);
    EXPECT_GE(events[3].at, 60s);
    EXPECT_LT(events[3].at, 61s);
}

TEST(Audit, TellsEarlyDataFromItsTicketAndTheApplicationsRefusalFromOpenssls) {
    Scenario scenario = audited({{1s, 60s, 120s}});
    scenario.clients[0].tls.early_data = true;
    scenario.clients[0].linger = 1s;
    scenario.fleets[0].tls.max_early_data = 16'384;
    scenario.fleets[0].early_requests = EarlyRequests::too_early;
    Outcome outcome = run(scenario, 5);
    const auto events = events_of(outcome);
    const Lines visit{"accept ticket", "accept early_data", "refuse early_data: too_early",
                      "renew ticket"};
    Lines expected{"issue ticket", "issue ticket"};
    expected.insert(expected.end(), visit.begin(), visit.end());
    expected.insert(expected.end(), visit.begin(), visit.end());
    EXPECT_EQ(told(events), expected);
    EXPECT_EQ(events[2].key, 0u) << "a reference to a session in memory";
    EXPECT_NE(events[3].ticket, events[7].ticket) << "two ClientHellos";
}

TEST(Audit, TellsWhyTicketsAreRefusedAndSessionsLeaveTheMemory) {
    Scenario scenario = audited({{1s, 600s}, {2s}});
    scenario.fleets[0].tickets.rotation = StekRotation{.every = 60s, .keep_previous = 1};
    Outcome rotated = run(scenario, 5);
    EXPECT_EQ(told(events_of(rotated)),
              (Lines{"rotate keys", "issue ticket", "issue ticket", "issue ticket", "issue ticket",
                     "refuse ticket: key_retired", "rotate keys", "issue ticket", "issue ticket"}));

    scenario = audited({{1s, 600s}, {2s}});
    scenario.fleets[0].tls.session_ticket = false;
    scenario.fleets[0].tls.session_cache_size = 2;
    Outcome full = run(scenario, 5);
    // A cache of two keeps one: OpenSSL makes room after it has put a session in.
    EXPECT_EQ(
        told(events_of(full)),
        (Lines{"issue ticket", "evict ticket: evicted", "issue ticket", "evict ticket: evicted",
               "issue ticket", "evict ticket: evicted", "issue ticket", "refuse ticket: evicted",
               "evict ticket: evicted", "issue ticket", "evict ticket: evicted", "issue ticket"}));
}

TEST(Audit, TellsWhatARestartHasWiped) {
    Scenario scenario = audited({{1s, 600s}});
    scenario.faults = {Restart{
        .where = "edge", .start = 300s, .lasts = 1s, .memory = Fate::lost, .keys = Fate::lost}};
    Outcome outcome = run(scenario, 5);
    const auto events = events_of(outcome);
    EXPECT_EQ(told(events),
              (Lines{"rotate keys", "issue ticket", "issue ticket", "wipe memory", "wipe keys",
                     "refuse ticket: unknown_key", "rotate keys", "issue ticket", "issue ticket"}));
    EXPECT_EQ(events[3].at, 301s);
    EXPECT_NE(events[6].key, events[0].key);
}

/// Those of one kind of machine.
std::vector<SecurityEvent> by(history::SecurityMachine machine,
                              const std::vector<SecurityEvent>& events) {
    std::vector<SecurityEvent> chosen;
    std::ranges::copy_if(events, std::back_inserter(chosen),
                         [&](const SecurityEvent& each) { return each.machine == machine; });
    return chosen;
}

using enum history::SecurityMachine;

TEST(Audit, FollowsASessionThroughTheCacheThatServersShare) {
    Scenario scenario = audited({{1s, 600s}, {2s}});
    Fleet& fleet = scenario.fleets[0];
    fleet.servers_per_site = 2;
    fleet.tls.session_ticket = false;
    fleet.tickets.num_tickets = 1;
    fleet.session_cache = SessionCache{.capacity = 1};
    Outcome outcome = run(scenario, 5);
    const auto events = events_of(outcome);
    EXPECT_EQ(told(by(server, events)),
              (Lines{"issue ticket", "issue ticket", "refuse ticket: evicted", "issue ticket"}));
    EXPECT_EQ(told(by(cache, events)), (Lines{"store entry", "evict entry: evicted", "store entry",
                                              "evict entry: evicted", "store entry"}));
    EXPECT_EQ(events[0].ticket, by(cache, events)[0].ticket) << "one name in both";
    EXPECT_EQ(by(cache, events)[0].site, -1) << "the fleet's";
    EXPECT_EQ(by(cache, events)[0].server, 1) << "its first replica";

    scenario = audited({{1s, 600s}});
    scenario.fleets[0].tls.max_early_data = 1000;
    scenario.fleets[0].tickets.num_tickets = 1;
    scenario.fleets[0].session_cache = SessionCache{};
    scenario.faults = {Restart{.where = "edge/cache", .start = 700s, .lasts = 1s}};
    Outcome taken = run(scenario, 5);
    EXPECT_EQ(told(by(cache, events_of(taken))),
              (Lines{"store entry", "evict entry: spent", "store entry", "wipe memory"}));
}

TEST(Audit, TellsWhomACacheDoesNotGiveAnothersSession) {
    Scenario scenario = audited({{1s, 20s, 40s, 60s, 80s, 100s}});
    scenario.clients[0].tickets.scope = TicketScope::any;
    Fleet& fleet = scenario.fleets[0];
    fleet.tenants = {{.name = "shop"}, {.name = "bank"}};
    fleet.tls.session_ticket = false;
    for (const CacheKeyScope scope : {CacheKeyScope::session_id, CacheKeyScope::tenant}) {
        fleet.session_cache = SessionCache{.key_scope = scope};
        Outcome outcome = run(scenario, 5);
        const auto events = events_of(outcome);
        const auto of_cache = told(by(cache, events));
        const auto of_server = told(by(server, events));
        const bool apart = scope == CacheKeyScope::tenant;
        EXPECT_EQ(std::ranges::count(of_cache, "refuse entry: other_context") > 0, apart);
        // What is found under the id alone is sealed under a key of the other tenant.
        EXPECT_EQ(std::ranges::count(of_server, "refuse ticket: unknown_key") > 0, !apart);
    }
}

TEST(Audit, FollowsKeysFromTheCoordinatorToTheServersAndToTheirEnd) {
    Scenario scenario = audited({{1s}});
    scenario.duration = 310s;
    Fleet& fleet = scenario.fleets[0];
    fleet.tickets.lifetime = 100s;
    fleet.tickets.rotation = StekRotation{.every = 100s, .keep_previous = 0};
    fleet.tickets.distribution = KeyCoordinator{.link = Link{.delay = 1ms}};
    scenario.faults = {Restart{.where = "edge/ams",
                               .start = 240s,
                               .lasts = 10s,
                               .memory = Fate::lost,
                               .keys = Fate::lost}};
    Outcome outcome = run(scenario, 5);
    const auto events = events_of(outcome);
    EXPECT_EQ(told(by(server, events)),
              (Lines{"receive keys", "rotate keys", "issue ticket", "issue ticket", "retire keys",
                     "receive keys", "retire keys", "receive keys", "wipe memory", "wipe keys",
                     "receive keys", "retire keys", "receive keys"}));
    const auto of_coordinator = by(coordinator, events);
    EXPECT_EQ(told(of_coordinator),
              (Lines{"distribute keys", "distribute keys", "distribute keys", "distribute keys"}));
    EXPECT_EQ(of_coordinator[0].at, 100s);
    EXPECT_EQ(of_coordinator[1].key, of_coordinator[2].key) << "asked for once more";
    EXPECT_EQ(of_coordinator[0].server, 1) << "the recipient";
}

TEST(Audit, ChangesNothingElseAndIsTheSameTwice) {
    Scenario scenario = audited({{1s, 60s, 600s}, {2s, 70s}});
    scenario.fleets[0].tickets.rotation = StekRotation{.every = 100s};
    scenario.fleets[0].tickets.distribution = KeyCoordinator{};
    Outcome with = run(scenario, 5);
    Outcome again = run(scenario, 5);
    scenario.audit = false;
    Outcome without = run(scenario, 5);
    EXPECT_GT(with.history.security_events.size(), 0u);
    EXPECT_EQ(without.history.security_events.size(), 0u);
    EXPECT_EQ(everything(with), everything(again));
    with.history.security_events = {};
    EXPECT_EQ(everything(with), everything(without));
}

}  // namespace
}  // namespace reshake::world
