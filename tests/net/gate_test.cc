// A closed way passes nothing, in either direction, and only that way.
#include <gtest/gtest.h>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct Gate : OverEachTcp {};
OVER_EACH_TCP(Gate);

TEST_P(Gate, AClosedGatePassesNothingInEitherDirectionAndOpensAgain) {
    World world(GetParam());
    const auto client = world.connect(world.attach());
    world.run_for(seconds(1));
    Recorder& server = *world.listener.connections.at(0);
    world.network.close_gate(world.phones, world.home);
    const std::uint64_t delivered = world.network.packets().delivered;
    send(*client->stream, 100);
    send(*server.stream, 100);
    world.run_for(seconds(5));
    EXPECT_EQ(world.network.packets().delivered, delivered);
    EXPECT_GE(world.network.packets().gate_closed, 2u);
    EXPECT_EQ(client->received, 0u);
    EXPECT_EQ(server.received, 0u);

    world.network.open_gate(world.phones, world.home);
    world.run_for(seconds(60));
    EXPECT_EQ(client->received, 100u);
    EXPECT_EQ(server.received, 100u);
}

TEST_P(Gate, WhatIsUnderWayWhenAGateClosesDoesNotArrive) {
    World world(GetParam());
    const auto client = world.connect(world.attach());
    world.run_for(milliseconds(14));  // The SYN needs 15.
    world.network.close_gate(world.server.place, world.phones);
    world.run_for(milliseconds(500));
    EXPECT_EQ(world.network.packets().delivered, 0u);
    EXPECT_EQ(world.network.packets().gate_closed, 1u);
}

TEST_P(Gate, TwoClosingsNeedTwoOpenings) {
    World world(GetParam());
    world.network.close_gate(world.phones, world.home);
    world.network.close_gate(world.home, world.phones);
    world.network.open_gate(world.phones, world.home);
    const auto first = world.connect(world.attach());
    world.run_for(milliseconds(500));
    EXPECT_EQ(first->log, "");
    world.network.open_gate(world.home, world.phones);
    world.run_for(seconds(1));
    EXPECT_EQ(first->log, "c");
}

TEST_P(Gate, BetweenSitesBlocksOnlyPathsFromOneToTheOther) {
    World world(GetParam());
    world.network.close_gate(world.home, world.away);
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

TEST_P(Gate, ClientsCutOffFromTheirHomeStillReachAnotherSite) {
    World world(GetParam());
    world.network.close_gate(world.phones, world.home);
    const auto near = world.connect(world.attach(), world.server.machine);
    const auto far = world.connect(world.attach(), world.other.machine);
    world.run_for(milliseconds(500));
    EXPECT_EQ(near->log, "");
    EXPECT_EQ(far->log, "c");
}

TEST_P(Gate, AServerCutOffFromItsSiteIsCutOffFromAll) {
    World world(GetParam());
    const auto colleague = world.network.add_server(world.home);
    world.network.listen(colleague.machine, port, world.listener);
    world.network.close_gate(world.server.place, world.home);
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

TEST_P(Gate, AnotherPopulationPasses) {
    World world(GetParam());
    const PlaceId laptops = world.network.add_population();
    world.network.close_gate(world.phones, world.server.place);
    Lanes& link = world.lanes();
    const auto laptop =
        world.connect(world.network.attach({&link.up, &link.down, laptops, world.home}));
    const auto phone = world.connect(world.attach());
    world.run_for(milliseconds(500));
    EXPECT_EQ(laptop->log, "c");
    EXPECT_EQ(phone->log, "");
}

}  // namespace
}  // namespace reshake::net::test
