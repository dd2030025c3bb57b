// What links do to packets, as attempts feel it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using Ended = history::Outcome;

TEST(Links, LoseTheVeryPacketThatWasNamedInEveryAttempt) {
    Scenario scenario = plain(10, 1h, 10min);
    // The SYN-ACK: both ends repeat after a second.
    scenario.clients[0].access = Link{.delay = 20ms, .down = OneWay{.loss = DropPackets{{1}}}};
    Outcome outcome = run(scenario, 1);
    ASSERT_GT(outcome.history.attempts.size(), 20u);
    for (const auto connect : numbers(outcome, "connect")) {
        if (connect < 0) continue;
        EXPECT_GE(Duration(connect), 1s);
        EXPECT_LE(Duration(connect), 1100ms);
    }
}

TEST(Links, HaveADelayOfTheirOwnInEachDirection) {
    Scenario scenario = plain(5, 1h, 10min);
    scenario.clients[0].access = Link{.delay = 30ms, .up = OneWay{.delay = 7ms}};
    Outcome outcome = run(scenario, 1);
    for (const auto connect : numbers(outcome, "connect")) {
        EXPECT_EQ(Duration(connect), 7ms + 30ms + 2 * 5ms);
    }
}

// The client announces what its link takes, and the server keeps to it.
TEST(Links, OfAnySizeCarryEveryByteInPacketsThatFit) {
    for (const IpVersion ip : {IpVersion::ipv4, IpVersion::ipv6}) {
        std::uint64_t sent = 0;
        for (const std::uint32_t mtu : {1500u, 1280u}) {
            for (const bool fast_open : {false, true}) {
                Scenario scenario = plain(3, 1h, 20min);
                scenario.ip = ip;
                scenario.clients[0].access = Link{.delay = 20ms, .mtu = mtu};
                scenario.clients[0].tls.groups = "X25519";
                scenario.clients[0].response_bytes = 100'000;
                scenario.clients[0].request_bytes = 10'000;
                scenario.clients[0].tcp_fast_open = fast_open;
                scenario.fleets[0].tcp_fast_open = fast_open;
                Outcome outcome = run(scenario, 1);
                const auto ended = column<Ended>(outcome, "outcome");
                EXPECT_GT(ended.size(), 4u);
                EXPECT_EQ(std::ranges::count(ended, Ended::ok), std::ssize(ended));
                EXPECT_EQ(outcome.packets.mtu, 0u);
                if (fast_open) continue;
                EXPECT_GT(outcome.packets.sent, sent + sent / 20);
                sent = outcome.packets.sent;
            }
        }
    }
}

/// Everything at once.
Scenario rough() {
    Scenario scenario = plain(20, 20min, 1min);
    scenario.clients[0].access =
        Link{.rate = BitRate{5'000'000},
             .delay = 20ms,
             .loss = Bernoulli{0.02},
             .queue_bytes = 15'000,
             .jitter = Jitter{.mean = 5ms, .coherence = 1ms, .reorders = true},
             .duplication = 0.05,
             .corruption = 0.02,
             .up = OneWay{.rate = BitRate{500'000},
                          .jitter = Jitter{.mean = 3ms, .law = JitterLaw::uniform}}};
    scenario.clients[0].response_bytes = 30'000;
    scenario.clients[0].attempt_timeout = 60s;
    return scenario;
}

TEST(Links, ThatReorderDuplicateAndCorruptCarryEveryByteOverEveryTcp) {
    for (const TcpFlavour tcp : {TcpFlavour::linux_6, TcpFlavour::ns3}) {
        for (const IpVersion ip : {IpVersion::ipv4, IpVersion::ipv6}) {
            Scenario scenario = rough();
            scenario.tcp = tcp;
            scenario.ip = ip;
            Outcome outcome = run(scenario, 1);
            const auto ended = column<Ended>(outcome, "outcome");
            EXPECT_GT(std::ranges::count(ended, Ended::ok), 300) << name_of(tcp);
            EXPECT_EQ(std::ranges::count(ended, Ended::alert), 0) << name_of(tcp);
            EXPECT_EQ(std::ranges::count(ended, Ended::reset), 0) << name_of(tcp);
            EXPECT_GT(outcome.packets.duplicated, 500u);
            EXPECT_GT(outcome.packets.corruption, 200u);
        }
    }
}

TEST(Links, RoughAsTheyAreRunTwiceAreEqual) {
    Outcome once = run(rough(), 2);
    Outcome twice = run(rough(), 2);
    EXPECT_EQ(everything(once), everything(twice));
    EXPECT_EQ(once.history.wire.value(), twice.history.wire.value());
    EXPECT_EQ(once.packets, twice.packets);
}

}  // namespace
}  // namespace reshake::world
