// What the socket was not made from: expectations out of RFCs, closed forms and measurements that
// nothing here was fitted to.
#include <algorithm>
#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "models/loss.h"
#include "tests/net/linux_tcp_exchange.h"

namespace reshake::net::test {
namespace {

constexpr std::uint32_t hello = 250;
constexpr std::uint32_t two_segments = 1926;

/// What a kernel with HZ = 250 adds to a computed time: rounding up to a tick, the end of the timer
/// wheel's bucket (a tick below 252 ms, eight beyond), and the way from the tick to the handler.
double latest(double milliseconds_computed) {
    constexpr double tick = 4.0;
    const double bucket = milliseconds_computed > 248.0 ? 8 * tick : tick;
    return milliseconds_computed + tick + bucket + 0.2;
}

double ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

/// Time until the segment at `sequence` leaves again, having been lost once.
double repaired_after(double rtt, Side from, std::uint32_t sequence) {
    Path path(microseconds(std::llround(rtt * 500.0)));
    path.client.when_connected = [&path] { path.client.send(hello); };
    path.server.when_readable = [&path] {
        if (path.server.received == hello) path.server.send(two_segments);
    };
    path.loses = [from, sequence, done = false](const Passed& packet) mutable {
        const bool hit = packet.from == from && packet.payload > 0 && packet.sequence == sequence;
        return hit && !done && (done = true);
    };
    path.connect_at(Instant(seconds(50)) + microseconds(2'345));
    path.run_for(seconds(80));
    const auto times = path.sendings(from, sequence);
    return times.size() > 1 ? ms(times[1] - times[0]) : -1.0;
}

/// RFC 6298 section 2.2 with Linux's floor of 200 ms under the variance.
double first_timeout(double rtt) { return rtt + std::max(200.0, 4 * rtt / 2); }

// RFC 8985 section 7.2: 2 SRTT, and the worst delay of an ACK (200 ms) for a lone segment, but not
// beyond the timeout.
TEST(LinuxTcpHoldOut, ALoneSegmentIsRepairedByTheProbeTimeoutOfRfc8985) {
    for (const double rtt : {12.0, 50.0, 100.0, 300.0, 600.0}) {
        const double expected = std::min(2 * rtt + 200.0, first_timeout(rtt));
        const double measured = repaired_after(rtt, Side::client, 1);
        EXPECT_GE(measured, expected) << rtt;
        EXPECT_LE(measured, latest(expected)) << rtt;
    }
}

// RFC 8985 section 6.2: a segment is lost when one sent after it was delivered a quarter of the
// minimal round trip ago; Linux adds 2 ms to the timer.
TEST(LinuxTcpHoldOut, TheFirstOfTwoSegmentsIsRepairedByTheReorderingWindowOfRfc8985) {
    for (const double rtt : {12.0, 50.0, 100.0, 300.0, 600.0}) {
        const double measured = repaired_after(rtt, Side::server, 1);
        EXPECT_GE(measured, 1.25 * rtt) << rtt;
        EXPECT_LE(measured, rtt + latest(0.25 * rtt + 2.0)) << rtt;
    }
}

// The ACK of the first segment starts the probe's timer anew. By then RFC 6298 section 2.3 has
// lowered the variance by up to a quarter.
TEST(LinuxTcpHoldOut, TheLastOfTwoSegmentsIsRepairedAProbeTimeoutAfterTheAckOfTheFirst) {
    for (const double rtt : {12.0, 50.0, 100.0, 300.0, 600.0}) {
        const double probe = 2 * rtt + 200.0;
        const double least = rtt + std::min(probe, rtt + std::max(200.0, 0.75 * 2 * rtt));
        const double most = rtt + latest(std::min(probe, first_timeout(rtt)));
        const double measured = repaired_after(rtt, Side::server, 1449);
        EXPECT_GE(measured, least) << rtt;
        EXPECT_LE(measured, most) << rtt;
    }
}

// A chain that steps per packet is in its bad state with probability p and leaves it with 1/b: the
// SYN needs one transmission with probability 1 - p, and k > 1 with p (1 - 1/b)^(k - 2) / b.
// tcp_syn_linear_timeouts = 4: five seconds of one, then 2, 4, ….
TEST(LinuxTcpHoldOut, SynsOverAGilbertElliottChainNeedAsManyTriesAndSecondsAsTheClosedFormSays) {
    constexpr int connections = 6'000;
    constexpr double mean_loss = 0.3;
    constexpr double mean_burst = 3.0;
    constexpr std::array<double, 8> tries_at{0, 1, 2, 3, 4, 5, 7, 11};
    std::array<int, tries_at.size()> needed{};
    for (int i = 0; i < connections; ++i) {
        Path path(milliseconds(40));
        path.logging = false;
        LossProcess process(GilbertElliott{.mean_loss = mean_loss, .mean_burst = mean_burst},
                            Random(7).stream(static_cast<std::uint64_t>(i)));
        path.loses = [&](const Passed& packet) {
            return packet.from == Side::client && process.loses(packet.at);
        };
        path.connect_at(Instant(seconds(10)) + microseconds(1'009 * i));
        for (int k = 0; k < 200 && path.client.connected_at == never; ++k) {
            path.run_for(seconds(1));
        }
        const double took = ms(path.client.connected_at - path.started_at) / 1000.0 - 0.080;
        const auto next = std::upper_bound(tries_at.begin(), tries_at.end(), took + 1e-6);
        const auto k = static_cast<std::size_t>(next - tries_at.begin()) - 1;
        // Late by no more than the wheel: 36 ms for each wait up to 2 s, 260 for each beyond.
        const double late = 0.036 * static_cast<double>(k) + (k > 6 ? 0.260 : 0.0);
        if (k + 1 < tries_at.size()) {
            EXPECT_LE(took, tries_at[k] + late) << i;
        }
        ++needed[k];
    }
    for (std::size_t k = 0; k < 6; ++k) {
        const double expected =
            k == 0
                ? 1 - mean_loss
                : mean_loss * std::pow(1 - 1 / mean_burst, static_cast<double>(k - 1)) / mean_burst;
        const double sigma = std::sqrt(expected * (1 - expected) / connections);
        EXPECT_NEAR(static_cast<double>(needed[k]) / connections, expected, 4 * sigma) << k;
    }
}

/// Time to the first byte of the response over a loss-free path of 31 ms. Units: ms.
double first_byte(std::string_view mode, std::size_t flight, bool nodelay) {
    Path path(microseconds(15'500));
    path.options.nodelay = nodelay;
    path.listen_with({.nodelay = nodelay});
    const auto script = std::find_if(scripts.begin(), scripts.end(), [&](const Script& candidate) {
        return candidate.name == mode;
    });
    Exchange exchange(path, *script, flight);
    exchange.run(Instant(seconds(20)) + microseconds(1'234));
    return exchange.first_byte;
}

// Measured on Linux 6.18 at 31 ms, with TCP_NODELAY and without: 95 and 158 ms for the full
// handshake, 94 and 126 resumed, 63 and 94 with early data.
TEST(LinuxTcpHoldOut, NagleCostsTheRoundTripsThatWereMeasured) {
    constexpr double spread = 2.0;
    EXPECT_NEAR(first_byte("full_ecdsa", 1926, true), 95.0, spread);
    EXPECT_NEAR(first_byte("full_ecdsa", 1926, false), 158.0, spread);
    EXPECT_NEAR(first_byte("psk", 241, true), 94.0, spread);
    EXPECT_NEAR(first_byte("psk", 241, false), 126.0, spread);
    EXPECT_NEAR(first_byte("early", 245, true), 63.0, spread);
    EXPECT_NEAR(first_byte("early", 245, false), 94.0, spread);
}

// RFC 896 in Minshall's form: a small segment waits only while another small one is unacknowledged.
TEST(LinuxTcpHoldOut, NagleHoldsASecondSmallSegmentForTheAckOfTheFirst) {
    Path path(milliseconds(20));
    path.options.nodelay = false;
    path.client.when_connected = [&path] {
        path.client.send(100);
        path.client.send(200);
        path.client.send(300);
    };
    path.connect_at(Instant(seconds(1)));
    path.run_for(seconds(3));
    ASSERT_EQ(path.server.received, 600u);
    std::vector<Passed> data;
    for (const Passed& packet : path.log) {
        if (packet.from == Side::client && packet.payload > 0) data.push_back(packet);
    }
    ASSERT_EQ(data.size(), 2u);
    EXPECT_EQ(data[0].payload, 100u);
    EXPECT_EQ(data[1].payload, 500u);
    EXPECT_NEAR(ms(data[1].at - data[0].at), 40.0, 0.1);
}

}  // namespace
}  // namespace reshake::net::test
