// A kernel whose queues are full: what Linux does with SYNs and with the ends of handshakes, as its
// sources say, and as this machine's kernel shows.
#include "sim/net/backlog.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/gate.h"
#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

class Counts final : public OverflowWitness {
public:
    void overflowed(Overflow what) override { ++of[what]; }
    std::map<Overflow, int> of;
};

/// A server whose process accepts when the test says so.
struct Busy : World {
    explicit Busy(const BacklogLimits& limits, const Stack& stack = {TcpFlavour::linux_6})
        : World(stack), backlog(limits, counts) {
        network.stop_listening(server.machine, port);
        network.listen(server.machine, port, listener, {.backlog = &backlog});
    }
    ~Busy() { network.stop_listening(server.machine, port); }

    /// Another client, that sends 100 bytes once it is connected.
    Recorder& another() {
        clients.push_back(connect(attach()));
        Recorder& client = *clients.back();
        client.when_connected = [&client] { send(*client.stream, 100); };
        return client;
    }
    /// Another one every 50 ms, more than a round trip.
    void others(int count) {
        for (; count > 0; --count) {
            another();
            run_for(milliseconds(50));
        }
    }
    [[nodiscard]] int connected() const {
        return static_cast<int>(std::ranges::count_if(
            clients, [](const auto& client) { return client->log.starts_with('c'); }));
    }

    Counts counts;
    Backlog backlog;
    std::vector<std::unique_ptr<Recorder>> clients;
};

class FullBacklog : public testing::TestWithParam<Stack> {};
INSTANTIATE_TEST_SUITE_P(Each, FullBacklog,
                         testing::Values(Stack(TcpFlavour::linux_6), Stack(TcpFlavour::linux_4),
                                         Stack(TcpFlavour::linux_6, IpVersion::ipv6)),
                         flavour_name);

TEST_P(FullBacklog, TakesOneMoreThanItsNumberAndDropsEverySynBeyond) {
    Busy world({.backlog = 3}, GetParam());
    world.others(10);
    EXPECT_EQ(world.connected(), 4);
    EXPECT_EQ(world.backlog.waiting(), 4u);
    EXPECT_EQ(world.backlog.requests(), 0u);
    EXPECT_EQ(world.counts.of, (std::map<Overflow, int>{{Overflow::syn_dropped, 6}}));

    // Room for two: the next SYNs that are repeated get in.
    world.backlog.accepted();
    world.backlog.accepted();
    world.run_for(seconds(3));
    EXPECT_EQ(world.connected(), 6);
    EXPECT_EQ(world.backlog.waiting(), 4u);
}

TEST_P(FullBacklog, IgnoresTheEndOfAHandshakeAndTakesTheClientsDataForItOnceThereIsRoom) {
    Busy world({.backlog = 2}, GetParam());
    world.others(2);
    Recorder& first = world.another();
    Recorder& second = world.another();  // Its SYN comes while there is room for one.
    world.run_for(milliseconds(100));
    EXPECT_EQ(first.log, "c");
    EXPECT_EQ(second.log, "c");  // It does not know.
    EXPECT_EQ(world.listener.connections.size(), 3u);
    EXPECT_EQ(world.backlog.requests(), 1u);
    EXPECT_GE(world.counts.of[Overflow::ack_ignored], 2);  // Its ACK, and its data.

    world.backlog.accepted();
    world.run_for(seconds(1));  // It repeats its data, and the server its SYN-ACK.
    ASSERT_EQ(world.listener.connections.size(), 4u);
    EXPECT_EQ(world.listener.connections.back()->received, 100u);
    EXPECT_EQ(world.backlog.requests(), 0u);
    EXPECT_EQ(second.log, "c");
}

TEST(FullBacklogOnRequest, ResetsWhoCompletesAHandshake) {
    Busy world({.backlog = 2, .abort_on_overflow = true});
    world.others(2);
    world.another();
    Recorder& second = world.another();
    world.run_for(seconds(1));
    EXPECT_EQ(second.log, "cR");
    EXPECT_EQ(world.counts.of[Overflow::ack_reset], 1);
    EXPECT_EQ(world.backlog.requests(), 0u);
}

TEST(FullSynQueue, DropsSynsWithoutCookiesAndKeepsNothingOfThemWithCookies) {
    for (const bool cookies : {false, true}) {
        Busy world({.backlog = 4, .syn_cookies = cookies});
        for (int i = 0; i < 9; ++i) world.another();
        world.run_for(milliseconds(20));  // All SYNs are there, and no answer to a SYN-ACK.
        EXPECT_EQ(world.backlog.requests(), 4u);
        world.run_for(milliseconds(200));
        const auto kind = cookies ? Overflow::syn_cookie : Overflow::syn_queue_full;
        EXPECT_EQ(world.counts.of[kind], 5);
        EXPECT_EQ(world.counts.of.contains(Overflow::ack_ignored), cookies);
        // With cookies all of them believe that they are connected, and one more really is.
        EXPECT_EQ(world.connected(), cookies ? 9 : 4);
        EXPECT_EQ(world.backlog.waiting(), cookies ? 5u : 4u);
        EXPECT_EQ(world.backlog.requests(), 0u);
    }
}

TEST(FullSynQueue, ForgetsACookieThatNobodyBringsBack) {
    Gate shut(Partition{.lasts = hours(1)}, Random(1));
    Busy world({.backlog = 1});
    world.another();
    world.another();
    world.run_for(milliseconds(20));
    EXPECT_EQ(world.counts.of[Overflow::syn_cookie], 1);
    world.network.add_gate(world.phones, world.home, shut);
    world.network.add_gate(world.home, world.phones, shut);
    const std::uint64_t sent = world.network.packets().sent;
    world.run_for(milliseconds(1300));
    // Two SYNs are repeated, and one SYN-ACK: the other one's SYN is forgotten.
    EXPECT_EQ(world.network.packets().sent, sent + 3);
}

TEST(Backlog, IsEmptyAgainWhenItsServerStopsListening) {
    Busy world({.backlog = 3});
    world.others(2);
    world.another();
    world.run_for(milliseconds(20));
    EXPECT_EQ(world.backlog.requests(), 1u);
    world.network.stop_listening(world.server.machine, port);
    EXPECT_EQ(world.backlog.requests(), 0u);
}

// The same on this machine's kernel.
TEST(BacklogOfARealKernel, TakesOneMoreThanItsNumber) {
    for (const int backlog : {1, 3, 10}) {
        const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const name = reinterpret_cast<sockaddr*>(&address);
        ASSERT_EQ(::bind(listening, name, size), 0);
        ASSERT_EQ(::listen(listening, backlog), 0);
        ASSERT_EQ(::getsockname(listening, name, &size), 0);
        std::vector<pollfd> clients;
        for (int i = 0; i < backlog + 5; ++i) {
            clients.push_back({::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), POLLOUT, 0});
            (void)::connect(clients.back().fd, name,
                            size);  // Answered at once, or not for a second.
        }
        EXPECT_EQ(::poll(clients.data(), clients.size(), 100), backlog + 1);
        for (const pollfd& client : clients) ::close(client.fd);
        ::close(listening);
    }
}

}  // namespace
}  // namespace reshake::net::test
