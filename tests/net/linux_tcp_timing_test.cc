// One named packet is lost; the repair leaves when Linux's would.
//
// Expected instants are intervals as wide as the resolution of the kernel's timer wheel: 4 ms for
// timers below 252 ms, 32 ms below 2 s, 256 ms below 16 s. They agree with the gaps measured in
// packet logs of Linux 6.18, which stand beside them.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/net/linux_tcp_path.h"

namespace reshake::net::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint32_t hello = 250;
constexpr std::uint32_t full_flight = 1926;
constexpr std::uint32_t short_flight = 241;

/// From a tick until the packet that its timer sends.
constexpr double after_tick = 0.2;

double ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

struct Case : Path {
    /// A client that sends a ClientHello, a server that answers with `flight` bytes, a client that
    /// answers with Finished and a request.
    explicit Case(Duration rtt, std::uint32_t flight = full_flight,
                  TcpFlavour flavour = TcpFlavour::linux_6)
        : Path(rtt / 2, flavour) {
        client.when_connected = [this] { client.send(hello); };
        server.when_readable = [this, flight] {
            if (server.received == hello) server.send(flight);
        };
        client.when_readable = [this, flight] {
            if (client.received != flight) return;
            client.send(80);
            client.send(222);
        };
    }
    /// Loses the `nth` packet of `from` that satisfies `which`, counting from 0.
    void lose(Side from, std::function<bool(const Passed&)> which, std::vector<int> nth = {0}) {
        loses = [from, which = std::move(which), nth = std::move(nth),
                 count = 0](const Passed& packet) mutable {
            if (packet.from != from || !which(packet)) return false;
            return std::find(nth.begin(), nth.end(), count++) != nth.end();
        };
    }
    void run() {
        connect_at(Instant(seconds(100)) + microseconds(1'700));
        run_for(seconds(250));
    }
    /// Time between two sendings of the segment that begins at `sequence`.
    [[nodiscard]] double gap(Side from, std::uint32_t sequence, std::size_t first = 0) const {
        const auto times = sendings(from, sequence);
        return times.size() > first + 1 ? ms(times[first + 1] - times[first]) : -1.0;
    }
};

std::function<bool(const Passed&)> data(std::uint32_t sequence) {
    return [sequence](const Passed& packet) {
        return packet.payload > 0 && packet.sequence == sequence;
    };
}
bool is_syn(const Passed& packet) { return packet.syn(); }
bool is_data(const Passed& packet) { return packet.payload > 0; }

/// The gap after the segment at `sequence`, lost as often as `lost` says.
double repaired_after(Duration rtt, Side from, std::uint32_t sequence,
                      std::uint32_t flight = full_flight, int lost = 1) {
    Case path(rtt, flight);
    std::vector<int> nth;
    for (int i = 0; i < lost; ++i) nth.push_back(i);
    path.lose(from, data(sequence), nth);
    path.run();
    return path.gap(from, sequence, static_cast<std::size_t>(lost - 1));
}

#define EXPECT_WITHIN(value, low, high) \
    do {                                \
        EXPECT_GT(value, low);          \
        EXPECT_LE(value, high);         \
    } while (false)

// --- SYN, RFC 6298 section 5.7, tcp_retransmit_timer ---

// Measured: first gap 1000.3 to 1034.9 ms, second 1024.0 (counted from the end of a bucket).
TEST(LinuxTcpSyn, IsRepeatedEverySecondFourTimesAndThenDoubles) {
    Case path(milliseconds(31));
    path.lose(Side::client, is_syn, {0, 1, 2, 3, 4, 5, 6, 7});
    path.run();
    EXPECT_WITHIN(path.gap(Side::client, 0), 1000.0, 1032.0 + after_tick);
    for (std::size_t i = 1; i < 5; ++i) EXPECT_NEAR(path.gap(Side::client, 0, i), 1024.0, 0.01);
    EXPECT_NEAR(path.gap(Side::client, 0, 5), 2048.0, 0.01 + 256.0);
    EXPECT_NEAR(path.gap(Side::client, 0, 6), 4096.0, 0.01 + 256.0);
}

TEST(LinuxTcpSyn, DoublesFromTheStartBeforeKernel65) {
    Case path(milliseconds(31), full_flight, TcpFlavour::linux_4);
    path.lose(Side::client, is_syn, {0, 1, 2});
    path.run();
    EXPECT_WITHIN(path.gap(Side::client, 0), 1000.0, 1032.0 + after_tick);
    EXPECT_WITHIN(path.gap(Side::client, 0, 1), 2000.0, 2032.0 + after_tick);
    EXPECT_WITHIN(path.gap(Side::client, 0, 2), 4000.0, 4256.0 + after_tick);
}

// tcp_write_timeout: ten repetitions with the linear ones, after 131 s; 127 s without.
TEST(LinuxTcpSyn, IsGivenUpAfterTenRepetitions) {
    Case path(milliseconds(31));
    path.lose(Side::client, is_syn, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    path.run();
    EXPECT_EQ(path.sendings(Side::client, 0).size(), 11u);
    ASSERT_TRUE(path.client.ended);
    EXPECT_EQ(path.client.end, StreamEnd::timeout);
    EXPECT_WITHIN(ms(path.client.ended_at - path.started_at), 127'000.0, 136'000.0);
}

TEST(LinuxTcpSyn, IsGivenUpAfterSixRepetitionsBeforeKernel65) {
    Case path(milliseconds(31), full_flight, TcpFlavour::linux_4);
    path.lose(Side::client, is_syn, {0, 1, 2, 3, 4, 5, 6, 7, 8});
    path.run();
    EXPECT_EQ(path.sendings(Side::client, 0).size(), 7u);
    EXPECT_WITHIN(ms(path.client.ended_at - path.started_at), 127'000.0, 131'000.0);
}

// --- SYN-ACK: reqsk_timer_handler, tcp_check_req, tcp_synack_rtt_meas ---

// A SYN-ACK of its own timer, and one for the SYN repeated meanwhile.
TEST(LinuxTcpSynAck, IsRepeatedByItsTimerAndAtOnceForARepeatedSyn) {
    Case path(milliseconds(31));
    path.lose(Side::server, is_syn);
    path.run();
    const auto syns = path.sendings(Side::client, 0);
    const auto syn_acks = path.sendings(Side::server, 0);
    ASSERT_EQ(syns.size(), 2u);
    ASSERT_GE(syn_acks.size(), 2u);
    EXPECT_NEAR(ms(syn_acks.back() - syns[1]), 15.5, 0.01);
}

// Measured: ClientHello after a lost SYN-ACK repaired after up to 2,512 ms; the first round trip is
// taken from the timestamp that the SYN-ACK echoes, the first SYN's (RFC 7323 section 4).
TEST(LinuxTcpSynAck, LostMakesTheClientBelieveInARoundTripOfASecond) {
    Case path(milliseconds(31));
    path.loses = [syn_acks = 0, hellos = 0](const Passed& packet) mutable {
        if (packet.from == Side::server && packet.syn()) return syn_acks++ == 0;
        return packet.from == Side::client && packet.payload > 0 && hellos++ == 0;
    };
    path.run();
    EXPECT_WITHIN(path.gap(Side::client, 1), 2'264.0, 2'264.0 + 256.0);
}

TEST(LinuxTcpSyn, LostAloneLeavesTheRoundTripAsItIs) {
    Case path(milliseconds(31));
    path.loses = [syns = 0, hellos = 0](const Passed& packet) mutable {
        if (packet.from == Side::client && packet.syn()) return syns++ == 0;
        return packet.from == Side::client && packet.payload > 0 && hellos++ == 0;
    };
    path.run();
    EXPECT_WITHIN(path.gap(Side::client, 1), 232.0, 236.0 + after_tick);
}

// tcp_init_transfer: a SYN-ACK timeout that was no mistake starts the server with a window of one,
// and the certificate takes a round trip more.
TEST(LinuxTcpSynAck, TimedOutStartsTheServerWithAWindowOfOne) {
    Case path(milliseconds(31));
    // Both ends' timers hang on the same clock: begin where the server's goes off before the SYN
    // that the client repeats has arrived.
    path.lose(Side::server, is_syn);
    path.connect_at(Instant(seconds(100)) + milliseconds(2));
    path.run_for(seconds(105));
    ASSERT_EQ(path.sendings(Side::server, 0).size(), 3u);
    const auto first = path.sendings(Side::server, 1);
    const auto second = path.sendings(Side::server, 1449);
    ASSERT_FALSE(first.empty() || second.empty());
    EXPECT_NEAR(ms(second[0] - first[0]), 31.0, 0.1);
}

// --- One segment in flight: tail loss probe, RFC 8985 section 7, tcp_schedule_loss_probe ---

// Measured: 232.0 to 236.1 ms at 31 ms, 588.7 to 616.7 ms at 195 ms.
TEST(LinuxTcpProbe, RepairsALoneSegmentAfterTheSmallerOfTwiceTheRoundTripPlus200msAndTheTimeout) {
    EXPECT_WITHIN(repaired_after(milliseconds(31), Side::client, 1), 232.0, 236.0 + after_tick);
    EXPECT_WITHIN(repaired_after(milliseconds(195), Side::client, 1), 588.0, 620.0 + after_tick);
}

// Measured: 236.0 ms at 31 ms, 608.0 at 195 ms (armed at a tick, so to the tick), then doubled.
TEST(LinuxTcpProbe, IsFollowedByAnUndoubledTimeoutAndThenADoubledOne) {
    EXPECT_NEAR(repaired_after(milliseconds(31), Side::client, 1, full_flight, 2), 236.0, 0.01);
    EXPECT_NEAR(repaired_after(milliseconds(195), Side::client, 1, full_flight, 2), 608.0, 0.01);
    EXPECT_WITHIN(repaired_after(milliseconds(31), Side::client, 1, full_flight, 3), 464.0, 496.0);
}

// Measured: 232.1 to 237.1 ms.
TEST(LinuxTcpProbe, RepairsAServerFlightOfOneSegment) {
    EXPECT_WITHIN(repaired_after(milliseconds(31), Side::server, 1, short_flight), 232.0,
                  236.0 + after_tick);
}

// tcp_send_loss_probe sends what is new rather than what is old, whatever the window.
TEST(LinuxTcpProbe, SendsNewDataFirst) {
    Case path(milliseconds(31), 13 * 1448);
    path.loses = [](const Passed& packet) {
        // Every ACK of the client's for the first flight.
        return packet.from == Side::client && packet.acknowledged > 1 &&
               packet.at < Instant(seconds(100)) + milliseconds(120);
    };
    path.run();
    // Ten segments fill the window; the eleventh is the probe, 2 x 31 + 2 ms after them.
    const auto last_of_window = path.sendings(Side::server, 1 + 9 * 1448);
    const auto probe = path.sendings(Side::server, 1 + 10 * 1448);
    ASSERT_FALSE(last_of_window.empty() || probe.empty());
    EXPECT_WITHIN(ms(probe[0] - last_of_window[0]), 64.0, 68.0 + after_tick);
    EXPECT_EQ(path.client.received, 13u * 1448u);
}

// A probe for which the original was only delayed: the receiver says so (RFC 2883), no window
// falls.
TEST(LinuxTcpProbe, OfASegmentThatHadArrivedIsAnsweredByADsackAndCostsNothing) {
    Case path(milliseconds(31), short_flight);
    path.loses = [acks = 0](const Passed& packet) mutable {
        return packet.from == Side::server && packet.payload == 0 && !packet.syn() && acks++ == 0;
    };
    path.server.when_readable = [&path] {
        if (path.server.received == hello) {
            path.after(seconds(1), [&path] { path.server.send(short_flight); });
        }
    };
    path.run();
    EXPECT_EQ(path.sendings(Side::client, 1).size(), 2u);
    const auto dsack = std::find_if(path.log.begin(), path.log.end(), [](const Passed& packet) {
        return packet.from == Side::server && !packet.sacks.empty();
    });
    ASSERT_NE(dsack, path.log.end());
    EXPECT_EQ(dsack->sacks.front(), (std::pair<std::uint32_t, std::uint32_t>(1, 1 + hello)));
    EXPECT_EQ(path.sender(Side::client).window().size(), 10u);
}

// --- Two segments in flight: RACK, RFC 8985 section 6, tcp_rack_detect_loss ---

// Measured: 44.1 to 46.4 ms at 31 ms, 248.5 to 250.6 at 195 ms: a round trip, a quarter of one, 2
// ms and the timer.
TEST(LinuxTcpRack, RepairsTheFirstOfTwoSegmentsAQuarterRoundTripAfterTheSecondWasSacked) {
    EXPECT_WITHIN(repaired_after(milliseconds(31), Side::server, 1), 43.0, 47.0 + after_tick);
    EXPECT_WITHIN(repaired_after(milliseconds(195), Side::server, 1), 247.0, 251.0 + after_tick);
}

// Measured: 263.1 to 264.4 ms at 31 ms, 788 to 803 ms at 195 ms: the ACK of the first segment
// starts the probe's timer anew, for a lone segment.
TEST(LinuxTcpProbe, RepairsTheLastOfTwoSegmentsCountingFromTheAckOfTheFirst) {
    EXPECT_WITHIN(repaired_after(milliseconds(31), Side::server, 1449), 263.0, 267.0 + after_tick);
    EXPECT_WITHIN(repaired_after(milliseconds(195), Side::server, 1449), 783.0, 815.0 + after_tick);
}

// tcp_rack_reo_wnd: three sacked segments are proof enough, without a window.
TEST(LinuxTcpRack, RepairsAtOnceWhenThreeSegmentsHaveBeenSacked) {
    EXPECT_NEAR(repaired_after(milliseconds(31), Side::server, 1, 5 * 1448), 31.0, 0.1);
}

// RFC 8985 section 6.2 step 2 (tcp_rack_sent_after): nine SACKs arrive in one instant; the first
// two let new data out, the third the repair, which left after them whatever its number.
TEST(LinuxTcpRack, DoesNotTakeARepairForLostBecauseDataSentInTheSameInstantArrived) {
    Case path(milliseconds(31), 30 * 1448);
    path.lose(Side::server, data(1));
    path.run();
    const auto repaired = path.sendings(Side::server, 1);
    ASSERT_EQ(repaired.size(), 2u);
    EXPECT_EQ(path.sendings(Side::server, 1 + 10 * 1448), std::vector{repaired[1]});
    EXPECT_EQ(path.sender(Side::server).repairs(), 1u);
    EXPECT_EQ(path.client.received, 30u * 1448u);
}

// tcp_sacktag_one, tcp_check_sack_reordering: a path that reorders widens the window.
TEST(LinuxTcpRack, DoesNotRepairWhatIsOnlyReordered) {
    Case path(milliseconds(31), 5 * 1448);
    path.delays = [](const Passed& packet) {
        const bool early =
            packet.from == Side::server && packet.sequence == 1 && packet.payload > 0;
        return early ? Duration(milliseconds(4)) : Duration::zero();
    };
    path.run();
    EXPECT_EQ(path.client.received, 5u * 1448u);
    // The first time it is taken for lost, and the window comes back with the news.
    EXPECT_LE(path.sender(Side::server).repairs(), 1u);
    EXPECT_GE(path.sender(Side::server).window().size(), 10u);
}

// --- Retransmission timeout: RFC 6298, tcp_enter_loss, tcp_retrans_try_collapse ---

// Finished and request, 80 and 222 bytes, leave as two segments and are repaired as one.
TEST(LinuxTcpTimeout, MergesSmallSegmentsIntoOneRepair) {
    Case path(milliseconds(31));
    path.loses = [count = 0](const Passed& packet) mutable {
        // Both segments and the probe, which is the second again.
        return packet.from == Side::client && packet.sequence > hello && packet.payload > 0 &&
               count++ < 3;
    };
    path.run();
    const auto repair = std::find_if(path.log.begin(), path.log.end(), [](const Passed& packet) {
        return packet.from == Side::client && packet.payload == 302;
    });
    ASSERT_NE(repair, path.log.end());
    EXPECT_EQ(repair->sequence, 1 + hello);
    EXPECT_EQ(path.server.received, hello + 302u);
}

// RFC 7323 section 4.1: the echoed timestamp says which sending was answered, so that even the ACK
// of a repair ends the doubling (tcp_ack_update_rtt). Karn's rule alone would leave it.
TEST(LinuxTcpTimeout, IsNoLongerDoubledOnceARepairHasBeenAcknowledged) {
    Case path(milliseconds(31));
    path.client.when_readable = [&path] {
        if (path.client.received == full_flight) path.client.send(80);
    };
    path.loses = [hellos = 0, finished = 0](const Passed& packet) mutable {
        if (packet.from != Side::client || packet.payload == 0) return false;
        return packet.sequence == 1 ? hellos++ < 3 : finished++ < 1;
    };
    path.run();
    EXPECT_WITHIN(path.gap(Side::client, 1, 2), 464.0, 496.0);  // Doubled.
    EXPECT_WITHIN(path.gap(Side::client, 1 + hello), 232.0, 236.0 + after_tick);
}

// A delay that is no loss: the DSACKs of all repairs undo what the window lost (RFC 3708).
TEST(LinuxTcpRecovery, ThatWasNeedlessGivesTheWindowBack) {
    Case path(milliseconds(31), 8 * 1448);
    path.delays = [](const Passed& packet) {
        const bool flight = packet.from == Side::server && packet.payload > 0 &&
                            packet.at < Instant(seconds(100)) + milliseconds(100);
        return flight ? Duration(milliseconds(700)) : Duration::zero();
    };
    path.run();
    EXPECT_EQ(path.client.received, 8u * 1448u);
    EXPECT_GE(path.sender(Side::server).repairs(), 2u);
    EXPECT_GE(path.sender(Side::server).window().size(), 10u);
}

// tcp_retries2: what 15 doublings from 200 ms add up to, 924.6 s.
TEST(LinuxTcpTimeout, GivesUpAfterAQuarterOfAnHour) {
    Case path(milliseconds(31));
    path.lose(Side::client, is_data,
              {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
    path.connect_at(Instant(seconds(100)));
    path.run_for(seconds(1500));
    ASSERT_TRUE(path.client.ended);
    EXPECT_EQ(path.client.end, StreamEnd::timeout);
    EXPECT_WITHIN(ms(path.client.ended_at - path.started_at), 924'600.0, 1'070'000.0);
}

// --- The FIN is a segment like any other: tcp_send_fin ---

TEST(LinuxTcpFin, LostIsRepairedLikeALoneSegment) {
    Case path(milliseconds(31), short_flight);
    path.client.when_readable = [&path] { path.client.stream->finish(); };
    path.server.when_ended = [&path] { path.server.stream->finish(); };
    path.lose(Side::client, [](const Passed& packet) { return packet.fin(); });
    path.run();
    EXPECT_WITHIN(path.gap(Side::client, 1 + hello), 232.0, 236.0 + after_tick);
    EXPECT_TRUE(path.server.ended);
    EXPECT_EQ(path.server.end, StreamEnd::fin);
    EXPECT_TRUE(path.client.ended);
}

TEST(LinuxTcpFin, TravelsWithTheLastDataThatTheWindowHeldBack) {
    Case path(milliseconds(31), 12 * 1448);
    path.server.when_readable = [&path] {
        path.server.send(12 * 1448);
        path.server.stream->finish();
    };
    path.client.when_readable = [] {};
    path.run();
    const auto fin = std::find_if(path.log.begin(), path.log.end(), [](const Passed& packet) {
        return packet.from == Side::server && packet.fin();
    });
    ASSERT_NE(fin, path.log.end());
    EXPECT_EQ(fin->payload, 1448u);
    EXPECT_TRUE(path.client.ended);
}

// --- ACKs: RFC 9293 section 3.8.6.3, __tcp_ack_snd_check, tcp_send_delayed_ack ---

TEST(LinuxTcpAck, OfTheFirstSegmentsLeavesAtOnce) {
    Case path(milliseconds(31));
    path.run();
    std::vector<double> delays;
    for (const Passed& packet : path.log) {
        if (packet.from == Side::client && packet.payload == 0 && packet.acknowledged > 1) {
            delays.push_back(ms(packet.at - path.started_at));
        }
    }
    // Both segments of the flight, half a round trip after they left at 46.5 ms.
    ASSERT_GE(delays.size(), 2u);
    EXPECT_NEAR(delays[0], 62.0, 0.01);
    EXPECT_NEAR(delays[1], 62.0, 0.01);
}

// Measured in the logs: 40 ms and up to a tick (TCP_DELACK_MIN) once the connection is interactive.
TEST(LinuxTcpAck, OfAnInteractiveConnectionWaits40ms) {
    Case path(milliseconds(31), short_flight);
    path.server.when_readable = [&path] {
        if (path.server.received == hello) path.server.send(short_flight);
        if (path.server.received == hello + 302) path.server.send(263);
    };
    path.run();
    const auto ticket = path.sendings(Side::server, 1 + short_flight);
    ASSERT_EQ(ticket.size(), 1u);
    const auto ack = std::find_if(path.log.begin(), path.log.end(), [](const Passed& packet) {
        return packet.from == Side::client && packet.acknowledged == 1 + short_flight + 263;
    });
    ASSERT_NE(ack, path.log.end());
    EXPECT_WITHIN(ms(ack->at - ticket[0]), 15.5 + 40.0, 15.5 + 44.0 + after_tick);
}

// The kernel's segments shrink by what a SACK option takes; no packet may exceed the MTU.
TEST(LinuxTcpSegment, MakesRoomForASackOption) {
    Case path(milliseconds(31));
    path.server.when_readable = [&path] {
        if (path.server.received == hello) path.server.send(full_flight);
        // Answers while a gap is open on its receiving side.
        if (path.server.received == hello) {
            path.after(milliseconds(40), [&path] { path.server.send(3 * 1448); });
        }
    };
    path.lose(Side::client, data(1 + hello));
    path.run();
    bool seen = false;
    for (const Passed& packet : path.log) {
        if (packet.sacks.empty() || packet.payload == 0) continue;
        seen = true;
        EXPECT_LE(packet.payload + 4 + 8 * packet.sacks.size(), 1448u);
    }
    EXPECT_TRUE(seen);
    EXPECT_EQ(path.client.received, full_flight + 3u * 1448u);
}

}  // namespace
}  // namespace reshake::net::test
