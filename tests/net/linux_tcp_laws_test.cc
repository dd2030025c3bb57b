// The laws that ns-3 3.37's own tests of TCP check, on our socket.
//
// ns-3 (src/internet/test)      here
// tcp-test                      Stream.BytesArriveUnchangedAndInOrder, LinuxTcpIpv6.*
// tcp-advertised-window         Window.NeverPromisesMoreThanTheBufferAndNeverShrinks
// tcp-zero-window               ZeroWindow.*
// tcp-wscaling                  WindowScale.*, Options.* (no host of ours is without)
// tcp-timestamp                 Timestamps.*, Options.* (likewise)
// tcp-sack-permitted            Options.* (likewise)
// tcp-close                     Stream.AGapBeforeTheFinIsFilledFirst
// tcp-endpoint-bug2211          Stream.MayBeDestroyedInAnyCall, ...OfTheSameInstant
// tcp-syn-connection-failed     LinuxTcpSyn.IsGivenUpAfterTenRepetitions
// tcp-rto                       LinuxTcpTimeout.*, LinuxTcpProbe.IsFollowedByAnUndoubled...,
//                               LinuxTcpWindow.IsOneAfterATimeout...
// tcp-rtt-estimation            LinuxTcpRtt.*, LinuxTcpTimeout.IsNoLongerDoubled...
// tcp-fast-retr                 LinuxTcpRack.* (RACK-TLP in the place of three duplicate ACKs)
// tcp-slow-start                SlowStart.*, LinuxTcpSender.AcksForPartsOfSegments...
// tcp-cong-avoid                LinuxTcpCubic.*, LinuxTcpBulk.* (CUBIC in the place of Reno)
// tcp-bytes-in-flight           LinuxTcpScoreboard.CountsWhatIsInFlightThroughLossRepairAndSack
// tcp-prr-recovery              LinuxTcpWindow.FallsProportionallyDuringRecovery
// tcp-loss                      recovery after 2 GiB: not tested, no connection here is so long
// tcp-rx-buffer, tcp-tx-buffer  the buffers are ns-3's as they are; what has arrived or is lost we
//                               note ourselves: LinuxTcpSack.*, LinuxTcpScoreboard.*
// tcp-header, tcp-option        ns-3's, as they are
// tcp-datasentcb                a callback that we do not use; Stream.AWriterIsHeldBack...
// tcp-pkts-acked, tcp-rate-ops  calls to ns-3's congestion controls, which lie idle
// tcp-classic-recovery, -pacing, -ecn, -dctcp and the other congestion controls: not modelled
// tcp-general-test and tcp-error-model are no tests but what those are made from.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/net/linux_tcp_talk.h"

