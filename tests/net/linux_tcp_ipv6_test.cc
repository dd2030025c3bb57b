// The Linux socket over IPv6: everything as over IPv4, but for 20 bytes of header.
#include <algorithm>

#include <gtest/gtest.h>

#include "sim/net/address.h"
#include "tests/net/linux_tcp_path.h"

namespace reshake::net::test {
namespace {

constexpr std::uint32_t hello = 250;
constexpr std::uint32_t flight = 1300;
constexpr Duration rtt = milliseconds(31);

double ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

/// An exchange whose segments all fit into a packet of either version, closed by both ends.
struct Talk : Path {
    explicit Talk(IpVersion ip) : Path(rtt / 2, TcpFlavour::linux_6, ip) {
        client.when_connected = [this] { client.send(hello); };
        server.when_readable = [this] {
            if (server.received == hello) server.send(flight);
        };
        client.when_readable = [this] {
            if (client.received == flight) client.stream->finish();
        };
        server.when_ended = [this] { server.stream->finish(); };
    }
    void run() {
        connect_at(Instant(seconds(100)) + microseconds(1'700));
        run_for(seconds(250));
    }
};

using Which = std::function<bool(const Passed&)>;

bool is_syn(const Passed& packet) { return packet.syn(); }
bool is_fin(const Passed& packet) { return packet.fin(); }
bool is_data(const Passed& packet) { return packet.payload > 0; }
bool is_ack(const Passed& packet) { return packet.payload == 0 && !packet.syn() && !packet.fin(); }

/// Loses the first `count` packets of `from` that are `which`.
std::function<bool(const Passed&)> first(Side from, Which which, int count) {
    return [from, which = std::move(which), count](const Passed& packet) mutable {
        return packet.from == from && which(packet) && count-- > 0;
    };
}

std::vector<Passed> packets(IpVersion ip, const std::function<bool(const Passed&)>& loses) {
    Talk talk(ip);
    talk.loses = loses;
    talk.run();
    EXPECT_TRUE(talk.client.ended && talk.server.ended);
    EXPECT_EQ(talk.client.end, StreamEnd::fin);
    EXPECT_EQ(talk.server.end, StreamEnd::fin);
    EXPECT_EQ(talk.client.received, flight);
    EXPECT_EQ(talk.server.received, hello);
    return talk.log;
}

/// Short segments leave when they leave over IPv4, whatever is lost and however it is repaired.
void expect_same_packets(const std::function<bool(const Passed&)>& loses) {
    const auto four = packets(IpVersion::ipv4, loses);
    const auto six = packets(IpVersion::ipv6, loses);
    ASSERT_EQ(four.size(), six.size());
    for (std::size_t i = 0; i < four.size(); ++i) {
        Passed shorter = six[i];
        EXPECT_EQ(shorter.size, four[i].size + 20);
        shorter.size -= 20;
        if (shorter.largest) *shorter.largest = static_cast<std::uint16_t>(*shorter.largest + 20);
        EXPECT_EQ(shorter, four[i]) << i;
    }
}

TEST(LinuxTcpIpv6, ExchangesAndClosesPacketForPacketAsOverIpv4) {
    expect_same_packets([](const Passed&) { return false; });
}

TEST(LinuxTcpIpv6, RepairsEveryLossAtTheInstantOfIpv4) {
    for (const Side from : {Side::client, Side::server}) {
        for (const auto& which : {is_syn, is_data, is_ack, is_fin}) {
            for (const int count : {1, 2, 3}) expect_same_packets(first(from, which, count));
        }
    }
}

// tcp_retransmit_timer: a second, on the timer wheel.
TEST(LinuxTcpIpv6, RepeatsASynAfterASecond) {
    Talk talk(IpVersion::ipv6);
    talk.loses = first(Side::client, is_syn, 1);
    talk.run();
    const auto syns = talk.sendings(Side::client, 0);
    ASSERT_EQ(syns.size(), 2u);
    EXPECT_GT(ms(syns[1] - syns[0]), 1000.0);
    EXPECT_LE(ms(syns[1] - syns[0]), 1032.2);
}

// RFC 8985 section 7.2: two round trips and 200 ms for a lone segment, but no more than the
// timeout, 200 ms above the round trip; then the timeout.
TEST(LinuxTcpIpv6, ProbesForALostTailAndThenTimesOut) {
    Talk talk(IpVersion::ipv6);
    talk.loses = first(Side::client, is_data, 2);
    talk.run();
    const auto hellos = talk.sendings(Side::client, 1);
    ASSERT_EQ(hellos.size(), 3u);
    for (std::size_t i = 1; i < 3; ++i) {
        EXPECT_GT(ms(hellos[i] - hellos[i - 1]), 231.0 - 4.0) << i;
        EXPECT_LE(ms(hellos[i] - hellos[i - 1]), 240.2) << i;
    }
}

// 1500 - 40 - 20 - 12, where IPv4 has room for 20 bytes more.
TEST(LinuxTcpIpv6, SegmentsAndHeadersFillAPacketOf1500Bytes) {
    for (const auto& [ip, mss] : {std::pair{IpVersion::ipv4, 1448u}, {IpVersion::ipv6, 1428u}}) {
        Talk talk(ip);
        talk.server.when_readable = [&talk] {
            if (talk.server.received == hello) talk.server.send(100'000);
        };
        talk.run();
        EXPECT_EQ(talk.client.received, 100'000u);
        std::uint32_t largest = 0;
        for (const Passed& packet : talk.log) {
            largest = std::max(largest, packet.payload);
            EXPECT_LE(packet.size, 1500u);
            if (packet.payload == mss) {
                EXPECT_EQ(packet.size, 1500u);
            }
            if (packet.syn()) {
                EXPECT_EQ(packet.largest, mss + 12);  // Without the timestamps.
            }
        }
        EXPECT_EQ(largest, mss);
    }
}

TEST(LinuxTcpIpv6, NamesAConnectionAlikeAtBothEnds) {
    Talk talk(IpVersion::ipv6);
    std::uint64_t ours = 0;
    std::uint64_t theirs = 0;
    talk.client.when_readable = [&] {
        ours = talk.client.stream->connection();
        theirs = talk.server.stream->connection();
    };
    talk.run();
    EXPECT_NE(ours, 0u);
    EXPECT_EQ(ours, theirs);
}

// MAX_TCP_OPTION_SPACE is kept free: 20 bytes less than over IPv4.
TEST(LinuxTcpIpv6, FastOpenTakesACookieAndThen1400BytesInASyn) {
    const FastOpenKey key{1, 2};
    std::optional<FastOpenCookie> cookie;
    {
        Talk asking(IpVersion::ipv6);
        asking.listen_with({.fast_open = key});
        asking.options = {.fast_open = true};
        asking.client.when_readable = [&] { cookie = asking.client.stream->fast_open().granted; };
        asking.run();
        ASSERT_TRUE(cookie);
        EXPECT_EQ(*cookie, cookie_for(key, asking.subscriber));
    }

    Talk bringing(IpVersion::ipv6);
    bringing.listen_with({.fast_open = key});
    bringing.options = {.fast_open = true, .cookie = cookie};
    bringing.server.when_readable = [] {};
    bringing.simulation.at(Instant(seconds(101)), [&] { bringing.client.send(3000); });
    bringing.run();
    EXPECT_EQ(bringing.log.front().payload, 1400u);
    EXPECT_EQ(bringing.server.received, 3000u + hello);
    EXPECT_EQ(bringing.client.stream->fast_open().outcome, FastOpen::accepted);
}

TEST(LinuxTcpIpv6, CarriesAMegabyteThroughLossAndReordering) {
    Talk talk(IpVersion::ipv6);
    Random random(5);
    talk.loses = [&random](const Passed&) { return random.chance(0.02); };
    talk.delays = [&random](const Passed&) {
        return random.chance(0.05) ? Duration(milliseconds(5)) : Duration::zero();
    };
    std::size_t left = 1'000'000;
    const auto feed = [&] {
        const std::size_t before = talk.server.sent;
        talk.server.send(left);
        left -= talk.server.sent - before;
        if (left == 0) talk.server.stream->finish();
    };
    talk.server.when_readable = feed;
    talk.server.when_writable = feed;
    talk.server.when_ended = [] {};
    talk.client.when_readable = [] {};
    talk.client.when_ended = [&talk] { talk.client.stream->finish(); };
    talk.run();
    EXPECT_EQ(talk.client.received, 1'000'000u);
    EXPECT_TRUE(talk.client.ended && talk.server.ended);
    EXPECT_EQ(talk.client.end, StreamEnd::fin);
}

TEST(Address, OfAMachineIsTheEndOfItsIpv6Address) {
    const ns3::Ipv4Address machine("16.1.2.3");
    EXPECT_EQ(as_ipv6(machine), ns3::Ipv6Address("2001:db8::1001:203"));
    EXPECT_EQ(machine_at(as_ipv6(machine)), machine);
    for (const IpVersion ip : {IpVersion::ipv4, IpVersion::ipv6}) {
        const TransportAddress address{ip, machine, 443};
        EXPECT_EQ(transport_address(to_ns3(address)), address);
    }
}

TEST(AddressDeathTest, NoMachineHasAnotherPrefix) {
    EXPECT_DEATH((void)machine_at(ns3::Ipv6Address("2001:db9::1")), "prefix");
}

}  // namespace
}  // namespace reshake::net::test
