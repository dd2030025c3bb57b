// TCP Fast Open in a run: what a visit gains, and who can check whose cookie.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;

constexpr Duration round_trip = 50ms;

/// With X25519 alone a ClientHello fits into a SYN.
Scenario asking(std::uint32_t clients = 5, Duration duration = 4h) {
    Scenario scenario = plain(clients, duration, 10min);
    scenario.clients[0].tls.groups = "X25519";
    scenario.clients[0].tcp_fast_open = true;
    scenario.fleets[0].tcp_fast_open = true;
    return scenario;
}

std::map<FastOpen, int> counted(Outcome& outcome) {
    std::map<FastOpen, int> counts;
    for (const auto code : numbers(outcome, "fast_open")) ++counts[static_cast<FastOpen>(code)];
    return counts;
}

TEST(FastOpenRun, SavesARoundTripFromTheSecondVisitOn) {
    Outcome outcome = run(asking(), 1);
    const auto fast_open = numbers(outcome, "fast_open");
    const auto visit = numbers(outcome, "visit");
    const auto connect = numbers(outcome, "connect");
    const auto handshake = numbers(outcome, "handshake");
    const auto first_byte = numbers(outcome, "first_byte");
    ASSERT_GT(fast_open.size(), 50u);
    for (std::size_t i = 0; i < fast_open.size(); ++i) {
        const bool first = visit[i] == 0;
        EXPECT_EQ(static_cast<FastOpen>(fast_open[i]),
                  first ? FastOpen::cookie_requested : FastOpen::accepted);
        EXPECT_EQ(Duration(connect[i]), round_trip);
        EXPECT_EQ(Duration(first_byte[i]), (first ? 3 : 2) * round_trip);
        // The server's flight, of two segments, arrives together with the SYN-ACK.
        EXPECT_EQ(Duration(handshake[i]), first ? round_trip : Duration::zero());
    }
}

// OpenSSL's default groups make it 1,471 bytes and more, of which a SYN takes 1,420: what is left
// waits for the SYN-ACK, and nothing is saved.
TEST(FastOpenRun, SavesNothingWhereTheClientHelloDoesNotFitIntoTheSyn) {
    Scenario scenario = asking();
    scenario.clients[0].tls = {};
    Outcome outcome = run(scenario, 1);
    EXPECT_GT(counted(outcome)[FastOpen::accepted], 50);
    for (const auto first_byte : numbers(outcome, "first_byte")) {
        EXPECT_EQ(Duration(first_byte), 3 * round_trip);
    }
}

// The ClientHello is computed before the SYN leaves: it belongs to `connect`, as the time that
// sendto(MSG_FASTOPEN) takes.
TEST(FastOpenRun, CountsTheClientHelloAsPartOfTheConnect) {
    Scenario scenario = asking();
    scenario.clients[0].device.slowdown = 10.0;
    Outcome outcome = run(scenario, 1);
    const auto visit = numbers(outcome, "visit");
    const auto connect = numbers(outcome, "connect");
    for (std::size_t i = 0; i < visit.size(); ++i) {
        if (visit[i] == 0) {
            EXPECT_EQ(Duration(connect[i]), round_trip);
        } else {
            EXPECT_GT(Duration(connect[i]), round_trip + 500us);
            EXPECT_LT(Duration(connect[i]), round_trip + 20ms);
        }
    }
}

TEST(FastOpenRun, IsOffUnlessBothSidesWantIt) {
    Scenario scenario = asking();
    scenario.fleets[0].tcp_fast_open = false;
    Outcome asked = run(scenario, 1);
    EXPECT_EQ(counted(asked).size(), 1u);
    EXPECT_TRUE(counted(asked).contains(FastOpen::cookie_requested));
    scenario.clients[0].tcp_fast_open = false;
    scenario.fleets[0].tcp_fast_open = true;
    Outcome granted = run(scenario, 1);
    EXPECT_EQ(counted(granted).size(), 1u);
    EXPECT_TRUE(counted(granted).contains(FastOpen::not_asked));
}

// A site's servers answer under one address: a cookie of one is brought to any of four. Each visit
// takes its server at random, and holds the cookie of the server before it.
TEST(FastOpenRun, WithKeysOfTheirOwnServersRefuseTheCookiesOfTheOthers) {
    Scenario scenario = asking(30, 12h);
    scenario.fleets[0].servers_per_site = 4;
    Outcome shared = run(scenario, 2);
    EXPECT_EQ(counted(shared)[FastOpen::cookie_requested], 30);
    EXPECT_EQ(counted(shared)[FastOpen::refused], 0);

    scenario.fleets[0].tcp_fast_open_keys = FastOpenKeyScope::per_server;
    Outcome apart = run(scenario, 2);
    auto counts = counted(apart);
    EXPECT_EQ(counts[FastOpen::cookie_requested], 30);
    const double tried = counts[FastOpen::accepted] + counts[FastOpen::refused];
    ASSERT_GT(tried, 1500);
    EXPECT_NEAR(counts[FastOpen::accepted] / tried, 0.25, 4 * std::sqrt(0.25 * 0.75 / tried));
    const auto outcomes = numbers(apart, "outcome");
    const auto first_byte = numbers(apart, "first_byte");
    const auto fast_open = numbers(apart, "fast_open");
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        EXPECT_EQ(outcomes[i], static_cast<std::int64_t>(history::Outcome::ok));
        const bool saved = static_cast<FastOpen>(fast_open[i]) == FastOpen::accepted;
        EXPECT_EQ(Duration(first_byte[i]), (saved ? 2 : 3) * round_trip);
    }
}