namespace reshake::net::test {
namespace {

/// Right edges of the windows that the client has announced, in the order of its packets.
std::vector<std::uint64_t> edges(const Talk& talk) {
    std::vector<std::uint64_t> result;
    for (const Passed& packet : talk.of(Side::client, [](const Passed&) { return true; })) {
        if (packet.acknowledged == 0) continue;
        const std::uint32_t scale = packet.syn() ? 0 : talk.scale(Side::client);
        result.push_back(packet.acknowledged + (std::uint64_t{packet.window} << scale));
    }
    return result;
}

// --- The peer's window: RFC 9293 section 3.8.6, tcp_send_probe0 ---

/// A buffer of 64 KiB, a reader who sleeps for ten seconds, and 200 kB for it.
struct Overfull : Talk {
    explicit Overfull(int loses_every = 0) : Talk(200'000, socket_with_buffer(1u << 16)) {
        loses = [loses_every, count = 0](const Passed& packet) mutable {
            return loses_every > 0 && packet.payload > 0 && ++count % loses_every == 0;
        };
        begin();
        put_to_sleep();
        run_for(seconds(110));
        asleep = log.size();
        woken = when_now();
        wake();
    }
    std::size_t asleep = 0;
    Instant woken{};
};

TEST(Window, NeverPromisesMoreThanTheBufferAndNeverShrinks) {
    for (const int loses_every : {0, 7}) {
        Overfull talk(loses_every);
        talk.run_for(seconds(60));
        EXPECT_EQ(talk.client.received, 200'000u);
        const auto promised = edges(talk);
        EXPECT_TRUE(std::ranges::is_sorted(promised));
        const auto acks = talk.of(Side::client, [](const Passed& packet) { return !packet.syn(); });
        std::uint64_t read = 0;
        for (const Passed& packet : acks) {
            EXPECT_LE(std::uint64_t{packet.window} << talk.scale(Side::client), 1u << 16);
            read = std::max<std::uint64_t>(read, packet.acknowledged);
        }
        EXPECT_EQ(read, 200'001u);
        // And nobody sends beyond it.
        std::uint64_t edge = 0;
        for (const Passed& packet : talk.log) {
            if (packet.from == Side::client && packet.acknowledged > 0) {
                const std::uint32_t scale = packet.syn() ? 0 : talk.scale(Side::client);
                edge = std::max<std::uint64_t>(
                    edge, packet.acknowledged + (std::uint64_t{packet.window} << scale));
            } else if (packet.payload > 0) {
                EXPECT_LE(packet.sequence + packet.payload, edge);
            }
        }
    }
}

TEST(ZeroWindow, IsProbedWithEmptySegmentsAtDoublingIntervals) {
    Overfull talk;
    const auto full =
        talk.of(Side::client, [](const Passed& packet) { return packet.window == 0; });
    ASSERT_FALSE(full.empty());
    const std::uint32_t known = full.front().acknowledged;
    std::vector<Instant> probes;
    for (std::size_t i = 0; i < talk.asleep; ++i) {
        const Passed& packet = talk.log[i];
        if (packet.from == Side::server && packet.sequence == known - 1) {
            EXPECT_EQ(packet.payload, 0u);
            probes.push_back(packet.at);
        }
    }
    ASSERT_GE(probes.size(), 5u);
    // The first a timeout, 240 ms, after the ACK that closed the window arrived.
    EXPECT_GT(ms(probes[0] - full.front().at - rtt / 2), 240.0 - 4.0);
    EXPECT_LT(ms(probes[0] - full.front().at - rtt / 2), 240.0 + 20.0);
    for (std::size_t i = 2; i < probes.size(); ++i) {
        const double before = ms(probes[i - 1] - probes[i - 2]);
        EXPECT_NEAR(ms(probes[i] - probes[i - 1]) / before, 2.0, 0.3) << i;
    }
}

TEST(ZeroWindow, EndsWithTheUpdateThatReadingSends) {
    Overfull talk;
    talk.run_for(seconds(60));
    ASSERT_LT(talk.asleep, talk.log.size());
    const Passed& update = talk.log[talk.asleep];
    EXPECT_EQ(update.from, Side::client);
    EXPECT_EQ(update.at, talk.woken);
    EXPECT_GT(update.window, 0u);
    const auto resumed = std::find_if(talk.log.begin() + static_cast<std::ptrdiff_t>(talk.asleep),
                                      talk.log.end(), has_data);
    ASSERT_NE(resumed, talk.log.end());
    EXPECT_EQ(resumed->at, talk.woken + rtt / 2);
    EXPECT_EQ(talk.client.received, 200'000u);
}

TEST(ZeroWindow, OutlastsALostUpdateByItsProbes) {
    Talk again(200'000, socket_with_buffer(1u << 16));
    again.begin();
    again.put_to_sleep();
    again.run_for(seconds(110));
    again.loses = [lost = false](const Passed& packet) mutable {
        return packet.from == Side::client && !std::exchange(lost, true);
    };
    again.wake();
    again.run_for(seconds(30));
    EXPECT_EQ(again.client.received, 200'000u);
    EXPECT_GT(again.client.last_byte_at, start + seconds(10));
}

// --- Window scaling: RFC 7323 section 2.3, tcp_select_initial_window ---

TEST(WindowScale, IsTheSmallestThatTheBufferNeeds) {
    for (const std::uint32_t buffer : {30'000u, 65'535u, 65'536u, 1u << 20, 4u << 20, 16u << 20}) {
        Talk talk(1000, socket_with_buffer(buffer));
        talk.begin();
        talk.run_for(seconds(110));
        for (const Side side : {Side::client, Side::server}) {
            const std::uint32_t scale = talk.scale(side);
            EXPECT_LE(buffer >> scale, 65'535u) << buffer;
            EXPECT_TRUE(scale == 0 || buffer >> (scale - 1) > 65'535u) << buffer;
        }
        // The SYN's own window is not scaled, and says what fits into 16 bits.
        for (const Passed& packet : talk.log) {
            if (packet.syn()) {
                EXPECT_EQ(packet.window, std::min(buffer, 65'535u)) << buffer;
            }
        }
        EXPECT_EQ(talk.client.received, 1000u);
    }
}

TEST(WindowScale, LetsMoreThan64KiBBeUnderWay) {
    Talk talk(4'000'000, socket_with_buffer(4u << 20));
    talk.begin();
    talk.run_for(seconds(130));
    std::uint64_t acknowledged = 0;
    std::uint64_t most = 0;
    for (const Passed& packet : talk.log) {
        if (packet.from == Side::client) {
            acknowledged = std::max<std::uint64_t>(acknowledged, packet.acknowledged);
        } else {
            most = std::max(most, packet.sequence + packet.payload - acknowledged);
        }
    }
    EXPECT_GT(most, 10u * 65'536u);
    EXPECT_LE(most, 4u << 20);
    EXPECT_EQ(talk.client.received, 4'000'000u);
}

TEST(Options, AreOfferedInTheSynOnly) {
    Talk talk(10'000);
    talk.begin();
    talk.run_for(seconds(110));
    for (const Passed& packet : talk.log) {
        EXPECT_EQ(packet.largest.has_value(), packet.syn());
        EXPECT_EQ(packet.scale.has_value(), packet.syn());
        EXPECT_EQ(packet.sack_permitted, packet.syn());
        EXPECT_NE(packet.stamp, 0u);  // Timestamps, once agreed on, are in every segment.
    }
}

// --- Slow start: RFC 5681 section 3.1 with RFC 3465, tcp_slow_start ---

TEST(SlowStart, DoublesTheWindowEveryRoundTrip) {
    Talk talk(150 * mss);
    talk.begin();
    talk.run_for(seconds(110));
    std::vector<std::uint32_t> rounds(4);
    const Instant first = talk.of(Side::server, has_data).front().at;
    for (const Passed& packet : talk.of(Side::server, has_data)) {
        const auto round = static_cast<std::size_t>((packet.at - first) / rtt);
        if (round < rounds.size()) ++rounds[round];
    }
    EXPECT_EQ(rounds, (std::vector<std::uint32_t>{10, 20, 40, 80}));
}

// --- Closing: RFC 9293 section 3.6 ---

TEST(Closing, OfBothAtOnceTakesAFinAndAnAckEach) {
    Talk talk(0);
    talk.begin();
    talk.simulation.at(start + seconds(1), [&talk] {
        talk.client.stream->finish();
        talk.server.stream->finish();
    });
    talk.run_for(seconds(200));
    for (const Side side : {Side::client, Side::server}) {
        EXPECT_EQ(talk.of(side, is_fin).size(), 1u);
        EXPECT_TRUE(talk.of(side, is_reset).empty());
        EXPECT_EQ(talk.log.back().at, start + seconds(1) + rtt / 2);
    }
    EXPECT_EQ(talk.client.end, StreamEnd::fin);
    EXPECT_EQ(talk.server.end, StreamEnd::fin);
    EXPECT_EQ(talk.client.ended_at, start + seconds(1) + rtt / 2);
}

TEST(Closing, OfOneSideLetsTheOtherSendOn) {
    Talk talk(0);
    talk.begin();
    talk.simulation.at(start + seconds(1), [&talk] { talk.client.stream->finish(); });
    talk.simulation.at(start + seconds(5), [&talk] {
        talk.server.send(300'000);
        talk.server.stream->finish();
    });
    talk.loses = [count = 0](const Passed& packet) mutable {
        return packet.from == Side::server && packet.payload > 0 && ++count % 20 == 0;
    };
    talk.run_for(seconds(200));
    EXPECT_EQ(talk.client.received, 300'000u);
    EXPECT_EQ(talk.client.end, StreamEnd::fin);
    EXPECT_EQ(talk.of(Side::client, is_fin).size(), 1u);
    EXPECT_TRUE(talk.of(Side::client, is_reset).empty());
    EXPECT_TRUE(
        talk.of(Side::client,
                [](const Passed& packet) { return packet.payload > 0 && packet.sequence > hello; })
            .empty());
}

TEST(Closing, RepeatsALostFinWithItsNumberAndCountsItAsOne) {
    Talk talk(0);
    talk.begin();
    talk.simulation.at(start + seconds(1), [&talk] { talk.client.stream->finish(); });
    talk.server.when_ended = [&talk] { talk.server.stream->finish(); };
    talk.loses = [count = 0](const Passed& packet) mutable {
        return packet.from == Side::client && packet.fin() && ++count <= 4;
    };
    talk.run_for(seconds(200));
    const auto fins = talk.of(Side::client, is_fin);
    ASSERT_EQ(fins.size(), 5u);
    for (const Passed& fin : fins) EXPECT_EQ(fin.sequence, 1 + hello);
    // A probe, the timeout, and then twice as long each time.
    EXPECT_NEAR(ms(fins[3].at - fins[2].at) / ms(fins[2].at - fins[1].at), 2.0, 0.2);
    EXPECT_NEAR(ms(fins[4].at - fins[3].at) / ms(fins[3].at - fins[2].at), 2.0, 0.2);
    EXPECT_EQ(talk.of(Side::server, is_fin).front().acknowledged, 2 + hello);
    EXPECT_EQ(talk.client.end, StreamEnd::fin);
    EXPECT_EQ(talk.server.end, StreamEnd::fin);
}

// TIME_WAIT: the last ACK is given again, and nobody is told twice.
TEST(Closing, AnswersAFinThatIsRepeatedBecauseTheLastAckWasLost) {
    Talk talk(0);
    talk.begin();
    talk.simulation.at(start + seconds(1), [&talk] { talk.client.stream->finish(); });
    int ends = 0;
    talk.server.when_ended = [&talk] { talk.server.stream->finish(); };
    talk.client.when_ended = [&ends] { ++ends; };
    talk.loses = [lost = 0](const Passed& packet) mutable {
        return packet.from == Side::client && packet.acknowledged == 2 && ++lost <= 2;
    };
    talk.run_for(seconds(200));
    const auto fins = talk.of(Side::server, is_fin);
    ASSERT_EQ(fins.size(), 3u);
    EXPECT_EQ(talk.log.back().from, Side::client);
    EXPECT_EQ(talk.log.back().at, fins.back().at + rtt / 2);
    EXPECT_EQ(ends, 1);
    EXPECT_TRUE(talk.of(Side::client, is_reset).empty());
}

// --- Timestamps and PAWS: RFC 7323 sections 4 and 5 ---

// Section 4.3: the stamp of the segment that an ACK could have been for, never a later one.
TEST(Timestamps, EchoTheEarliestSegmentThatIsNotAcknowledged) {
    Talk talk(100'000);
    talk.loses = [count = 0](const Passed& packet) mutable {
        return packet.from == Side::server && packet.payload > 0 && ++count % 9 == 0;
    };
    talk.begin();
    talk.run_for(seconds(130));
    EXPECT_EQ(talk.client.received, 100'000u);
    for (const Side side : {Side::client, Side::server}) {
        std::uint32_t echoed = 0;
        for (const Passed& packet : talk.of(side, [](const Passed&) { return true; })) {
            if (packet.acknowledged == 0) continue;
            EXPECT_GE(packet.echo, echoed);
            echoed = packet.echo;
            EXPECT_TRUE(std::ranges::any_of(talk.log, [&](const Passed& other) {
                return other.from != side && !other.lost && other.stamp == packet.echo &&
                       other.at + rtt / 2 <= packet.at;
            }));
            // A gap open: what is echoed is the last segment before it, not one behind it.
            if (packet.sacks.empty()) continue;
            EXPECT_TRUE(std::ranges::any_of(talk.log, [&](const Passed& other) {
                return other.from != side && other.stamp == packet.echo &&
                       other.sequence <= packet.acknowledged;
            }));
        }
    }
}

/// An old segment of the server's with other numbers: as if those had wrapped around since.
ns3::Ptr<ns3::Packet> renumbered(const ns3::Packet& packet, std::uint32_t sequence,
                                 std::optional<std::uint32_t> stamp) {
    const ns3::Ptr<ns3::Packet> copy = packet.Copy();
    ns3::Ipv4Header ip;
    copy->RemoveHeader(ip);
    ns3::TcpHeader tcp;
    copy->RemoveHeader(tcp);
    tcp.SetSequenceNumber(ns3::SequenceNumber32(sequence));
    if (stamp) {
        const auto option =
            ns3::StaticCast<const ns3::TcpOptionTS>(tcp.GetOption(ns3::TcpOption::TS));
        ns3::PeekPointer(ns3::ConstCast<ns3::TcpOptionTS>(option))->SetTimestamp(*stamp);
    }
    copy->AddHeader(tcp);
    copy->AddHeader(ip);
    return copy;
}

TEST(Paws, TakesNothingFromAnEarlierRoundOfTheNumbers) {
    for (const bool old : {true, false}) {
        Talk talk(2000);
        ns3::Ptr<ns3::Packet> kept;
        talk.sees = [&](const Passed& passed, const ns3::Packet& packet) {
            if (passed.from == Side::server && passed.payload == 2000 - mss) kept = packet.Copy();
        };
        talk.begin();
        talk.simulation.at(start + seconds(1), [&talk] {
            talk.left = 500;
            talk.feed();
        });
        talk.run_for(seconds(103));
        ASSERT_EQ(talk.client.received, 2500u);
        ASSERT_TRUE(kept);
        const std::size_t before = talk.log.size();
        const auto now = std::chrono::floor<milliseconds>(talk.when_now().time_since_epoch());
        talk.simulation.at(talk.when_now() + milliseconds(1), [&] {
            const auto stamp = static_cast<std::uint32_t>(now.count());
            talk.deliver(Side::client,
                         renumbered(*kept, 2501, old ? std::nullopt : std::optional(stamp)));
        });
        talk.run_for(seconds(1));
        EXPECT_EQ(talk.client.received, old ? 2500u : 2500u + 2000u - mss);
        // Either way it is acknowledged: an honest peer must not wait.
        ASSERT_GT(talk.log.size(), before);
        EXPECT_EQ(talk.log[before].from, Side::client);
        EXPECT_EQ(talk.log[before].acknowledged, 1 + talk.client.received);
    }
}

TEST(Paws, LetsOvertakenAcksPass) {
    Talk talk(300'000);
    talk.delays = [count = 0](const Passed& packet) mutable {
        return packet.from == Side::client && ++count % 3 == 0 ? Duration(milliseconds(7))
                                                               : Duration::zero();
    };
    talk.begin();
    talk.run_for(seconds(130));
    EXPECT_EQ(talk.client.received, 300'000u);
    EXPECT_EQ(talk.sender(Side::server).repairs(), 0u);
    // Nor are they answered: the server acknowledges the hello, and nothing else.
    const auto answers = talk.of(
        Side::server, [](const Passed& packet) { return packet.payload == 0 && !packet.syn(); });
    EXPECT_LE(answers.size(), 1u);
}

// Section 5.5: after 25 days a stamp looks as old as it is new.
TEST(Paws, ForgetsAStampOlderThan24Days) {
    for (const int days : {20, 26, 49, 60}) {
        Talk talk(100);
        talk.begin();
        talk.simulation.at(start + hours(24) * days, [&talk] {
            talk.left = 5000;
            talk.feed();
        });
        talk.run_for(hours(24) * days + seconds(300));
        EXPECT_EQ(talk.client.received, 5100u) << days;
        EXPECT_LE(talk.client.last_byte_at, start + hours(24) * days + rtt) << days;
        EXPECT_EQ(talk.sender(Side::server).repairs(), 0u) << days;
    }
}

}  // namespace
}  // namespace reshake::net::test
