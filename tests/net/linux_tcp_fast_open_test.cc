// TCP Fast Open: data in a SYN, and what follows when something of it is lost or refused.
//
// Laws of RFC 7413 section 4 and of Linux (tcp_send_syn_data, tcp_rcv_fastopen_synack,
// tcp_try_fastopen, tcp_fastopen_synack_timer).
#include <algorithm>

#include <gtest/gtest.h>

#include "sim/base/random.h"
#include "tests/net/linux_tcp_path.h"

namespace reshake::net::test {
namespace {

constexpr FastOpenKey key{1, 2};
constexpr std::uint64_t subscriber = 17;
constexpr std::uint32_t hello = 250;
constexpr std::uint32_t flight = 1926;
constexpr Duration rtt = milliseconds(31);
/// What a SYN can carry: an MTU of 1500 less 40 for the headers and 40 for options.
constexpr std::uint32_t most_in_syn = 1420;

double ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

/// A client that sends `size` bytes as soon as it can, and a server that answers with a flight.
struct Visit : Path {
    explicit Visit(std::optional<FastOpenCookie> cookie, std::uint32_t size = hello,
                   Duration round_trip = rtt)
        : Path(round_trip / 2), hello_size(size), holds_cookie(cookie.has_value()) {
        options = {.fast_open = true, .cookie = cookie};
        listen_with({.fast_open = key});
        Path::subscriber = test::subscriber;
        client.when_connected = [this] {
            if (!holds_cookie) client.send(hello_size);
        };
        server.when_readable = [this] {
            if (server.received == hello_size) server.send(flight);
        };
    }
    void run(Instant when = Instant(seconds(100)) + microseconds(1'700)) {
        connect_at(when);
        simulation.at(when, [this] {
            if (holds_cookie) client.send(hello_size);
        });
        run_for(seconds(150));
    }
    void lose(Side from, std::uint8_t flag, std::vector<int> nth) {
        loses = [from, flag, nth = std::move(nth), count = 0](const Passed& packet) mutable {
            if (packet.from != from || !packet.has(flag)) return false;
            return std::find(nth.begin(), nth.end(), count++) != nth.end();
        };
    }
    [[nodiscard]] FastOpenReport report() const { return client.stream->fast_open(); }
    [[nodiscard]] double answered() const { return ms(client.last_byte_at - started_at); }
    [[nodiscard]] double at(Instant when) const { return ms(when - started_at); }

    std::uint32_t hello_size;
    bool holds_cookie;
};

FastOpenCookie valid_cookie() { return cookie_for(key, subscriber); }

void expect_whole(const Visit& visit) {
    EXPECT_EQ(visit.server.received, visit.hello_size);
    EXPECT_EQ(visit.client.received, flight);
}

// Reference vector of SipHash-2-4 for a key of 00 01 … 0f and a message of 00 01 … 07.
TEST(FastOpenCookie, IsTheSipHashOfTheClient) {
    constexpr FastOpenKey reference{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    EXPECT_EQ(static_cast<std::uint64_t>(cookie_for(reference, 0x0706050403020100u)),
              0x93f5f5799a932462u);
}

TEST(FastOpenCookie, IsAnotherForAnotherClientOrKey) {
    EXPECT_NE(valid_cookie(), cookie_for(key, subscriber + 1));
    EXPECT_NE(valid_cookie(), cookie_for({1, 3}, subscriber));
    EXPECT_NE(valid_cookie(), cookie_for({2, 2}, subscriber));
}

TEST(FastOpen, AFirstVisitAsksForACookieAndGetsOneAtNoCost) {
    Visit visit(std::nullopt);
    visit.run();
    expect_whole(visit);
    EXPECT_EQ(visit.report().outcome, FastOpen::cookie_requested);
    EXPECT_EQ(visit.report().granted, valid_cookie());
    EXPECT_NEAR(visit.answered(), 62.0, 0.01);
}

TEST(FastOpen, SavesExactlyOneRoundTripFromTheSecondVisitOn) {
    std::optional<FastOpenCookie> granted;
    double without = 0.0;
    {
        Visit first(std::nullopt);
        first.run();
        granted = first.report().granted;
        without = first.answered();
    }
    Visit second(granted);
    second.run();
    expect_whole(second);
    EXPECT_EQ(second.report().outcome, FastOpen::accepted);
    EXPECT_EQ(second.report().granted, std::nullopt);
    EXPECT_NEAR(without - second.answered(), 31.0, 0.01);
    EXPECT_EQ(second.log.front().payload, hello);
    EXPECT_NEAR(second.at(second.client.connected_at), 31.0, 0.01);
    EXPECT_EQ(second.sendings(Side::client, 1).size(), 0u);
    EXPECT_EQ(second.sender(Side::client).repairs(), 0u);
}

TEST(FastOpen, WithoutItTheSynWaitsForNothing) {
    Visit visit(std::nullopt);
    visit.options.fast_open = false;
    visit.run();
    expect_whole(visit);
    EXPECT_EQ(visit.report().outcome, FastOpen::not_asked);
    EXPECT_EQ(visit.report().granted, std::nullopt);
}

TEST(FastOpen, AServerWithoutItGrantsNothing) {
    Path path(rtt / 2);
    path.options.fast_open = true;
    path.connect_at(Instant(seconds(100)));
    path.run_for(seconds(1));
    path.run_for(seconds(100));
    EXPECT_EQ(path.client.stream->fast_open().outcome, FastOpen::cookie_requested);
    EXPECT_EQ(path.client.stream->fast_open().granted, std::nullopt);
}

// The SYN-ACK covers the SYN alone and brings a fresh cookie; the data leave in its answer.
TEST(FastOpen, ARefusedCookieCostsTheRoundTripAndNoByte) {
    Visit visit(static_cast<FastOpenCookie>(99));
    visit.run();
    expect_whole(visit);
    EXPECT_EQ(visit.report().outcome, FastOpen::refused);
    EXPECT_EQ(visit.report().granted, valid_cookie());
    EXPECT_NEAR(visit.answered(), 62.0, 0.01);
    const auto again = visit.sendings(Side::client, 1);
    ASSERT_EQ(again.size(), 1u);
    EXPECT_NEAR(visit.at(again[0]), 31.0, 0.01);
    EXPECT_GE(visit.sender(Side::client).window().size(), 10u);
}

// MAX_TCP_OPTION_SPACE stays free: of a ClientHello of 1,471 bytes 51 follow.
TEST(FastOpen, WhatASynCannotHoldFollowsTheSynAck) {
    Visit visit(valid_cookie(), 1471);
    visit.run();
    expect_whole(visit);
    EXPECT_EQ(visit.log.front().payload, most_in_syn);
    const auto rest = visit.sendings(Side::client, 1 + most_in_syn);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_NEAR(visit.at(rest[0]), 31.0, 0.01);
    EXPECT_NEAR(visit.answered(), 62.0, 0.01);
}

TEST(FastOpen, ARefusedSynOfSeveralSegmentsArrivesWholeAndInOrder) {
    Visit visit(static_cast<FastOpenCookie>(99), 5'000);
    visit.run();
    expect_whole(visit);
    EXPECT_NEAR(visit.answered(), 62.0, 0.01);
}

// tcp_retransmit_timer repeats the bare SYN after TCP_TIMEOUT_INIT; the SYN-ACK then takes no data.
TEST(FastOpen, ALostSynIsRepeatedWithoutDataAfterASecondAndTheDataFollowTheSynAck) {
    Visit visit(valid_cookie());
    visit.lose(Side::client, ns3::TcpHeader::SYN, {0});
    visit.run();
    expect_whole(visit);
    EXPECT_EQ(visit.report().outcome, FastOpen::lost);
    const auto syns = visit.sendings(Side::client, 0);
    ASSERT_EQ(syns.size(), 2u);
    const double gap = ms(syns[1] - syns[0]);
    EXPECT_GT(gap, 1000.0);
    EXPECT_LE(gap, 1032.2);
    const auto bare = std::find_if(
        visit.log.begin() + 1, visit.log.end(),
        [](const Passed& packet) { return packet.from == Side::client && packet.syn(); });
    EXPECT_EQ(bare->payload, 0u);
    const auto data = visit.sendings(Side::client, 1);
    ASSERT_EQ(data.size(), 1u);
    EXPECT_NEAR(ms(data[0] - syns[1]), 31.0, 0.01);
    EXPECT_NEAR(visit.answered(), gap + 62.0, 0.01);
}

// fo->cookie.len = -1: repetitions do without the option.
TEST(FastOpen, ARepeatedSynAsksForNothing) {
    for (const bool holds_cookie : {false, true}) {
        Visit visit(holds_cookie ? std::optional(static_cast<FastOpenCookie>(99)) : std::nullopt);
        visit.lose(Side::client, ns3::TcpHeader::SYN, {0});
        visit.run();
        expect_whole(visit);
        EXPECT_EQ(visit.report().granted, std::nullopt);
    }
}

// The kernel counts them as lost but not as congestion (tcp_non_congestion_loss_retransmit).
TEST(FastOpen, DataRepeatedAfterARefusalAndLostAgainWaitForTheTimeout) {
    // A probe would come after two round trips and a little.
    Visit visit(static_cast<FastOpenCookie>(99), 3'000, milliseconds(300));
    visit.loses = [](const Passed& packet) {
        return packet.from == Side::client && packet.payload > 0 && !packet.syn() &&
               packet.at < Instant(seconds(100)) + milliseconds(500);
    };
    visit.run();
    expect_whole(visit);
    const auto data = visit.sendings(Side::client, 1);
    ASSERT_EQ(data.size(), 2u);
    // srtt + 2 srtt, to the end of a bucket of 32 ms.
    EXPECT_GT(ms(data[1] - data[0]), 900.0);
    EXPECT_LE(ms(data[1] - data[0]), 936.2);
    const auto last = visit.sendings(Side::client, 1 + most_in_syn + 1448);
    ASSERT_GE(last.size(), 2u);
    EXPECT_GT(last[1], data[1]);
}

// The server has the data; what it answers beyond the SYN-ACK finds a client without connection.
TEST(FastOpen, ALostSynAckIsRepeatedAndStillCoversTheData) {
    Visit visit(valid_cookie());
    visit.lose(Side::server, ns3::TcpHeader::SYN, {0});
    visit.run();
    expect_whole(visit);
    EXPECT_EQ(visit.report().outcome, FastOpen::accepted);
    EXPECT_EQ(visit.sendings(Side::client, 1).size(), 0u);
    const auto repeated =
        std::find_if(visit.log.begin(), visit.log.end(), [seen = 0](const Passed& packet) mutable {
            return packet.from == Side::server && packet.syn() && seen++ == 1;
        });
    ASSERT_NE(repeated, visit.log.end());
    EXPECT_EQ(repeated->acknowledged, 1 + hello);
    // Nothing but the SYN-ACK is repeated before the client has answered (tcp_retransmit_timer).
    const auto answer = visit.sendings(Side::server, 1);
    ASSERT_GE(answer.size(), 2u);
    EXPECT_GT(answer[1], repeated->at);
}

// tcp_rcv_synrecv_state_fastopen sets the timeout, no probe: counted from the ACK of the SYN-ACK.
TEST(FastOpen, AServerFlightLostInTheHandshakeIsRepairedATimeoutAfterIt) {
    Visit visit(valid_cookie());
    visit.loses = [](const Passed& packet) {
        return packet.from == Side::server && packet.payload > 0 &&
               packet.at < Instant(seconds(100)) + milliseconds(25);
    };
    visit.run();
    expect_whole(visit);
    const auto first = visit.sendings(Side::server, 1);
    ASSERT_GE(first.size(), 2u);
    // The ACK of the SYN-ACK arrives at 46.5 ms; the round trip is 31, so 232 ms by the wheel.
    EXPECT_GT(visit.at(first[1]), 46.5 + 228.0);
    EXPECT_LE(visit.at(first[1]), 46.5 + 236.2);
}

// tcp_fastopen_synack_timer: from the second timeout on, what was sent counts as lost and the
// window is one segment.
TEST(FastOpen, AfterTwoSynAckTimeoutsTheFlightIsRepairedSegmentBySegment) {
    Visit visit(valid_cookie());
    visit.loses = [](const Passed& packet) {
        return packet.from == Side::server && packet.at < Instant(seconds(103)) + milliseconds(500);
    };
    visit.run();
    expect_whole(visit);
    const auto first = visit.sendings(Side::server, 1);
    const auto second = visit.sendings(Side::server, 1449);
    ASSERT_EQ(first.size(), 2u);
    ASSERT_EQ(second.size(), 2u);
    EXPECT_NEAR(ms(first[1] - visit.client.connected_at), 15.5, 0.01);
    EXPECT_NEAR(ms(second[1] - first[1]), 31.0, 0.01);
}

TEST(FastOpen, ASynAckThatIsNeverAnsweredIsGivenUpAfterOneRepetitionMore) {
    Visit visit(valid_cookie());
    visit.loses = [](const Passed& packet) { return packet.from == Side::server; };
    visit.run();
    visit.run_for(seconds(400));
    std::size_t by_timer = 0;
    for (const Passed& packet : visit.log) by_timer += packet.from == Side::server && packet.syn();
    EXPECT_TRUE(visit.server.ended);
    EXPECT_EQ(visit.server.end, StreamEnd::timeout);
    // tcp_synack_retries = 5 and one more, beside those that answer the client's repeated SYNs.
    std::size_t repeated_syns = visit.sendings(Side::client, 0).size() - 1;
    EXPECT_EQ(by_timer, 1u + 6u + repeated_syns);
    EXPECT_EQ(visit.client.end, StreamEnd::timeout);
}

TEST(FastOpen, ACookieWithoutDataNeverConnects) {
    Visit visit(valid_cookie());
    visit.connect_at(Instant(seconds(100)));
    visit.run_for(seconds(101));
    EXPECT_TRUE(visit.log.empty());
    visit.client.stream.reset();
    visit.run_for(seconds(1));
    EXPECT_TRUE(visit.log.empty());
}

// Twenty per cent of all packets lost, every cookie state: nothing is lost, doubled or reordered.
TEST(FastOpen, UnderLossEveryByteArrivesOnce) {
    Random random(3);
    int finished = 0;
    for (int i = 0; i < 300; ++i) {
        const std::optional<FastOpenCookie> cookie =
            i % 3 == 0   ? std::nullopt
            : i % 3 == 1 ? std::optional(valid_cookie())
                         : std::optional(static_cast<FastOpenCookie>(99));
        Visit visit(cookie, i % 2 == 0 ? hello : 3'000);
        visit.loses = [&random](const Passed&) { return random.chance(0.2); };
        visit.run(Instant(seconds(100)) + microseconds(1'733 * i));
        if (visit.client.ended) continue;
        ++finished;
        EXPECT_EQ(visit.server.received, visit.hello_size) << i;
        EXPECT_EQ(visit.client.received, flight) << i;
    }
    EXPECT_GT(finished, 290);
}

TEST(FastOpen, IsNothingThatNs3sTcpKnows) {
    Path path(rtt / 2, TcpFlavour::ns3);
    path.options = {.fast_open = true, .cookie = valid_cookie()};
    path.listen_with({.fast_open = key});
    path.client.when_connected = [&path] { path.client.send(hello); };
    path.connect_at(Instant(seconds(100)));
    path.run_for(seconds(101));
    EXPECT_EQ(path.server.received, hello);
    EXPECT_EQ(path.client.stream->fast_open().outcome, FastOpen::not_asked);
}

}  // namespace
}  // namespace reshake::net::test
