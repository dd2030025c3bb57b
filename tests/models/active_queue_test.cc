// CoDel and FQ-CoDel: the control law to the nanosecond, short queues left alone, flows apart.
#include "models/active_queue.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t full = 1500;
constexpr Instant at(Duration since_start) { return run_start + since_start; }

QueuedPacket packet(std::uint64_t token, std::uint32_t flow = 0, Instant when = run_start) {
    return {.token = token, .bytes = full, .flow = flow, .enqueued = when};
}

/// Pops once a millisecond from a queue in which every packet has waited for long enough.
std::vector<Duration> drops_of(CoDelQueue& queue, int pops) {
    for (std::uint64_t i = 0; i < 5'000; ++i) queue.push(packet(i));
    std::vector<Duration> when;
    for (int i = 0; i < pops; ++i) {
        const Instant now = at(1s + 1ms * i);
        Dropped dropped;
        EXPECT_TRUE(queue.pop(now, dropped).has_value());
        for (std::size_t k = 0; k < dropped.size(); ++k) when.push_back(now - run_start);
    }
    return when;
}

// RFC 8289 section 5.3: the first drop when the wait has been above target for an interval, the
// next ones interval / sqrt(count) apart, in pops of a millisecond.
TEST(CoDel, DropsByItsControlLaw) {
    CoDelQueue queue(5ms, 100ms, full);
    const auto when = drops_of(queue, 1'000);
    std::vector<Duration> expected{1s + 100ms};
    Instant next = at(1s + 100ms + 100ms);
    for (int count = 2; next < at(2s); ++count) {
        expected.push_back(std::chrono::ceil<std::chrono::milliseconds>(next - run_start));
        next += Duration(static_cast<std::int64_t>(1e8 / std::sqrt(count)));
    }
    EXPECT_EQ(when, expected);
    EXPECT_GT(when.size(), 10u);
}

TEST(CoDel, LeavesShortWaitsAndShortQueuesAlone) {
    CoDelQueue queue(5ms, 100ms, full);
    Dropped dropped;
    for (int i = 0; i < 2'000; ++i) {  // Each waits for just less than the target.
        queue.push(packet(1, 0, at(1ms * i)));
        queue.push(packet(2, 0, at(1ms * i)));
        EXPECT_TRUE(queue.pop(at(1ms * i + 5ms - 1ns), dropped));
        EXPECT_TRUE(queue.pop(at(1ms * i + 5ms - 1ns), dropped));
    }
    for (int i = 0; i < 2'000; ++i) {  // Nothing but one packet behind it.
        queue.push(packet(1, 0, at(1s * i)));
        queue.push(packet(2, 0, at(1s * i)));
        EXPECT_TRUE(queue.pop(at(1s * i + 900ms), dropped));
        EXPECT_TRUE(queue.pop(at(1s * i + 900ms), dropped));
    }
    EXPECT_TRUE(dropped.empty());
    EXPECT_FALSE(queue.pop(at(9'999s), dropped));
    EXPECT_EQ(queue.bytes(), 0u);
}

TEST(ActiveQueue, OfCoDelRefusesWhatHasNoRoom) {
    ActiveQueue queue(CoDel{}, {.packets = 3}, full);
    Dropped dropped;
    for (std::uint64_t i = 0; i < 5; ++i) queue.push(run_start, packet(i), dropped);
    EXPECT_EQ(dropped, (Dropped{3, 4}));
    ActiveQueue small(CoDel{}, {.bytes = 2 * full}, full);
    dropped.clear();
    for (std::uint64_t i = 0; i < 3; ++i) small.push(run_start, packet(i), dropped);
    EXPECT_EQ(dropped, (Dropped{2}));
}

TEST(ActiveQueue, OfFqCoDelTakesHalfOfTheFattestFlowForIt) {
    ActiveQueue queue(FqCoDel{}, {.packets = 10}, full);
    Dropped dropped;
    queue.push(run_start, packet(100, 7), dropped);
    for (std::uint64_t i = 0; i < 10; ++i) queue.push(run_start, packet(i, 1), dropped);
    EXPECT_EQ(dropped, (Dropped{0, 1, 2, 3, 4}));  // The oldest of the flow of ten.
    int left = 0;
    while (queue.pop(run_start, dropped)) ++left;
    EXPECT_EQ(left, 6);
    EXPECT_TRUE(queue.empty());
}

// RFC 8290 section 3: flows share the line by bytes, whatever they send.
TEST(FqCoDel, ServesFlowsInTurnAndNewOnesFirst) {
    FqCoDelQueue queue(FqCoDel{.quantum = full}, full);
    Dropped dropped;
    for (std::uint64_t i = 0; i < 30; ++i) queue.push(packet(i, 1));
    for (std::uint64_t i = 100; i < 130; ++i) queue.push(packet(i, 2));
    std::vector<std::uint64_t> order;
    const auto take = [&](int count) {
        for (int i = 0; i < count; ++i) order.push_back(queue.pop(run_start, dropped)->token);
    };
    take(6);
    EXPECT_EQ(order, (std::vector<std::uint64_t>{0, 100, 1, 101, 2, 102}));
    queue.push(packet(200, 3));  // Has sent nothing for a while: it does not wait for the others.
    order.clear();
    take(3);
    EXPECT_EQ(order[0], 200u);
    EXPECT_TRUE(dropped.empty());
}

TEST(FqCoDel, SharesByBytesNotByPackets) {
    FqCoDelQueue queue(FqCoDel{.quantum = 300}, full);
    for (std::uint64_t i = 0; i < 100; ++i) queue.push(packet(i, 1));
    for (std::uint64_t i = 0; i < 1'500; ++i) {
        queue.push({.token = 1'000 + i, .bytes = 100, .flow = 2});
    }
    std::uint64_t large = 0;
    std::uint64_t small = 0;
    Dropped dropped;
    for (int i = 0; i < 800; ++i) {
        const auto next = queue.pop(run_start, dropped);
        (next->flow == 1 ? large : small) += next->bytes;
    }
    EXPECT_NEAR(static_cast<double>(large), static_cast<double>(small), 2.0 * full);
}

}  // namespace
}  // namespace reshake
