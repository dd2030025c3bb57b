#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;

Scenario eventful(std::uint32_t clients) {
    Scenario scenario = plain(clients, 6h, 30min);
    scenario.clients[0].access = Link{.rate = BitRate{12'000'000},
                                      .delay = 45ms,
                                      .loss = GilbertElliott{.mean_loss = 0.05, .mean_burst = 3}};
    scenario.clients[0].churn = OnOff{.mean_up = 2h, .mean_down = 20min};
    scenario.clients[0].vanish = 0.1;
    scenario.clients[0].device.slowdown = 4.0;
    scenario.fleets[0].sites.push_back({.name = "iad", .distance = 9ms});
    scenario.fleets[0].tickets.rotation = StekRotation{.every = 2h, .keep_previous = 1};
    scenario.faults = {Partition{.between = {"phones", "edge/ams"}, .start = 2h, .lasts = 1h}};
    return scenario;
}

TEST(Determinism, EqualSeedsGiveEqualBytesAndEqualTables) {
    const Scenario scenario = eventful(40);
    Outcome first = run(scenario, 7);
    Outcome again = run(scenario, 7);
    EXPECT_GT(first.history.attempts.size(), 200u);
    EXPECT_EQ(first.history.wire.value(), again.history.wire.value());
    EXPECT_EQ(everything(first), everything(again));
    EXPECT_EQ(first.packets, again.packets);
    EXPECT_EQ(first.history.events, again.history.events);
}

TEST(Determinism, AnotherSeedGivesOtherBytes) {
    const Scenario scenario = eventful(10);
    EXPECT_NE(run(scenario, 7).history.wire.value(), run(scenario, 8).history.wire.value());
}

// Servers with cores to spare and equal links: then nothing that one client does reaches another.
TEST(Determinism, OneClientMoreLeavesTheOthersAsTheyWere) {
    using Rows =
        std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::vector<std::int64_t>>;
    const auto rows_of = [](Outcome outcome, std::int64_t clients) {
        const auto client = numbers(outcome, "client");
        const auto visit = numbers(outcome, "visit");
        const auto attempt = numbers(outcome, "attempt");
        Rows rows;
        for (const char* name :
             {"started", "site", "server", "connect", "handshake", "first_byte", "total", "outcome",
              "not_resumed", "bytes_sent", "bytes_received"}) {
            const auto values = numbers(outcome, name);
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (client[i] < clients) {
                    rows[{client[i], visit[i], attempt[i]}].push_back(values[i]);
                }
            }
        }
        return rows;
    };
    const Rows few = rows_of(run(eventful(20), 3), 20);
    const Rows more = rows_of(run(eventful(21), 3), 20);
    EXPECT_FALSE(few.empty());
    EXPECT_EQ(few, more);
}

TEST(Conservation, EveryPacketIsDeliveredOrDroppedForAReasonOrUnderWay) {
    const PacketCounts packets = run(eventful(40), 5).packets;
    EXPECT_TRUE(packets.conserved());
    EXPECT_GT(packets.loss, 0u);
    EXPECT_GT(packets.partition, 0u);
    EXPECT_GT(packets.vanished, 0u);
    EXPECT_LE(packets.under_way, 100u);  // What a handful of open connections may have.
}

}  // namespace
}  // namespace reshake::world
