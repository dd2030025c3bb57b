// Jitter, duplication, corruption, scripted loss, queues in bytes, and what each direction has of
// its own: each against its closed form, or exactly.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "models/lane.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t packets = 100'000;

constexpr Instant at(Duration since_start) { return run_start + since_start; }

double ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

Lane down(const Access& access) { return Lane(access, Direction::downlink, Random(5)); }

/// What each of many packets, `apart` from each other, took beyond 20 ms. Units: ms.
std::vector<double> delays(const Jitter& jitter, Duration apart) {
    const Access access = Link{.delay = 20ms, .jitter = jitter};
    Lane lane = down(access);
    std::vector<double> result;
    for (std::size_t i = 0; i < packets; ++i) {
        const Instant now = at(apart * static_cast<std::int64_t>(i));
        result.push_back(ms(lane.pass(now, 1500).arrives - now) - 20.0);
    }
    return result;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

/// Of values `lag` places apart; with lag 0 the variance.
double covariance(const std::vector<double>& values, std::size_t lag) {
    const double mean = mean_of(values);
    double sum = 0.0;
    for (std::size_t i = lag; i < values.size(); ++i) {
        sum += (values[i] - mean) * (values[i - lag] - mean);
    }
    return sum / static_cast<double>(values.size() - lag);
}

TEST(Jitter, HasTheMeanAndVarianceOfItsLaw) {
    for (const JitterLaw law : {JitterLaw::exponential, JitterLaw::uniform}) {
        const auto extra = delays({.mean = 8ms, .law = law, .reorders = true}, 1ms);
        const double variance = law == JitterLaw::exponential ? 64.0 : 64.0 / 3;
        const double sigma = std::sqrt(variance / packets);
        EXPECT_NEAR(mean_of(extra), 8.0, 4 * sigma) << name_of(law);
        EXPECT_NEAR(covariance(extra, 0), variance, 0.03 * variance) << name_of(law);
        EXPECT_GE(*std::ranges::min_element(extra), 0.0);
        // Independent of each other.
        EXPECT_NEAR(covariance(extra, 1) / covariance(extra, 0), 0.0, 4 / std::sqrt(packets));
    }
}

// Autocorrelation at a distance t: exp(-t / coherence).
TEST(Jitter, DelaysCorrelateForAsLongAsTheyCohere) {
    const auto extra = delays({.mean = 8ms, .coherence = 50ms, .reorders = true}, 10ms);
    for (const std::size_t lag : {1u, 2u, 5u, 10u}) {
        const double expected = std::exp(-static_cast<double>(lag) * 10.0 / 50.0);
        // Each of the 20,000 delays that were drawn lasts for five packets on the average.
        EXPECT_NEAR(covariance(extra, lag) / covariance(extra, 0), expected, 0.04) << lag;
    }
    // The same distance in time, however many packets pass meanwhile.
    const auto dense = delays({.mean = 8ms, .coherence = 50ms, .reorders = true}, 2ms);
    EXPECT_NEAR(covariance(dense, 25) / covariance(dense, 0), std::exp(-1.0), 0.08);
}

// Of two packets t apart with independent exponential delays of mean m the second arrives first
// with probability exp(-t / m) / 2.
TEST(Jitter, ReordersAsOftenAsTheLawSaysOrNever) {
    for (const bool reorders : {true, false}) {
        const auto extra = delays({.mean = 8ms, .reorders = reorders}, 4ms);
        std::size_t overtaken = 0;
        for (std::size_t i = 1; i < packets; ++i) {
            overtaken += extra[i] + 4.0 < extra[i - 1] - 1e-9 ? 1 : 0;
        }
        const double expected = reorders ? std::exp(-0.5) / 2 : 0.0;
        EXPECT_NEAR(static_cast<double>(overtaken) / packets, expected,
                    4 * 0.5 / std::sqrt(packets));
        // Who may not overtake waits.
        if (!reorders) {
            EXPECT_GT(mean_of(extra), 8.5);
        }
    }
}

TEST(Jitter, OfPacketsInOneInstantIsOneWhereItCoheres) {
    const Access access = Link{.delay = 20ms, .jitter = Jitter{.mean = 8ms, .coherence = 1ms}};
    Lane lane = down(access);
    const Instant first = lane.pass(at(1s), 1500).arrives;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(lane.pass(at(1s), 1500).arrives, first);
}

TEST(Lane, DuplicatesAndCorruptsAsOftenAsItSaysEachByItself) {
    const Access access = Link{.delay = 1ms, .duplication = 0.03, .corruption = 0.1};
    Lane lane = down(access);
    double duplicated = 0;
    double corrupted = 0;
    double both = 0;
    for (std::size_t i = 0; i < packets; ++i) {
        const Passage passage = lane.pass(run_start, 1500);
        EXPECT_EQ(passage.fate, PacketFate::delivered);
        duplicated += passage.duplicated ? 1 : 0;
        corrupted += passage.corrupted ? 1 : 0;
        both += passage.duplicated && passage.corrupted ? 1 : 0;
    }
    const auto near = [](double count, double share) {
        EXPECT_NEAR(count / packets, share, 4 * std::sqrt(share * (1 - share) / packets));
    };
    near(duplicated, 0.03);
    near(corrupted, 0.1);
    near(both, 0.003);
}

TEST(Lane, DrawsOfOneKindDoNotDependOnAnother) {
    const Access plain = Link{.delay = 1ms, .loss = Bernoulli{0.1}};
    const Access rich = Link{.delay = 1ms,
                             .loss = Bernoulli{0.1},
                             .jitter = Jitter{.mean = 3ms},
                             .duplication = 0.1,
                             .corruption = 0.1};
    Lane one = down(plain);
    Lane other = down(rich);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(one.pass(at(i * 1ms), 100).fate, other.pass(at(i * 1ms), 100).fate);
    }
}

