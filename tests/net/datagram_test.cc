// Datagrams: whole or not at all, over the same gates and lanes as everything else.
#include <gtest/gtest.h>

#include <utility>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

constexpr std::uint16_t well_known = 11211;

struct Mailbox final : DatagramEvents {
    explicit Mailbox(const Clock& clock) : clock_(clock) {}
    void on_datagram(const DatagramAddress& from, std::span<const std::byte> datagram) override {
        letters.emplace_back(datagram.begin(), datagram.end());
        at.push_back(clock_.now());
        sender = from;
        if (when_received) when_received();
    }

    std::unique_ptr<DatagramPort> port;
    std::vector<std::vector<std::byte>> letters;
    std::vector<Instant> at;
    DatagramAddress sender;
    std::function<void()> when_received;

private:
    const Clock& clock_;
};

struct Post : World {
    explicit Post(const Stack& stack, const Link& link = {.delay = milliseconds(3)})
        : World(stack),
          path(link),
          up(path, Direction::uplink, random.stream("service up")),
          down(path, Direction::downlink, random.stream("service down")),
          service(network.add_service(up, down)) {
        near.port = network.open_port(server.machine, 0, near);
        far.port = network.open_port(other.machine, 0, far);
        cache.port = network.open_port(service.machine, well_known, cache);
    }
    void ask(Mailbox& from, std::size_t size) {
        from.port->send(network.address(service.machine, well_known), bytes(size));
    }

    Access path;
    Lane up;
    Lane down;
    Network::Server service;
    Mailbox near{simulation};
    Mailbox far{simulation};
    Mailbox cache{simulation};
};

struct Datagrams : testing::TestWithParam<Stack> {};
INSTANTIATE_TEST_SUITE_P(Each, Datagrams,
                         testing::Values(Stack(TcpFlavour::linux_6),
                                         Stack(TcpFlavour::linux_6, IpVersion::ipv6)),
                         flavour_name);

TEST_P(Datagrams, ArriveWholeAfterTheServicesOwnDelayFromEverySiteAndCanBeAnswered) {
    Post post(GetParam());
    post.cache.when_received = [&] { post.cache.port->send(post.cache.sender, bytes(700)); };
    post.run_for(seconds(1));
    const Instant sent = post.simulation.now();
    post.ask(post.near, 1);
    post.run_for(seconds(1));
    post.ask(post.far, 64);
    post.run_for(seconds(1));
    ASSERT_EQ(post.cache.letters.size(), 2u);
    EXPECT_EQ(post.cache.letters[0], bytes(1));
    EXPECT_EQ(post.cache.letters[1], bytes(64));
    EXPECT_EQ(post.cache.at[0] - sent, milliseconds(3));
    EXPECT_EQ(post.cache.at[1] - sent, seconds(1) + milliseconds(3));
    ASSERT_EQ(post.near.letters.size(), 1u);
    EXPECT_EQ(post.near.letters[0], bytes(700));
    EXPECT_EQ(post.near.at[0] - sent, milliseconds(6));
    EXPECT_EQ(post.far.letters.size(), 1u);
}

TEST_P(Datagrams, OfTheLargestSizeAreOnePacketEachAndMayBeLost) {
    Post post(GetParam(), {.delay = milliseconds(3), .loss = Bernoulli{.loss = 0.2}});
    const std::uint64_t before = post.network.packets().sent;
    for (int i = 0; i < 100; ++i) post.ask(post.near, largest_datagram);
    post.run_for(seconds(1));
    EXPECT_EQ(post.network.packets().sent - before, 100u);
    EXPECT_EQ(post.network.packets().loss + post.cache.letters.size(), 100u);
    EXPECT_GT(post.cache.letters.size(), 60u);
    EXPECT_LT(post.cache.letters.size(), 95u);
    for (const auto& letter : post.cache.letters) EXPECT_EQ(letter, bytes(largest_datagram));
}

TEST_P(Datagrams, AClosedGateBetweenASiteAndAServicePassesNone) {
    Post post(GetParam());
    post.close(post.home, post.service.place);
    post.ask(post.near, 10);
    post.ask(post.far, 10);
    post.run_for(seconds(1));
    EXPECT_EQ(post.cache.letters.size(), 1u);
    EXPECT_EQ(post.network.packets().partition, 1u);
    post.open(post.home, post.service.place);
    post.ask(post.near, 10);
    post.run_for(seconds(1));
    EXPECT_EQ(post.cache.letters.size(), 2u);
}

TEST_P(Datagrams, ToAPortThatNobodyHoldsAreLostWithoutAWord) {
    Post post(GetParam());
    post.cache.port.reset();
    post.ask(post.near, 10);  // UDP is there, the port is not.
    post.near.port->send(post.network.address(post.server.machine, port), bytes(10));
    const Network::Server silent = post.network.add_server(post.home);  // No UDP at all.
    post.near.port->send(post.network.address(silent.machine, well_known), bytes(10));
    post.run_for(seconds(1));
    EXPECT_EQ(post.network.packets().delivered, post.network.packets().sent);
    EXPECT_TRUE(post.near.letters.empty());
    post.cache.port = post.network.open_port(post.service.machine, well_known, post.cache);
    post.ask(post.near, 10);
    post.run_for(seconds(1));
    EXPECT_EQ(post.cache.letters.size(), 1u);
}

TEST_P(Datagrams, APortMayBeClosedByWhatItReceives) {
    Post post(GetParam());
    post.cache.when_received = [&] { post.cache.port.reset(); };
    post.ask(post.near, 10);
    post.ask(post.near, 10);
    post.run_for(seconds(1));
    EXPECT_EQ(post.cache.letters.size(), 1u);
}

}  // namespace
}  // namespace reshake::net::test
