// Runs whose clients reach the network by radio: real handshakes, the same bytes for the same seed.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using Ended = history::Outcome;

Scenario over(ClientAccess access, std::uint32_t clients = 4, Duration duration = 15s) {
    Scenario scenario = plain(clients, duration, 2s);
    scenario.clients[0].access = std::move(access);
    scenario.clients[0].tls.groups = "X25519";
    return scenario;
}

/// All that may be in one run.
Scenario everywhere() {
    Scenario scenario = over(Wifi{.distance = 30.0, .neighbours = 2});
    const auto add = [&](const char* name, ClientAccess access) {
        Clients& more = scenario.clients.emplace_back(scenario.clients[0]);
        more.name = name;
        more.access = std::move(access);
    };
    add("cars", Lte{.distance = 200.0, .speed = 20.0, .farthest = 900.0, .neighbours = 2});
    add("desks", Wifi{.distance = 5.0, .channel_width = WifiChannelWidth::mhz20});
    return scenario;
}

TEST(RunsByRadio, MakeHandshakesAndResume) {
    for (const ClientAccess& access :
         {ClientAccess{Wifi{.distance = 10.0}}, ClientAccess{Lte{.distance = 300.0}}}) {
        Outcome outcome = run(over(access), 1);
        const auto ended = column<Ended>(outcome, "outcome");
        const auto resumed = numbers(outcome, "resumed");
        ASSERT_GT(ended.size(), 20u);
        EXPECT_GE(std::ranges::count(ended, Ended::ok), std::ssize(ended) - 4);
        EXPECT_GT(std::ranges::count(resumed, 1), std::ssize(resumed) / 2);
        EXPECT_TRUE(outcome.packets.conserved());
    }
}

TEST(RunsByRadio, AreTheSameToTheByteForASeedAndOthersForAnother) {
    Outcome first = run(everywhere(), 7);
    Outcome other = run(everywhere(), 8);
    Outcome again = run(everywhere(), 7);
    EXPECT_EQ(first.history.wire.value(), again.history.wire.value());
    EXPECT_EQ(first.history.events, again.history.events);
    EXPECT_EQ(first.packets, again.packets);
    EXPECT_EQ(everything(first), everything(again));
    EXPECT_NE(first.history.wire.value(), other.history.wire.value());
}

TEST(RunsByRadio, LoseNoPacketOutOfSight) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        Scenario scenario =
            over(Wifi{.distance = 30.0, .neighbours = 3, .neighbour_rate = BitRate{60'000'000}}, 3);
        scenario.clients[0].vanish = 0.5;
        const Outcome outcome = run(scenario, seed);
        EXPECT_TRUE(outcome.packets.conserved());
        EXPECT_GT(outcome.packets.delivered, 100u);
    }
}

// What passes the radio meets the gates behind it.
TEST(RunsByRadio, ArePartedByPartitionsAndMeetAgain) {
    for (const ClientAccess& access :
         {ClientAccess{Wifi{.distance = 10.0}}, ClientAccess{Lte{.distance = 300.0}}}) {
        Scenario scenario = over(access, 4, 40s);
        scenario.clients[0].connect_timeout = 1s;
        scenario.faults = {
            Partition{.between = {"phones", "edge/ams"}, .start = 10s, .lasts = 15s}};
        Outcome outcome = run(scenario, 1);
        const auto started = numbers(outcome, "started");
        const auto ended = column<Ended>(outcome, "outcome");
        int before = 0;
        int during = 0;
        int after = 0;
        for (std::size_t i = 0; i < ended.size(); ++i) {
            const Duration at(started[i]);
            if (ended[i] != Ended::ok) continue;
            before += at > 1s && at < 9s;
            during += at > 10s && at < 24s;
            after += at > 25s && at < 39s;
        }
        EXPECT_GT(before, 5);
        EXPECT_EQ(during, 0);
        EXPECT_GT(after, 5);
        EXPECT_GT(outcome.packets.partition, 10u);
        EXPECT_TRUE(outcome.packets.conserved());
    }
}

TEST(RunsByRadio, PassMiddleboxesAndTakeIpv6) {
    Scenario scenario = over(Wifi{.distance = 10.0});
    scenario.ip = IpVersion::ipv6;
    Outcome six = run(scenario, 1);
    EXPECT_GT(std::ranges::count(column<Ended>(six, "outcome"), Ended::ok), 20);
    scenario.ip = IpVersion::ipv4;
    scenario.clients[0].middleboxes.push_back(Nat{});
    Outcome behind = run(scenario, 1);
    EXPECT_GT(std::ranges::count(column<Ended>(behind, "outcome"), Ended::ok), 20);
    EXPECT_TRUE(behind.packets.conserved());
}

}  // namespace
}  // namespace reshake::world
