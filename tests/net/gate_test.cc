// A closed way passes nothing in the closed direction, everything in the other, and only that way.
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct ClosedGate : OverEachTcp {};
OVER_EACH_TCP(ClosedGate);

TEST_P(ClosedGate, PassesNothingInEitherDirectionAndOpensAgain) {
    World world(GetParam());
    const auto client = world.connect(world.attach());
    world.run_for(seconds(1));
    Recorder& server = *world.listener.connections.at(0);
    world.close(world.phones, world.home);
    const std::uint64_t delivered = world.network.packets().delivered;
    send(*client->stream, 100);
    send(*server.stream, 100);
    world.run_for(seconds(5));
    EXPECT_EQ(world.network.packets().delivered, delivered);
    EXPECT_GE(world.network.packets().partition, 2u);
    EXPECT_EQ(client->received, 0u);
    EXPECT_EQ(server.received, 0u);

    world.open(world.phones, world.home);
    world.run_for(seconds(60));
    EXPECT_EQ(client->received, 100u);
    EXPECT_EQ(server.received, 100u);
}

TEST_P(ClosedGate, WhatIsUnderWayWhenAGateClosesDoesNotArrive) {
    World world(GetParam());
    const auto client = world.connect(world.attach());
    world.run_for(milliseconds(14));  // The SYN needs 15.
    world.close(world.server.place, world.phones);
    world.run_for(milliseconds(500));
    EXPECT_EQ(world.network.packets().delivered, 0u);
    EXPECT_EQ(world.network.packets().partition, 1u);
}

TEST_P(ClosedGate, TwoClosingsNeedTwoOpenings) {
    World world(GetParam());
    world.close(world.phones, world.home);
    world.close(world.home, world.phones);
    world.open(world.phones, world.home);
    const auto first = world.connect(world.attach());
    world.run_for(milliseconds(500));
    EXPECT_EQ(first->log, "");
    world.open(world.home, world.phones);
    world.run_for(seconds(1));
    EXPECT_EQ(first->log, "c");
}

TEST_P(ClosedGate, BetweenSitesBlocksOnlyPathsFromOneToTheOther) {
    World world(GetParam());
    world.close(world.home, world.away);
    const auto near = world.connect(world.attach(), world.server.machine);
    const auto far = world.connect(world.attach(), world.other.machine);
    const auto across = world.connect(world.server.machine, world.other.machine);
    Lanes& link = world.lanes();
    const MachineId native = world.network.attach({&link.up, &link.down, world.phones, world.away});
    const auto local = world.connect(native, world.other.machine);
    world.run_for(milliseconds(500));
    EXPECT_EQ(near->log, "c");
    EXPECT_EQ(far->log, "");
    EXPECT_EQ(across->log, "");
    EXPECT_EQ(local->log, "c");
}

TEST_P(ClosedGate, ClientsCutOffFromTheirHomeStillReachAnotherSite) {
    World world(GetParam());
    world.close(world.phones, world.home);
    const auto near = world.connect(world.attach(), world.server.machine);
    const auto far = world.connect(world.attach(), world.other.machine);
    world.run_for(milliseconds(500));
    EXPECT_EQ(near->log, "");
    EXPECT_EQ(far->log, "c");
}

TEST_P(ClosedGate, AServerCutOffFromItsSiteIsCutOffFromAll) {
    World world(GetParam());
    const auto colleague = world.network.add_server(world.home);
    world.network.listen(colleague.machine, port, world.listener);
    world.close(world.server.place, world.home);
    const auto client = world.connect(world.attach());
    const auto neighbour = world.connect(colleague.machine, world.server.machine);
    const auto unhurt = world.connect(world.attach(), colleague.machine);
    Lanes& link = world.lanes();
    const auto foreigner =
        world.connect(world.network.attach({&link.up, &link.down, world.phones, world.away}));
    world.run_for(milliseconds(500));
    EXPECT_EQ(client->log, "");
    EXPECT_EQ(foreigner->log, "");
    EXPECT_EQ(neighbour->log, "");
    EXPECT_EQ(unhurt->log, "c");
    EXPECT_EQ(world.network.packets().delivered, 3u);  // The handshake of the unhurt.
}

TEST_P(ClosedGate, AnotherPopulationPasses) {
    World world(GetParam());
    const PlaceId laptops = world.network.add_population();
    world.close(world.phones, world.server.place);
    Lanes& link = world.lanes();
    const auto laptop =
        world.connect(world.network.attach({&link.up, &link.down, laptops, world.home}));
    const auto phone = world.connect(world.attach());
    world.run_for(milliseconds(500));
    EXPECT_EQ(laptop->log, "c");
    EXPECT_EQ(phone->log, "");
}

/// Counts what comes.
struct Counter final : DatagramEvents {
    void on_datagram(const DatagramAddress&, std::span<const std::byte>) override { ++received; }
    std::uint64_t received = 0;
    std::unique_ptr<DatagramPort> port;
};