// The app's restarts take its tickets, which it keeps in memory; the cookie is the kernel's
// (tcp_metrics), whose machine stays up.
TEST(FastOpenRun, ACookieOutlivesTheAppThatAskedForIt) {
    constexpr int clients = 20;
    Scenario scenario = asking(clients, 24h);
    scenario.clients[0].churn = OnOff{.mean_up = 30min, .mean_down = 10min};
    scenario.clients[0].tickets.persistent = false;
    Outcome outcome = run(scenario, 4);
    auto counts = counted(outcome);
    EXPECT_EQ(counts[FastOpen::cookie_requested], clients);
    EXPECT_EQ(counts.size(), 2u);
    EXPECT_GT(counts[FastOpen::accepted], 1000);
    const auto visit = numbers(outcome, "visit");
    const auto fast_open = numbers(outcome, "fast_open");
    const auto resumed = numbers(outcome, "resumed");
    int forgetful = 0;
    for (std::size_t i = 0; i < visit.size(); ++i) {
        const bool first = visit[i] == 0;
        EXPECT_EQ(static_cast<FastOpen>(fast_open[i]),
                  first ? FastOpen::cookie_requested : FastOpen::accepted);
        forgetful += !first && resumed[i] == 0 ? 1 : 0;
    }
    // There were restarts, and they did take something.
    EXPECT_GT(forgetful, 10 * clients);
}

TEST(FastOpenRun, TwiceIsEqualInEveryTableAndAnotherSeedIsNot) {
    Scenario scenario = asking(30, 12h);
    scenario.clients[0].device = {.cores = 1, .slowdown = 4.0};
    scenario.clients[0].access = Link{.delay = 20ms, .loss = Bernoulli{.loss = 0.03}};
    scenario.clients[0].churn = OnOff{.mean_up = 1h, .mean_down = 10min};
    scenario.fleets[0].servers_per_site = 3;
    scenario.fleets[0].tcp_fast_open_keys = FastOpenKeyScope::per_server;
    Outcome first = run(scenario, 5);
    Outcome second = run(scenario, 5);
    Outcome other = run(scenario, 6);
    EXPECT_GT(counted(first)[FastOpen::accepted], 100);
    EXPECT_GT(counted(first)[FastOpen::refused], 100);
    EXPECT_EQ(everything(first), everything(second));
    EXPECT_NE(everything(first), everything(other));
}

// Its row is written by then, and the connection is nobody's.
TEST(FastOpenRun, ASynThatArrivesAfterItsClientGaveUpHarmsNobody) {
    Scenario scenario = asking(3, 2h);
    // A SYN takes 49 ms, one with a ClientHello more than 120.
    scenario.clients[0].access = Link{.rate = BitRate{20'000}, .delay = 20ms};
    scenario.clients[0].connect_timeout = 120ms;
    Outcome outcome = run(scenario, 1);
    EXPECT_EQ(counted(outcome)[FastOpen::cookie_requested], 3);
    EXPECT_GT(counted(outcome)[FastOpen::unanswered], 20);
    EXPECT_EQ(counted(outcome).size(), 2u);
}

// Loss and partitions: an attempt still ends in a typed outcome, and unreachable sites are left for
// the next, whether the SYN carried data or not.
TEST(FastOpenRun, UnderLossAndPartitionEveryAttemptEnds) {
    Scenario scenario = plain(20, 8h, 5min);
    scenario.clients[0].tcp_fast_open = scenario.fleets[0].tcp_fast_open = true;
    scenario.clients[0].access = Link{.delay = 20ms, .loss = Bernoulli{.loss = 0.1}};
    scenario.clients[0].vanish = 0.2;
    scenario.clients[0].churn = OnOff{.mean_up = 30min, .mean_down = 5min};
    scenario.fleets[0].sites = {{.name = "ams", .distance = 5ms}, {.name = "iad", .distance = 5ms}};
    scenario.faults = {Partition{.between = {"phones", "edge/ams"}, .start = 2h, .lasts = 2h}};
    Outcome outcome = run(scenario, 3);
    auto counts = counted(outcome);
    EXPECT_GT(counts[FastOpen::accepted], 500);
    EXPECT_GT(counts[FastOpen::lost], 20);
    EXPECT_GT(counts[FastOpen::unanswered], 20);
    EXPECT_GT(counts[FastOpen::cookie_requested], 20);
    std::map<history::Outcome, int> ends;
    for (const auto code : numbers(outcome, "outcome")) ++ends[static_cast<history::Outcome>(code)];
    EXPECT_GT(ends[history::Outcome::ok], 1000);
    EXPECT_GT(ends[history::Outcome::connect_timeout], 50);
    const auto connect = numbers(outcome, "connect");
    const auto fast_open = numbers(outcome, "fast_open");
    for (std::size_t i = 0; i < connect.size(); ++i) {
        if (static_cast<FastOpen>(fast_open[i]) == FastOpen::unanswered) {
            EXPECT_EQ(connect[i], -1);
        }
    }
    Outcome again = run(scenario, 3);
    EXPECT_EQ(everything(outcome), everything(again));
}

}  // namespace
}  // namespace reshake::world
