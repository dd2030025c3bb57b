// The values that describe links: what they default to, and what makes two of them equal.
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "models/link.h"

namespace reshake {
namespace {

using std::chrono::milliseconds;

template <typename T>
std::vector<std::string_view> names() {
    std::vector<std::string_view> result;
    for_each_field<T>([&](const auto& each) { result.push_back(each.name); });
    return result;
}

template <typename T>
std::vector<std::string_view> required_names() {
    std::vector<std::string_view> result;
    for_each_field<T>([&](const auto& each) {
        if (each.presence == Presence::required) result.push_back(each.name);
    });
    return result;
}

TEST(Link, SaysEverythingAboutItselfInItsFields) {
    EXPECT_EQ(names<Link>(),
              (std::vector<std::string_view>{"rate", "delay", "loss", "queue_packets",
                                             "queue_bytes", "queue", "jitter", "duplication",
                                             "corruption", "mtu", "up", "down", "radio"}));
    EXPECT_EQ(required_names<Link>(), (std::vector<std::string_view>{"delay"}));
    EXPECT_EQ(names<TraceLink>(),
              (std::vector<std::string_view>{"downlink", "uplink", "delay", "loss", "queue_packets",
                                             "queue_bytes", "queue", "jitter", "duplication",
                                             "corruption", "mtu", "up", "down", "radio"}));
    EXPECT_EQ(required_names<TraceLink>(), (std::vector<std::string_view>{"downlink", "delay"}));
}

TEST(Link, WithoutMoreWordsIsLosslessAndInfinitelyFast) {
    const Link link{.delay = milliseconds(10)};
    EXPECT_FALSE(link.rate);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(link.loss));
    EXPECT_EQ(link.queue_packets, 100u);
}

TEST(Link, IsEqualByValue) {
    const Link link{.rate = BitRate{1'000'000}, .delay = milliseconds(10), .loss = Bernoulli{0.01}};
    Link other = link;
    EXPECT_EQ(link, other);
    other.loss = GilbertElliott{.mean_loss = 0.01, .mean_burst = 1};
    EXPECT_NE(link, other);
    other = link;
    other.queue_packets = 99;
    EXPECT_NE(link, other);
    EXPECT_NE(Access{link}, Access{TraceLink{.delay = milliseconds(10)}});
}

TEST(DeliveryTrace, IsItsContentAndNotItsPath) {
    const DeliveryTrace here{.path = "a", .sha256 = "1", .opportunities = {1, 2}};
    EXPECT_EQ(here, (DeliveryTrace{.path = "b", .sha256 = "1", .opportunities = {}}));
    EXPECT_NE(here, (DeliveryTrace{.path = "a", .sha256 = "2", .opportunities = {1, 2}}));
}

TEST(BadShare, SplitsTheMeanBetweenTheStates) {
    EXPECT_DOUBLE_EQ(bad_share(0.02, 0.0, 1.0), 0.02);
    EXPECT_DOUBLE_EQ(bad_share(0.35, 0.1, 0.6), 0.5);
    EXPECT_DOUBLE_EQ(bad_share(0.3, 0.3, 0.3), 0.0);
}

}  // namespace
}  // namespace reshake
