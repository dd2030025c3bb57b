// The parts of the Linux sender and receiver, each by itself.
#include <gtest/gtest.h>

#include "sim/net/linux_tcp_acks.h"
#include "sim/net/linux_tcp_rack.h"
#include "sim/net/linux_tcp_sack.h"
#include "sim/net/linux_tcp_sender.h"
#include "sim/net/linux_tcp_window.h"

namespace reshake::net::linux_tcp {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant at(Duration since_start) { return run_start + since_start; }

Duration waits(Duration start, Jiffies delay) {
    return timer_fires(at(start), jiffies_of(at(start)) + delay, {}) - at(start);
}

// calc_wheel_index: levels of 1, 8, 64 and 512 ticks.
TEST(LinuxTcpTimerWheel, IsNeverEarlyAndLateByAtMostOneBucket) {
    const struct {
        Jiffies delay;
        Duration bucket;
    } cases[] = {{Jiffies(1), milliseconds(4)},      {Jiffies(62), milliseconds(4)},
                 {Jiffies(63), milliseconds(32)},    {Jiffies(250), milliseconds(32)},
                 {Jiffies(503), milliseconds(32)},   {Jiffies(504), milliseconds(256)},
                 {Jiffies(4032), milliseconds(2048)}};
    for (const auto& [delay, bucket] : cases) {
        for (int i = 0; i < 600; ++i) {
            const Duration waited = waits(microseconds(7'700) * i, delay) - tick_to_handler;
            EXPECT_GT(waited, Duration(delay) - milliseconds(4) + milliseconds(4) - bucket);
            EXPECT_GE(waited + milliseconds(4), Duration(delay));
            EXPECT_LE(waited, Duration(delay) + bucket);
        }
    }
}

// Measured: the second repetition of a SYN follows the first, which a timer sent, by 1,024.0 ms.
TEST(LinuxTcpTimerWheel, CountsFromTheEndOfABucketWhenSetByATimer) {
    EXPECT_EQ(waits(milliseconds(3200) + tick_to_handler, Jiffies(250)), milliseconds(1024));
    EXPECT_EQ(waits(milliseconds(400) + tick_to_handler, Jiffies(58)), milliseconds(236));
}

TEST(LinuxTcpTimerWheel, IsLateByOneTickForAThirdOfShortAndASixthOfLongTimers) {
    int late_short = 0;
    int late_long = 0;
    for (std::int64_t i = 0; i < 6000; ++i) {
        const Tardiness tardiness{.whose = 0x1000'0001'2345u};
        late_short += tardiness.late(JiffiesPoint(Jiffies(i)), Jiffies(3));
        late_long += tardiness.late(JiffiesPoint(Jiffies(i)), Jiffies(58));
        EXPECT_FALSE(Tardiness{}.late(JiffiesPoint(Jiffies(i)), Jiffies(3)));
    }
    EXPECT_NEAR(late_short, 2000, 150);
    EXPECT_NEAR(late_long, 1000, 120);
}

// RFC 6298 section 2.2, with the variance's floor: RTO = 31 + max(200, 4 x 15.5) = 231 ms.
TEST(LinuxTcpRtt, FirstSampleGivesItselfPlus200ms) {
    RttEstimator rtt;
    EXPECT_EQ(rtt.timeout(), Jiffies(seconds(1)));
    rtt.sample(milliseconds(31), 1, 1);
    EXPECT_EQ(rtt.timeout(), Jiffies(58));  // 232 ms
}

// With 4 RTTVAR = 2 x 195 above the floor: 585 ms.
TEST(LinuxTcpRtt, LongFirstSampleGivesThreeTimesItself) {
    RttEstimator rtt;
    rtt.sample(milliseconds(195), 1, 1);
    EXPECT_EQ(rtt.timeout(), Jiffies(147));  // 588 ms
}

// tcp_rtt_estimator: after a first sample of 1,032 ms the variance falls by a quarter of its excess
// per round trip, not per sample.
TEST(LinuxTcpRtt, VarianceFallsOncePerRoundTrip) {
    RttEstimator rtt;
    rtt.sample(milliseconds(1032), 0, 0);
    rtt.sample(milliseconds(31), 250, 250);  // A new round trip: 250 > 0.
    const Jiffies first = rtt.timeout();
    rtt.sample(milliseconds(31), 250, 500);  // The same round trip.
    const Jiffies second = rtt.timeout();
    EXPECT_LT(second, first);
    EXPECT_GT(second, Jiffies(seconds(2)));
    rtt.back_off();
    EXPECT_EQ(rtt.timeout(), second * 2);
}

TEST(LinuxTcpRtt, MinimumForgetsWhatIsOlderThanFiveMinutes) {
    WindowedMinimum minimum;
    minimum.sample(milliseconds(20), Stamp(seconds(0)));
    for (int i = 1; i < 400; ++i) minimum.sample(milliseconds(30), Stamp(seconds(i)));
    EXPECT_EQ(minimum.value(), milliseconds(30));
    minimum.sample(milliseconds(25), Stamp(seconds(400)));
    EXPECT_EQ(minimum.value(), milliseconds(25));
}

TEST(LinuxTcpScoreboard, CountsWhatIsInFlightThroughLossRepairAndSack) {
    Scoreboard board;
    for (Position i = 0; i < 5; ++i) board.append(i * 1000, (i + 1) * 1000, Stamp{}, 0);
    EXPECT_EQ(board.in_flight(), 5u);
    Segment& head = board.head();
    board.mark_lost(head);
    EXPECT_EQ(board.in_flight(), 4u);
    board.sent_again(head, Stamp(milliseconds(5)), 0, true);
    EXPECT_EQ(board.in_flight(), 5u);
    board.mark_lost(head);  // The repair too.
    EXPECT_EQ(board.in_flight(), 4u);
    EXPECT_EQ(board.losses(), 2u);
    board.mark_sacked(board.tail());
    EXPECT_EQ(board.in_flight(), 3u);
    EXPECT_EQ(board.highest_sacked(0), 5000u);
    EXPECT_EQ(board.sent_first()->first, 1000u);
    board.split(board.segments().at(1000), 1500);
    EXPECT_EQ(board.size(), 6u);
    board.merge_with_next(board.segments().at(1000));
    EXPECT_EQ(board.size(), 5u);
    board.drop_head();
    EXPECT_EQ(board.in_flight(), 3u);
}

TEST(LinuxTcpRack, IgnoresARepairQuickerThanAnyRoundTrip) {
    WindowedMinimum minimum;
    minimum.sample(milliseconds(30), Stamp{});
    const Rack::Circumstances later{.now = Stamp(milliseconds(300)),
                                    .minimal_rtt = milliseconds(30),
                                    .smoothed_rtt = milliseconds(30)};
    for (const bool plausible : {false, true}) {
        Scoreboard board;
        board.append(0, 1000, Stamp{}, 0);
        board.append(1000, 2000, Stamp{}, 0);
        board.sent_again(board.tail(), Stamp(milliseconds(100)), 0, false);
        Rack rack;
        rack.delivered(board.tail(), Stamp(milliseconds(plausible ? 130 : 129)), minimum);
        board.mark_sacked(board.tail());
        EXPECT_EQ(rack.take_advance(), plausible);
        static_cast<void>(rack.detect(board, later));
        EXPECT_EQ(board.lost(), plausible ? 1u : 0u);
    }
}

// RFC 6937: ten in flight, one lost, nine delivered: the window comes down to seven evenly.
TEST(LinuxTcpWindow, FallsProportionallyDuringRecovery) {
    CongestionWindow window;
    window.start(10, 10, run_start);
    window.begin_reduction();
    std::uint32_t in_flight = 9;
    std::uint32_t sent = 0;
    for (int ack = 0; ack < 9; ++ack) {
        --in_flight;
        window.reduce(1, 0, false, in_flight);
        while (in_flight < window.size()) {
            ++in_flight;
            ++sent;
            window.sent_in_reduction();
        }
    }
    EXPECT_NEAR(sent, 7, 1);
    window.end_reduction(true, run_start);
    EXPECT_EQ(window.size(), 7u);  // 0.7 of ten
}

TEST(LinuxTcpWindow, GrowsByWhatIsAcknowledgedInSlowStartWhileItIsUsed) {
    CongestionWindow window;
    window.start(10, 10, run_start);
    window.grow(10, run_start);
    EXPECT_EQ(window.size(), 10u);  // Not used.
    window.note_use({.out = 10, .in_flight = 10, .next = 10, .all_is_well = true, .sent = true},
                    run_start);
    window.grow(10, run_start);
    EXPECT_EQ(window.size(), 20u);
}

// RFC 5681 section 3.1, RFC 9438 section 4.8 (tcp_enter_loss): a second timeout of the same data
// lowers the threshold no further.
TEST(LinuxTcpWindow, IsOneAfterATimeoutAndDoublesUpToSevenTenthsOfWhatItWas) {
    CongestionWindow window;
    window.start(20, 10, run_start);
    for (const bool first : {true, false}) {
        window.collapse(first, 0, run_start);
        EXPECT_EQ(window.size(), 1u);
        for (const std::uint32_t expected : {2u, 4u, 8u, 14u}) {
            EXPECT_TRUE(window.in_slow_start());
            const std::uint32_t out = window.size();
            window.note_use({.out = out, .in_flight = out, .next = 1, .sent = true}, run_start);
            window.grow(out, run_start);
            EXPECT_EQ(window.size(), expected);
        }
        EXPECT_FALSE(window.in_slow_start());
    }
}

/// A network that takes everything.
struct Unheard final : Output {
    void transmit(Position, Position, bool) override {}
    void probe() override {}
    [[nodiscard]] std::uint32_t option_bytes() const override { return 0; }
};

// RFC 3465 section 1: a receiver that acknowledges a segment in eight parts earns no faster sender
// (tcp_clean_rtx_queue counts whole segments).
TEST(LinuxTcpSender, AcksForPartsOfSegmentsDoNotSpeedUpSlowStart) {
    for (const Position parts : {1u, 8u}) {
        Unheard output;
        Sender sender({}, output);
        Sender::Opening opening;
        opening.rtt = milliseconds(40);
        opening.peer_window = 1u << 20;
        sender.open(opening, at({}));
        sender.queue(Position{100} * 1448, at({}));
        sender.push(at({}));
        for (Position part = 1; part <= 10 * parts; ++part) {
            Sender::Ack ack;
            ack.acknowledged = part * 1448 / parts;
            ack.window = 1u << 20;
            sender.acknowledge(ack, at(milliseconds(40)));
            sender.push(at(milliseconds(40)));
        }
        EXPECT_EQ(sender.window().size(), 20u);
    }
}

// RFC 9438 figure 1: after a reduction the window is back at its former maximum after K seconds.
TEST(LinuxTcpCubic, IsBackAtItsMaximumAfterK) {
    Cubic cubic;
    const std::uint32_t maximum = 1000;
    std::uint32_t window = cubic.after_loss(maximum);
    EXPECT_EQ(window, 700u);
    // K = cbrt(300 / 0.4) = 9.09 s, at 100 ms a round trip.
    std::uint32_t credit = 0;
    Instant now = at(seconds(10));
    for (int round = 0; round < 91; ++round) {
        credit += window;
        const std::uint32_t per_segment = cubic.acks_per_segment(window, window, now);
        while (credit >= per_segment) {
            credit -= per_segment;
            ++window;
        }
        now += milliseconds(100);
    }
    EXPECT_NEAR(window, maximum, 25);
}

TEST(LinuxTcpSack, ReportsTheNewestBlockFirstAndADuplicateBeforeIt) {
    SackReport report;
    report.arrived_early({1000, 2000});
    report.arrived_early({5000, 6000});
    report.arrived_early({3000, 4000});
    EXPECT_EQ(report.take(3), (std::vector<Range>{{3000, 4000}, {5000, 6000}, {1000, 2000}}));
    report.arrived_early({2000, 3000});
    EXPECT_EQ(report.take(3), (std::vector<Range>{{1000, 4000}, {5000, 6000}}));
    EXPECT_TRUE(report.holds({1500, 3500}));
    EXPECT_FALSE(report.holds({3500, 5500}));
    report.arrived_twice({5000, 6000});
    EXPECT_EQ(report.take(2), (std::vector<Range>{{5000, 6000}, {1000, 4000}}));
    EXPECT_EQ(report.take(2).size(), 2u);  // Reported once.
    report.advance(4000);
    EXPECT_EQ(report.take(3), (std::vector<Range>{{5000, 6000}}));
}

// tcp_measure_rcv_mss, __tcp_ack_snd_check.
TEST(LinuxTcpAcks, StartQuickBecomeInteractiveAndStillAcknowledgeMoreThanAFullSegment) {
    AckPolicy acks;
    acks.connection_opened(1448, run_start);
    acks.data_in_order({.payload = 250, .pushed = true}, 65535, Jiffies(58), run_start);
    EXPECT_EQ(acks.check(250, false), AckPolicy::Verdict::at_once);
    acks.acknowledged();
    acks.answered(run_start);
    acks.data_in_order({.payload = 263, .pushed = true}, 65535, Jiffies(58), run_start);
    EXPECT_EQ(acks.check(263, false), AckPolicy::Verdict::later);
    EXPECT_FALSE(acks.due_after_read(263));
    acks.data_in_order({.payload = 263, .pushed = true}, 65535, Jiffies(58), run_start);
    EXPECT_TRUE(acks.due_after_read(526));  // Two pushed segments: ICSK_ACK_PUSHED2.
    acks.data_in_order({.payload = 1448}, 65535, Jiffies(58), run_start);
    EXPECT_EQ(acks.check(1974, false), AckPolicy::Verdict::at_once);
}

TEST(LinuxTcpAcks, LeaveInteractiveModeWhenTheTimerHadToSendOne) {
    AckPolicy acks;
    acks.connection_opened(1448, run_start);
    acks.data_in_order({.payload = 250, .pushed = true}, 65535, Jiffies(58), run_start);
    acks.answered(run_start);
    acks.acknowledged();
    acks.data_in_order({.payload = 250, .pushed = true}, 65535, Jiffies(58), run_start);
    RttEstimator rtt;
    EXPECT_FALSE(acks.delay(rtt, run_start));
    EXPECT_EQ(acks.timer(), jiffies_of(run_start) + Jiffies(10));
    EXPECT_TRUE(acks.on_timer(Jiffies(58)));
    acks.acknowledged();
    acks.data_in_order({.payload = 250, .pushed = true}, 65535, Jiffies(58), run_start);
    EXPECT_EQ(acks.check(250, false), AckPolicy::Verdict::at_once);
}

}  // namespace
}  // namespace reshake::net::linux_tcp
