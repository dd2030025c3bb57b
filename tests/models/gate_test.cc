// Gates by themselves: closed when they say so, lossy and slow as much as they say, and flapping by
// the clock.
#include "models/gate.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t packets = 100'000;

constexpr Instant at(Duration since_start) { return run_start + since_start; }

TEST(Gate, OfAPartitionIsClosedAndTakesNothingElse) {
    Gate gate(Partition{.start = 1h, .lasts = 1h}, Random(1));
    EXPECT_TRUE(gate.closed(at(1h)));
    EXPECT_TRUE(gate.always_closed());
    EXPECT_FALSE(gate.pass(at(1h), at(1h), 0).lost);
    EXPECT_EQ(gate.pass(at(1h), at(1h), 0).delay, 0ns);
}

TEST(Gate, ThatFlapsIsClosedForTheFirstShareOfEachPeriod) {
    const Partition fault{.start = 1h, .flapping = Flapping{.period = 10s, .share = 0.3}};
    const Gate gate(fault, Random(1));
    EXPECT_FALSE(gate.always_closed());
    for (const Duration period : {0s, 10s, 20s, 10s * 3'153'600}) {  // The last: after a year.
        EXPECT_TRUE(gate.closed(at(1h + period)));
        EXPECT_TRUE(gate.closed(at(1h + period + 3s - 1ns)));
        EXPECT_FALSE(gate.closed(at(1h + period + 3s)));
        EXPECT_FALSE(gate.closed(at(1h + period + 10s - 1ns)));
    }
}

TEST(Gate, LosesAndDelaysAsMuchAsItSays) {
    Gate gate(
        GreyFailure{.loss = 0.3, .delay = 20ms, .jitter = Jitter{.mean = 8ms, .reorders = true}},
        Random(7));
    double lost = 0;
    double extra = 0;
    for (std::size_t i = 0; i < packets; ++i) {
        const Instant now = at(1ms * static_cast<std::int64_t>(i));
        EXPECT_FALSE(gate.closed(now));
        const Gate::Toll toll = gate.pass(now, now, 0);
        lost += toll.lost ? 1 : 0;
        if (toll.lost) continue;
        EXPECT_GE(toll.delay, 20ms);
        extra += std::chrono::duration<double, std::milli>(toll.delay - 20ms).count();
    }
    EXPECT_NEAR(lost / packets, 0.3, 4 * std::sqrt(0.3 * 0.7 / packets));
    const double passed = packets - lost;
    EXPECT_NEAR(extra / passed, 8.0, 4 * 8.0 / std::sqrt(passed));
}

TEST(Gate, KeepsTheOrderOfPacketsUnlessItsJitterReorders) {
    Gate gate(GreyFailure{.jitter = Jitter{.mean = 8ms}}, Random(7));
    Instant last = run_start;
    for (std::size_t i = 0; i < 1'000; ++i) {
        const Instant now = at(1ms * static_cast<std::int64_t>(i));
        const Instant leaves = now + gate.pass(now, now, 0).delay;
        EXPECT_GE(leaves, last);
        last = leaves;
    }
}

TEST(Gate, KeepsTheOrderBehindALinkThatIsBusyWithTheFirst) {
    Gate gate(GreyFailure{.jitter = Jitter{.mean = 8ms}}, Random(7));
    Instant last = run_start;
    for (std::size_t i = 0; i < 1'000; ++i) {
        const Instant now = at(9ms * static_cast<std::int64_t>(i));
        const Instant arrives = now + (i % 2 == 0 ? 10ms : 2ms);
        const Instant leaves = arrives + gate.pass(now, arrives, 0).delay;
        EXPECT_GE(leaves, last);
        last = leaves;
    }
}

TEST(Gate, LetsNobodyWaitForOthersHoweverManyThereAre) {
    for (const std::uint64_t flows : {10, 1'000, 100'000}) {
        Gate gate(GreyFailure{.jitter = Jitter{.mean = 8ms}}, Random(7));
        double extra = 0;
        for (std::size_t i = 0; i < packets; ++i) {
            // Each flow has a packet a second.
            const Instant now = at(std::chrono::nanoseconds(1s) * static_cast<std::int64_t>(i) /
                                   static_cast<std::int64_t>(flows));
            const Duration delay = gate.pass(now, now, i % flows).delay;
            extra += std::chrono::duration<double, std::milli>(delay).count();
        }
        EXPECT_NEAR(extra / packets, 8.0, 4 * 8.0 / std::sqrt(packets)) << flows;
    }
}

TEST(Gate, OfAGreyFailureThatFlapsIsLikeNoneInBetween) {
    Gate gate(
        GreyFailure{.start = 1h, .loss = 1.0, .flapping = Flapping{.period = 1s, .share = 0.5}},
        Random(1));
    EXPECT_TRUE(gate.pass(at(1h), at(1h), 0).lost);
    EXPECT_FALSE(gate.pass(at(1h + 500ms), at(1h + 500ms), 0).lost);
    EXPECT_EQ(gate.pass(at(1h + 500ms), at(1h + 500ms), 0).delay, 0ns);
    EXPECT_TRUE(gate.pass(at(1h + 1s), at(1h + 1s), 0).lost);
}

}  // namespace
}  // namespace reshake