/// Two servers of two sites, which send datagrams to each other.
struct TwoServers : World {
    TwoServers() : World(TcpFlavour::linux_6) {
        near.port = network.open_port(server.machine, 53, near);
        far.port = network.open_port(other.machine, 53, far);
    }
    void exchange(std::uint64_t count) {
        const auto letter = bytes(100);
        for (std::uint64_t i = 0; i < count; ++i) {
            near.port->send(network.address(other.machine, 53), letter);
            far.port->send(network.address(server.machine, 53), letter);
            if (i % 1'000 == 999) run_for(seconds(1));
        }
        run_for(seconds(1));
    }

    Counter near;
    Counter far;
};

constexpr std::uint64_t many = 100'000;

TEST(OneWayGate, PassesNothingOneWayAndEverythingTheOther) {
    TwoServers world;
    Gate gate(Partition{}, Random(3));
    world.network.add_gate(world.home, world.away, gate);
    world.exchange(1'000);
    EXPECT_EQ(world.far.received, 0u);
    EXPECT_EQ(world.near.received, 1'000u);
    EXPECT_TRUE(world.network.cut_off(world.away, world.home));
    world.network.remove_gate(world.home, world.away, gate);
    EXPECT_FALSE(world.network.cut_off(world.away, world.home));
    world.exchange(1'000);
    EXPECT_EQ(world.far.received, 1'000u);
    EXPECT_EQ(world.near.received, 2'000u);
    EXPECT_EQ(world.network.packets().partition, 1'000u);
}

TEST(LossyGate, LosesTheShareThatItSaysOneWayAndOnlyThatWay) {
    TwoServers world;
    Gate gate(GreyFailure{.loss = 0.2}, Random(3));
    world.network.add_gate(world.home, world.away, gate);
    // The same gate once more on the same way: its loss is met once.
    world.network.add_gate(world.home, world.other.place, gate);
    world.exchange(many);
    const auto lost = static_cast<double>(many - world.far.received);
    EXPECT_NEAR(lost / many, 0.2, 4 * std::sqrt(0.2 * 0.8 / many));
    EXPECT_EQ(world.near.received, many);
    EXPECT_EQ(world.network.packets().grey_failure, many - world.far.received);
    EXPECT_FALSE(world.network.cut_off(world.home, world.away));
}

TEST(LossyGate, AndAnotherLoseIndependently) {
    TwoServers world;
    Gate one(GreyFailure{.loss = 0.5}, Random(3));
    Gate other(GreyFailure{.loss = 0.2}, Random(4));
    world.network.add_gate(world.home, world.away, one);
    world.network.add_gate(world.server.place, world.other.place, other);
    constexpr std::uint64_t some = 20'000;
    world.exchange(some);
    EXPECT_NEAR(static_cast<double>(world.far.received) / some, 0.4,
                4 * std::sqrt(0.4 * 0.6 / some));
}

TEST(ClosedNetwork, IsTouchedByNothingThatIsStillSent) {
    World world(TcpFlavour::linux_6);
    std::optional<Gate> gate(std::in_place, GreyFailure{.delay = milliseconds(1)}, Random(3));
    world.network.add_gate(world.phones, world.home, *gate);
    auto client = world.connect(world.attach());
    world.run_for(seconds(1));
    const PacketCounts before = world.network.packets();
    world.network.close();
    gate.reset();
    client.reset();  // A RST.
    EXPECT_EQ(world.network.packets(), before);
}

TEST(SlowGate, AddsItsDelayOneWay) {
    World world(TcpFlavour::linux_6);
    Gate gate(GreyFailure{.delay = milliseconds(200)}, Random(3));
    Gate more(GreyFailure{.delay = milliseconds(7)}, Random(3));
    world.network.add_gate(world.home, world.phones, gate);
    world.network.add_gate(world.home, world.phones, more);
    const auto client = world.connect(world.attach());
    world.run_for(seconds(1));
    EXPECT_EQ(client->log, "c");
    // Thirty there and back, and once what the gates take.
    EXPECT_EQ(client->connected_at - run_start, milliseconds(30 + 200 + 7));
}

TEST(FlappingGate, OpensAgainAndAgainAndCostsNoEvents) {
    TwoServers world;
    Gate gate(Partition{.flapping = Flapping{.period = milliseconds(10), .share = 0.2}}, Random(3));
    world.network.add_gate(world.home, world.away, gate);
    world.run_for(seconds(1));  // What begins with the run.
    const std::uint64_t before = world.simulation.events();
    world.run_for(hours(24 * 365));
    EXPECT_EQ(world.simulation.events(), before);
    const auto letter = bytes(100);
    // Leaves while the gate is open, from 2 ms to 10 ms, and arrives 40 ms later: at such a time
    // too.
    for (int ms = 0; ms < 10; ++ms) {
        world.near.port->send(world.network.address(world.other.machine, 53), letter);
        world.run_for(milliseconds(1));
    }
    world.run_for(seconds(1));
    EXPECT_EQ(world.far.received, 8u);
}

}  // namespace
}  // namespace reshake::net::test
