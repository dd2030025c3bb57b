// Who looks on changes nothing: the same run with all evidence and without any, equal to the byte.
#include "sim/world/evidence.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;

Scenario eventful(IpVersion ip) {
    Scenario scenario = plain(6, 30min, 3min);
    scenario.ip = ip;
    scenario.clients[0].access = Link{.delay = 20ms, .loss = Bernoulli{.loss = 0.05}};
    scenario.clients[0].device = {.cores = 1, .slowdown = 4.0};
    scenario.clients[0].tls.early_data = true;
    scenario.clients[0].vanish = 0.2;
    scenario.fleets[0].tls.max_early_data = 4096;
    scenario.fleets[0].session_cache = SessionCache{};
    scenario.fleets[0].device = {.cores = 2, .slowdown = 1.0};
    return scenario;
}

class Observed : public testing::TestWithParam<IpVersion> {};
INSTANTIATE_TEST_SUITE_P(Ip, Observed, testing::Values(IpVersion::ipv4, IpVersion::ipv6));

TEST_P(Observed, ARunIsTheSameWhoeverLooksOn) {
    const Scenario scenario = eventful(GetParam());
    Outcome alone = run(scenario, 7);
    Evidence evidence({.attempt = AttemptName{.client = 2, .visit = 1},
                       .packets = true,
                       .key_log = true,
                       .trace = true,
                       .everything = true});
    Outcome seen = run(scenario, 7, &evidence);
    EXPECT_EQ(alone.history.wire.value(), seen.history.wire.value());
    EXPECT_EQ(alone.history.events, seen.history.events);
    EXPECT_EQ(alone.packets, seen.packets);
    EXPECT_EQ(everything(alone), everything(seen));

    std::uint64_t captured = 0;
    for (const auto& [path, capture] : evidence.captures()) captured += capture.size();
    EXPECT_EQ(captured, seen.packets.sent + seen.packets.delivered);
    EXPECT_TRUE(evidence.captures().contains("edge/cache/replica-1"));
    EXPECT_TRUE(evidence.captures().contains("edge/ams/server-1"));
    EXPECT_NE(evidence.key_log().find("CLIENT_HANDSHAKE_TRAFFIC_SECRET "), std::string::npos);
    ASSERT_FALSE(evidence.trace().empty());
    EXPECT_EQ(evidence.trace().front().node, "phones/2");
    EXPECT_EQ(evidence.trace().front().event, "begins");
}

}  // namespace
}  // namespace reshake::world
