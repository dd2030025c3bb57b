// The same losses as in 1,440 exchanges over real Linux TCP give the same times.
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/net/linux_tcp_exchange.h"

namespace reshake::net::test {
namespace {

/// Beside the timer wheel: the host's computing, which the scripts know only on the average.
constexpr double computing = 2.0;

/// Where in the wheel an exchange began is unknown; each begins somewhere else.
constexpr Instant begin{std::chrono::seconds(1024)};

struct Logged {
    double rtt = 0.0;
    std::string mode;
    double connect = 0.0;
    double handshake = 0.0;
    double first_byte = 0.0;
    double tolerance = 0.0;
    std::size_t flight = 0;
    std::set<std::string> lost;
};

std::vector<Logged> read_log() {
    std::ifstream file("tests/net/data/linux_losses.txt");
    std::vector<Logged> log;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream fields(line);
        Logged entry;
        double phase = 0.0;
        double step = 0.0;
        fields >> entry.rtt >> entry.mode >> entry.connect >> entry.handshake >> entry.first_byte >>
            entry.tolerance >> phase >> step >> entry.flight;
        for (std::string key; fields >> key;) entry.lost.insert(key);
        log.push_back(entry);
    }
    return log;
}

/// How the log names a packet, but for the count.
std::string content(const Passed& packet) {
    const std::string side = packet.from == Side::client ? "c:" : "s:";
    if (packet.syn()) return side + "S";
    if (packet.payload > 0) return side + "D" + std::to_string(packet.sequence);
    return side + "A" + std::to_string(packet.acknowledged);
}

struct Agreement {
    bool connect = false;
    bool handshake = false;
    bool first_byte = false;
};

Agreement replay(const Logged& logged, std::size_t index) {
    Path path(microseconds(std::llround(logged.rtt * 500.0)));
    path.logging = false;
    std::map<std::string, int> seen;
    path.loses = [&](const Passed& packet) {
        if (packet.fin() || packet.has(ns3::TcpHeader::RST)) return false;
        const std::string what = content(packet);
        return logged.lost.contains(what + "#" + std::to_string(seen[what]++));
    };
    const auto script = std::find_if(scripts.begin(), scripts.end(), [&](const Script& candidate) {
        return candidate.name == logged.mode;
    });
    if (script == scripts.end()) return {};
    Exchange exchange(path, *script, logged.flight);
    exchange.run(begin + microseconds(79'190 * index % 256'000));
    const auto near = [&](double a, double b) {
        return std::abs(a - b) <= logged.tolerance + computing;
    };
    return {.connect = near(exchange.connect, logged.connect),
            .handshake = near(exchange.handshake, logged.handshake),
            .first_byte = near(exchange.first_byte, logged.first_byte)};
}

// What remains: in about 20 exchanges a repair's round trip was some microseconds shorter than any
// before, so that RACK took no notice of it; in about ten one of two timers a millisecond apart
// went off a tick late; in the rest the kernel's millisecond timestamps stood otherwise.
TEST(LinuxTcpReplay, NineteenOfTwentyExchangesTakeTheLoggedTimesWithinTheTimerWheel) {
    const std::vector<Logged> log = read_log();
    ASSERT_EQ(log.size(), 1440u);
    std::size_t connect = 0;
    std::size_t handshake = 0;
    std::size_t first_byte = 0;
    std::size_t all = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
        const Agreement agreement = replay(log[i], i);
        connect += agreement.connect;
        handshake += agreement.handshake;
        first_byte += agreement.first_byte;
        all += agreement.connect && agreement.handshake && agreement.first_byte;
    }
    const auto share = [&](std::size_t count) {
        return static_cast<double>(count) / static_cast<double>(log.size());
    };
    RecordProperty("all", std::to_string(share(all)));
    EXPECT_GE(share(connect), 0.99);
    EXPECT_GE(share(handshake), 0.97);
    EXPECT_GE(share(first_byte), 0.95);
    EXPECT_GE(share(all), 0.95);
}

}  // namespace
}  // namespace reshake::net::test
