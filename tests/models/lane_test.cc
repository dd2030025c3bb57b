// A lane's queue, line and delay, to the nanosecond, and its recorded channel as mahimahi's.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "models/lane.h"

namespace reshake {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t packets = 100'000;

Lane lane_of(const Access& access) { return Lane(access, Direction::downlink, Random(1)); }

Instant after(Duration since_start) { return run_start + since_start; }

TEST(Lane, WithoutARateOnlyTheDelayCounts) {
    const Access access = Link{.delay = microseconds(1'234)};
    Lane lane = lane_of(access);
    for (int i = 0; i < 1'000; ++i) {
        const Passage passage = lane.pass(after(seconds(1)), 1'500);
        EXPECT_EQ(passage.fate, PacketFate::delivered);
        EXPECT_EQ(passage.arrives, after(seconds(1) + microseconds(1'234)));
    }
}

TEST(Lane, SerialisationIsExactAndRoundsUpToTheNanosecond) {
    const Access access = Link{.rate = BitRate{7'000'003}, .delay = milliseconds(3)};
    Lane lane = lane_of(access);
    // 1,500 * 8 / 7,000,003 s = 1.714284979593... ms.
    EXPECT_EQ(lane.pass(run_start, 1'500).arrives, after(nanoseconds(1'714'285) + milliseconds(3)));
    // 52 * 8 / 7,000,003 s = 59,428.54...us, after the first.
    EXPECT_EQ(lane.pass(run_start, 52).arrives,
              after(nanoseconds(1'714'285 + 59'429) + milliseconds(3)));
    // Later, on an idle line.
    EXPECT_EQ(lane.pass(after(seconds(1)), 52).arrives,
              after(seconds(1) + nanoseconds(59'429) + milliseconds(3)));
}

TEST(Lane, ABusyLineSendsWithoutGapsAndInOrder) {
    const Access access =
        Link{.rate = BitRate{10'000'000}, .delay = milliseconds(5), .queue_packets = 1'000'000};
    Lane lane = lane_of(access);
    Random random(5);
    Instant expected = run_start;
    for (std::size_t i = 0; i < packets; ++i) {
        const std::uint32_t size = 40 + random.below(1'461);
        expected += serialisation(BitRate{10'000'000}, size);
        EXPECT_EQ(lane.pass(run_start, size).arrives, expected + milliseconds(5));
    }
}

TEST(Lane, PoissonPacketsWaitAsQueueingTheorySays) {
    // M/D/1 (Pollaczek, Khinchine): mean wait = load / (2 (1 - load)) of a service time.
    constexpr BitRate rate{12'000'000};  // 1 ms for 1,500 bytes.
    for (const double load : {0.3, 0.6, 0.8}) {
        const Access access =
            Link{.rate = rate, .delay = Duration::zero(), .queue_packets = 100'000};
        Lane lane = lane_of(access);
        Random random(17);
        Instant now = run_start;
        double waited = 0.0;
        for (std::size_t i = 0; i < packets; ++i) {
            now += random.exponential(Duration(static_cast<std::int64_t>(1e6 / load)));
            waited +=
                static_cast<double>((lane.pass(now, 1'500).arrives - now).count()) / 1e6 - 1.0;
        }
        const double expected = load / (2.0 * (1.0 - load));
        EXPECT_NEAR(waited / static_cast<double>(packets), expected, 0.1 * expected);
    }
}

TEST(Lane, TheQueueHoldsSoManyPacketsTheOneOnTheLineCounted) {
    constexpr std::uint32_t room = 7;
    const Access access =
        Link{.rate = BitRate{12'000'000}, .delay = milliseconds(50), .queue_packets = room};
    Lane lane = lane_of(access);
    for (std::uint32_t i = 0; i < room; ++i) {
        EXPECT_EQ(lane.pass(run_start, 1'500).fate, PacketFate::delivered);
    }
    const Passage refused = lane.pass(run_start, 1'500);
    EXPECT_EQ(refused.fate, PacketFate::queue);
    EXPECT_EQ(refused.arrives, never);
    // One has left after 1 ms, and no earlier; what is in flight behind the line does not count.
    EXPECT_EQ(lane.pass(after(milliseconds(1) - nanoseconds(1)), 40).fate, PacketFate::queue);
    const Passage next = lane.pass(after(milliseconds(1)), 1'500);
    EXPECT_EQ(next.fate, PacketFate::delivered);
    EXPECT_EQ(next.arrives, after(milliseconds(room + 1) + milliseconds(50)));
    EXPECT_EQ(lane.pass(after(milliseconds(1)), 40).fate, PacketFate::queue);
}

TEST(Lane, AnOverloadedQueueDropsTheExcess) {
    const Access access =
        Link{.rate = BitRate{12'000'000}, .delay = Duration::zero(), .queue_packets = 50};
    Lane lane = lane_of(access);
    Random random(23);
    Instant now = run_start;
    std::size_t delivered = 0;
    for (std::size_t i = 0; i < packets; ++i) {
        now += random.exponential(microseconds(500));  // Twice what the line carries.
        delivered += lane.pass(now, 1'500).fate == PacketFate::delivered;
    }
    EXPECT_NEAR(static_cast<double>(delivered) / static_cast<double>(packets), 0.5, 0.01);
}

TEST(Lane, LostPacketsHaveUsedTheLine) {
    const Access access = Link{.rate = BitRate{12'000'000},
                               .delay = milliseconds(5),
                               .loss = Bernoulli{0.3},
                               .queue_packets = 200'000};
    Lane lane = lane_of(access);
    std::size_t lost = 0;
    for (std::size_t i = 0; i < packets; ++i) {
        const Passage passage = lane.pass(run_start, 1'500);
        if (passage.fate == PacketFate::loss) {
            ++lost;
            EXPECT_EQ(passage.arrives, never);
        } else {
            EXPECT_EQ(passage.arrives, after(milliseconds(i + 1) + milliseconds(5)));
        }
    }
    EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(packets), 0.3, 0.0075);
}

TEST(Lane, DirectionsHaveQueueAndLossOfTheirOwn) {
    const Access access = Link{.rate = BitRate{1'000'000}, .loss = Bernoulli{0.5}};
    Random random(9);
    Lane up(access, Direction::uplink, random.stream("up"));
    Lane down(access, Direction::downlink, random.stream("down"));
    int differ = 0;
    for (int i = 0; i < 1'000; ++i) {
        differ += up.pass(after(seconds(i)), 100).fate != down.pass(after(seconds(i)), 100).fate;
    }
    EXPECT_GT(differ, 400);
}

DeliveryTrace recording(std::vector<std::uint32_t> opportunities) {
    return {.path = "", .sha256 = "", .opportunities = std::move(opportunities)};
}

std::int64_t in_ms(Instant instant) {
    EXPECT_EQ((instant - run_start) % milliseconds(1), Duration::zero());
    return (instant - run_start) / milliseconds(1);
}

TEST(TraceLine, EachOpportunityDeliversAFullPacketAndTheRecordingRepeats) {
    const DeliveryTrace trace = recording({2, 2, 5, 9, 10});
    TraceLine line(trace, milliseconds(0));
    std::vector<std::int64_t> times;
    for (int i = 0; i < 12; ++i) times.push_back(in_ms(line.departure(run_start, 1'504)));
    EXPECT_EQ(times, (std::vector<std::int64_t>{2, 2, 5, 9, 10, 12, 12, 15, 19, 20, 22, 22}));
}

TEST(TraceLine, TimeZeroLiesWhereTheShiftSays) {
    const DeliveryTrace trace = recording({2, 2, 5, 9, 10});
    TraceLine line(trace, milliseconds(7));
    std::vector<std::int64_t> times;
    for (int i = 0; i < 7; ++i) times.push_back(in_ms(line.departure(run_start, 1'504)));
    EXPECT_EQ(times, (std::vector<std::int64_t>{2, 3, 5, 5, 8, 12, 13}));
}

TEST(TraceLine, SmallPacketsShareAnOpportunityAndLargeOnesSpanTwo) {
    const DeliveryTrace trace = recording({4, 8, 12, 20});
    TraceLine line(trace, milliseconds(0));
    EXPECT_EQ(in_ms(line.departure(run_start, 700)), 4);
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(3)), 700)), 4);
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(4)), 104)), 4);  // The last byte of room.
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(4)), 1'000)), 8);
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(4)), 1'000)), 12);  // 504 bytes in each.
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(4)), 1'008)), 12);
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(4)), 1)), 20);
}

TEST(TraceLine, OpportunitiesThatNobodyWaitsForAreLost) {
    const DeliveryTrace trace = recording({4, 8, 12, 20});
    TraceLine line(trace, milliseconds(0));
    EXPECT_EQ(in_ms(line.departure(run_start, 100)), 4);
    // The rest of that opportunity has passed: the next packet begins with a whole one.
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(5)), 1'504)), 8);
    EXPECT_EQ(in_ms(line.departure(after(milliseconds(12) + nanoseconds(1)), 1'504)), 20);
    // A year is a whole number of rounds: its end is the last opportunity of one of them.
    constexpr Duration year = std::chrono::hours(24 * 365);
    EXPECT_EQ(line.departure(after(year), 1'504), after(year));
    EXPECT_EQ(line.departure(after(year + nanoseconds(1)), 1'504), after(year + milliseconds(4)));
}

TEST(TraceLine, ASaturatedRecordingDeliversItsMeanRate) {
    Random random(31);
    std::vector<std::uint32_t> times;
    std::uint32_t now = 0;
    for (int i = 0; i < 997; ++i) times.push_back(now += random.below(12));
    const DeliveryTrace trace = recording(times);
    TraceLine line(trace, milliseconds(0));
    std::uint64_t bytes = 0;
    Instant last = run_start;
    for (std::size_t i = 0; i < packets; ++i) {
        const std::uint32_t size = 40 + random.below(1'461);
        bytes += size;
        const Instant departs = line.departure(run_start, size);
        EXPECT_GE(departs, last);
        last = departs;
    }
    const double offered = 1504.0 * 997.0 / times.back();  // Bytes per millisecond.
    EXPECT_NEAR(static_cast<double>(bytes) / static_cast<double>(in_ms(last)), offered,
                0.002 * offered);
}

TEST(Lane, ClientsEnterARecordingEachAtAPlaceOfItsOwn) {
    std::vector<std::uint32_t> times;
    Random random(37);
    std::uint32_t now = 0;
    for (int i = 0; i < 500; ++i) times.push_back(now += 1 + random.below(40));
    const Access access =
        TraceLink{.downlink = recording(times), .delay = milliseconds(20), .mtu = 1'504};
    std::vector<std::int64_t> first;
    for (std::uint64_t client = 0; client < 100; ++client) {
        Lane lane(access, Direction::downlink, Random(client));
        std::vector<std::int64_t> seen;
        for (int i = 0; i < 20; ++i) {
            seen.push_back(in_ms(lane.pass(run_start, 1'504).arrives - milliseconds(20)));
        }
        // Some shift of the recording explains all of them.
        const auto explains = [&](std::uint32_t shift) {
            TraceLine line(std::get<TraceLink>(access).downlink, milliseconds(shift));
            return std::ranges::all_of(seen, [&](std::int64_t at) {
                return in_ms(line.departure(run_start, 1'504)) == at;
            });
        };
        bool explained = false;
        for (std::uint32_t shift = 0; shift < times.back() && !explained; ++shift) {
            explained = explains(shift);
        }
        EXPECT_TRUE(explained);
        first.push_back(seen.back());
    }
    std::ranges::sort(first);
    EXPECT_GT(std::ranges::unique(first).begin() - first.begin(), 30);
}

TEST(Lane, TheUplinkFollowsItsOwnRecordingIfThereIsOne) {
    const DeliveryTrace slow = recording({1'000});
    const DeliveryTrace fast = recording({1});
    const Access both = TraceLink{.downlink = slow, .uplink = fast, .mtu = 1'504};
    const Access one = TraceLink{.downlink = slow, .mtu = 1'504};
    const auto gap = [](const Access& access, Direction direction) {
        Lane lane(access, direction, Random(1));
        const Instant first = lane.pass(run_start, 1'504).arrives;
        return lane.pass(run_start, 1'504).arrives - first;
    };
    EXPECT_EQ(gap(both, Direction::uplink), milliseconds(1));
    EXPECT_EQ(gap(both, Direction::downlink), milliseconds(1'000));
    EXPECT_EQ(gap(one, Direction::uplink), milliseconds(1'000));
}

TEST(Lane, OfARecordingHasWhatItsDirectionSays) {
    const Access access = TraceLink{.downlink = recording({1}),
                                    .delay = milliseconds(20),
                                    .queue = CoDel{},
                                    .mtu = 1'504,
                                    .up = OneWay{.loss = Bernoulli{1.0}, .queue = DropTail{}},
                                    .down = OneWay{.delay = milliseconds(7)}};
    Lane up(access, Direction::uplink, Random(1));
    EXPECT_EQ(up.managed(), nullptr);
    EXPECT_EQ(up.pass(run_start, 1'504).fate, PacketFate::loss);
    Lane down(access, Direction::downlink, Random(1));
    EXPECT_EQ(down.managed(), &down);
    const Passage passage = down.send(run_start, 1'504);
    EXPECT_EQ(passage.arrives, down.free_at() + milliseconds(7));
}

}  // namespace
}  // namespace reshake
