// The log of security decisions, against visits whose course is known.
#include <gtest/gtest.h>

#include <algorithm>
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

TEST(Audit, ChangesNothingElseAndIsTheSameTwice) {
    Scenario scenario = audited({{1s, 60s, 600s}, {2s, 70s}});
    const auto all = [&] {
        Outcome outcome = run(scenario, 5);
        return everything(outcome);
    };
    const auto with = all();
    EXPECT_EQ(with, all());
    scenario.audit = false;
    const auto without = all();
    ASSERT_LT(without.size(), with.size());
    EXPECT_TRUE(std::ranges::equal(without, std::span(with).first(without.size())));
}

}  // namespace
}  // namespace reshake::world