TEST(DropPackets, AreExactlyThoseOfEachAttempt) {
    const Access access = Link{.delay = 1ms, .loss = DropPackets{{3, 5}}};
    Lane lane = down(access);
    for (int attempt = 0; attempt < 3; ++attempt) {
        lane.begin_attempt();
        for (int number = 1; number < 50; ++number) {
            EXPECT_EQ(lane.pass(run_start, 100).fate == PacketFate::loss,
                      number == 3 || number == 5);
        }
    }
}

// 12 kbit/s: 1,500 bytes a second.
TEST(Lane, AQueueInBytesHoldsSoManyBytesTheOnesOnTheLineCounted) {
    const Access access = Link{.rate = BitRate{12'000}, .queue_packets = 1, .queue_bytes = 4000};
    Lane lane = down(access);
    EXPECT_EQ(lane.pass(run_start, 1500).fate, PacketFate::delivered);
    EXPECT_EQ(lane.pass(run_start, 1500).fate, PacketFate::delivered);
    EXPECT_EQ(lane.pass(run_start, 1001).fate, PacketFate::queue);
    EXPECT_EQ(lane.pass(run_start, 1000).fate, PacketFate::delivered);
    EXPECT_EQ(lane.pass(run_start, 1).fate, PacketFate::queue);
    EXPECT_EQ(lane.pass(at(1s - 1ns), 1500).fate, PacketFate::queue);
    EXPECT_EQ(lane.pass(at(1s), 1500).fate, PacketFate::delivered);
    EXPECT_EQ(lane.pass(at(1s), 1).fate, PacketFate::queue);
}

TEST(Lane, TakesNothingLargerThanItsMtu) {
    const Access access = Link{.delay = 1ms, .mtu = 1400};
    Lane lane = down(access);
    EXPECT_EQ(lane.pass(run_start, 1400).fate, PacketFate::delivered);
    EXPECT_EQ(lane.pass(run_start, 1401).fate, PacketFate::mtu);
}

TEST(OneWay, HasItsOwnAndElseWhatTheLinkSays) {
    const Access access =
        Link{.rate = BitRate{12'000'000},
             .delay = 20ms,
             .loss = Bernoulli{1.0},
             .queue_bytes = 3000,
             .up = OneWay{.rate = BitRate{1'200'000}, .loss = Bernoulli{0.0}, .queue_packets = 7},
             .down = OneWay{.delay = 5ms, .loss = DropPackets{{2}}}};
    const LaneSettings up = settings_of(access, Direction::uplink);
    EXPECT_EQ(up.delay, 20ms);
    EXPECT_EQ(up.loss, Loss{Bernoulli{0.0}});
    EXPECT_EQ(up.queue_packets, 7u);
    EXPECT_FALSE(up.queue_bytes);
    const LaneSettings back = settings_of(access, Direction::downlink);
    EXPECT_EQ(back.delay, 5ms);
    EXPECT_EQ(back.loss, Loss{DropPackets{{2}}});
    EXPECT_EQ(back.queue_bytes, 3000u);
    Lane uplink(access, Direction::uplink, Random(1));
    Lane downlink(access, Direction::downlink, Random(1));
    EXPECT_EQ(uplink.pass(run_start, 1500).arrives, at(10ms + 20ms));
    EXPECT_EQ(downlink.pass(run_start, 1500).arrives, at(1ms + 5ms));
    EXPECT_EQ(downlink.pass(run_start, 1500).fate, PacketFate::loss);
}

}  // namespace
}  // namespace reshake
