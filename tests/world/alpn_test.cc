// Application protocols in a run: their column, their failure, and what separates by them.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::NotResumed;
using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t none = -1;

Scenario speaking(std::vector<std::string> offered, std::vector<std::string> spoken) {
    Scenario scenario = visiting({{1s, 600s}});
    scenario.clients[0].tls.alpn = std::move(offered);
    scenario.fleets[0].tls.alpn = std::move(spoken);
    return scenario;
}

Deploy deploy_of(ServerTls tls) { return {.fleet = "edge", .start = 300s, .tls = std::move(tls)}; }

TEST(Alpn, TheColumnNamesWhatWasNegotiatedByItsPlaceAmongAllThatClientsOffer) {
    Scenario scenario = speaking({"h2", "http/1.1"}, {"http/1.1"});
    scenario.clients.push_back(scenario.clients[0]);
    scenario.clients[1].name = "laptops";
    scenario.clients[1].tls.alpn = {"imap", "http/1.1"};
    Outcome outcome = run(scenario, 5);
    EXPECT_EQ(numbers(outcome, "alpn"), (Numbers{1, 1, 1, 1}));
    scenario.clients[1].tls.alpn.clear();
    outcome = run(scenario, 5);
    auto found = numbers(outcome, "alpn");
    std::ranges::sort(found);
    EXPECT_EQ(found, (Numbers{none, none, 1, 1}));
}

TEST(Alpn, NothingInCommonIsAFailureOfItsOwnUnlessTheServerGoesOn) {
    Scenario scenario = speaking({"h2"}, {"imap"});
    Outcome outcome = run(scenario, 5);
    const auto ends = found<history::Outcome>(outcome, "outcome");
    EXPECT_EQ(ends, std::set{history::Outcome::no_application_protocol});
    EXPECT_EQ(numbers(outcome, "alert"), (Numbers{120, 120}));
    scenario.fleets[0].tls.alpn_mismatch = AlpnMismatch::noack;
    outcome = run(scenario, 5);
    EXPECT_EQ(found<history::Outcome>(outcome, "outcome"), std::set{history::Outcome::ok});
    EXPECT_EQ(numbers(outcome, "alpn"), (Numbers{none, none}));
    EXPECT_EQ(numbers(outcome, "resumed"), (Numbers{0, 1}));
}

// A key of the session cache that names the protocol separates what the others join.
TEST(Alpn, ASessionIsFoundForItsOwnProtocolAloneWhereTheCachesKeysNameIt) {
    for (const CacheKeyScope scope : {CacheKeyScope::sni, CacheKeyScope::alpn}) {
        Scenario scenario = speaking({"h2", "http/1.1"}, {"h2"});
        Fleet& fleet = scenario.fleets[0];
        fleet.tls.session_ticket = false;
        fleet.session_cache = SessionCache{.key_scope = scope};
        const bool separates = scope == CacheKeyScope::alpn;
        Outcome outcome = run(scenario, 5);
        EXPECT_EQ(numbers(outcome, "resumed"), (Numbers{0, 1}));
        ServerTls changed = fleet.tls;
        changed.alpn = {"http/1.1"};
        scenario.faults = {deploy_of(changed)};
        outcome = run(scenario, 5);
        EXPECT_EQ(numbers(outcome, "resumed"), (Numbers{0, separates ? 0 : 1}));
        const auto why = separates ? NotResumed::not_cached : NotResumed::resumed;
        EXPECT_EQ(column<NotResumed>(outcome, "not_resumed").back(), why);
        EXPECT_EQ(numbers(outcome, "alpn"), (Numbers{0, 1}));
    }
}

// A client of OpenSSL 3.5 keeps the former protocol in tickets that it gets while another is
// spoken: see tests/tls/alpn_test.cc.
TEST(Alpn, ADeployOfAnotherProtocolCostsEarlyDataOnceAndThenAHandshakeIsBroken) {
    Scenario scenario = speaking({"h2", "http/1.1"}, {"h2"});
    std::get<Trace>(scenario.clients[0].arrivals).visits = {{1s, 200s, 400s, 600s, 800s}};
    scenario.clients[0].tls.early_data = true;
    scenario.clients[0].linger = 1s;
    ServerTls& tls = scenario.fleets[0].tls;
    tls.max_early_data = 16'384;
    tls.anti_replay = AntiReplay::client_hello_record;
    ServerTls changed = tls;
    changed.alpn = {"http/1.1"};
    scenario.faults = {deploy_of(changed)};
    Outcome outcome = run(scenario, 5);
    using enum history::NoEarlyData;
    using history::NoEarlyData;
    const auto early = column<NoEarlyData>(outcome, "no_early_data");
    EXPECT_EQ(early[1], accepted);
    EXPECT_EQ(early[2], alpn_changed);
    EXPECT_EQ(column<history::Outcome>(outcome, "outcome")[3], history::Outcome::alert);
    EXPECT_EQ(numbers(outcome, "alert")[3], 47);
}

TEST(Alpn, WhatCannotBeNegotiatedIsSaid) {
    Scenario scenario = speaking({"h2", "", "h2"}, {std::string(256, 'x')});
    const auto problems = validate(scenario);
    const auto says = [&](const std::string& path, Severity severity) {
        return std::ranges::any_of(problems, [&](const Problem& problem) {
            return problem.path == path && problem.severity == severity;
        });
    };
    EXPECT_TRUE(says("clients[0].tls.alpn[1]", Severity::error));
    EXPECT_TRUE(says("clients[0].tls.alpn[2]", Severity::error));
    EXPECT_TRUE(says("fleets[0].tls.alpn[0]", Severity::error));
    EXPECT_TRUE(says("fleets[0].tls.alpn", Severity::warning)) << "nothing in common";
}

}  // namespace
}  // namespace reshake::world
