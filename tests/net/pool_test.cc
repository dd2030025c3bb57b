// Access machines: lent, given back, lent again; and clients that drop off the network.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct Pool : OverEachTcp {};
struct Vanish : OverEachTcp {};
OVER_EACH_STACK(Pool);
OVER_EACH_STACK(Vanish);

/// An exchange as clients have them: request, response, the client closes, the server follows.
void serve(Recorder& server) {
    server.when_readable = [&server] {
        if (server.received >= 300) send(*server.stream, 4'000);
    };
    server.when_ended = [&server](StreamEnd end) {
        if (end == StreamEnd::fin) server.stream->finish();
    };
}

void ask(World& world, MachineId machine, std::size_t& answered) {
    const auto client = world.connect(machine);
    client->when_connected = [&] { send(*client->stream, 300); };
    client->when_readable = [&] {
        if (client->received == 4'000) {
            ++answered;
            client->stream->finish();
        }
    };
    world.run_for(milliseconds(200));
    world.network.release(machine);
    client->stream.reset();
}

TEST_P(Pool, AMachineIsLentAgainOnlyWhenItsTcpIsQuiet) {
    World world(GetParam());
    world.listener.when_accepted = serve;
    std::size_t answered = 0;
    const MachineId first = world.attach();
    ask(world, first, answered);
    EXPECT_EQ(answered, 1u);
    EXPECT_NE(world.attach(), first);  // In TIME_WAIT.
    world.run_for(seconds(5));
    EXPECT_EQ(world.attach(), first);
}

TEST_P(Pool, AMachineThatWasNotUsedIsFreeAtOnce) {
    World world(GetParam());
    const MachineId first = world.attach();
    world.network.release(first);
    EXPECT_EQ(world.attach(), first);
}

TEST_P(Pool, AMachineWithAPacketUnderWayIsNotFree) {
    World world(GetParam());
    const MachineId first = world.attach();
    const auto client = world.connect(first);
    world.run_for(milliseconds(100));
    client->stream->abort();  // The RST needs 15 ms.
    world.network.release(first);
    const MachineId second = world.attach();
    EXPECT_NE(second, first);
    world.run_for(milliseconds(14));
    EXPECT_NE(world.attach(), first);
    world.run_for(milliseconds(1));
    EXPECT_EQ(world.attach(), first);
}

TEST_P(Pool, AnUnfinishedCloseGoesOnOverTheSameLanes) {
    World world(GetParam());
    const MachineId machine = world.attach();
    const auto client = world.connect(machine);
    world.run_for(seconds(1));
    world.close(world.phones, world.home);
    client->stream->finish();
    client->stream.reset();
    world.network.release(machine);
    world.run_for(milliseconds(100));
    world.open(world.phones, world.home);
    world.run_for(seconds(2));
    EXPECT_EQ(world.listener.connections.at(0)->log, "F");
}

TEST_P(Pool, WhatIsSentToAClientThatHasLeftFindsNobody) {
    World world(GetParam());
    const MachineId machine = world.attach();
    const auto client = world.connect(machine);
    world.run_for(seconds(1));
    world.close(world.phones, world.home);
    client->stream->abort();  // The server will not learn of it.
    world.network.release(machine);
    world.open(world.phones, world.home);
    const std::uint64_t delivered = world.network.packets().delivered;
    send(*world.listener.connections.at(0)->stream, 100);
    world.run_for(hours(1));
    EXPECT_EQ(world.network.packets().delivered, delivered);
    // Once, and 15 repetitions: RFC 1122's R2 by tcp_retries2. Linux sends its tail loss probe
    // before them; timeouts of 0.232 s, doubled nine times and then 120 s each, reach its limit of
    // 924.6 s at the 16th.
    const std::uint64_t probes = GetParam() == TcpFlavour::ns3 ? 0 : 1;
    EXPECT_EQ(world.network.packets().vanished, 16u + probes);
    EXPECT_EQ(world.listener.connections.at(0)->log, "T");
}

TEST_P(Pool, TheNextClientOfAMachineGetsNothingThatIsMeantForTheLast) {
    World world(GetParam());
    const MachineId machine = world.attach();
    const auto last = world.connect(machine);
    world.run_for(seconds(1));
    world.close(world.phones, world.home);
    last->stream->abort();  // The server will not learn of it.
    world.network.release(machine);
    world.open(world.phones, world.home);
    send(*world.listener.connections.at(0)->stream, 100);
    ASSERT_EQ(world.attach(), machine);
    const std::uint64_t delivered = world.network.packets().delivered;
    world.run_for(hours(1));
    EXPECT_EQ(world.network.packets().delivered, delivered);
    EXPECT_EQ(world.listener.connections.at(0)->log, "T");  // Not "R".
}

TEST_P(Pool, TwoThousandExchangesOneAfterTheOtherLeaveNothingBehind) {
    World world(GetParam());
    world.listener.when_accepted = serve;
    std::size_t answered = 0;
    std::size_t machines = 0;
    for (int i = 0; i < 2'000; ++i) {
        ask(world, world.attach(), answered);
        if (i == 200) machines = world.network.machines();
        world.listener.connections.erase(
            world.listener.connections.begin(),
            world.listener.connections.end() -
                std::min<std::ptrdiff_t>(100, std::ssize(world.listener.connections)));
    }
    EXPECT_EQ(answered, 2'000u);
    EXPECT_EQ(world.network.machines(), machines);
    EXPECT_LT(machines, 40u);
    world.run_for(seconds(10));
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST_P(Vanish, NothingLeavesOrReachesTheClientAnyMore) {
    World world(GetParam());
    const MachineId machine = world.attach();
    const auto client = world.connect(machine);
    world.run_for(seconds(1));
    Recorder& server = *world.listener.connections.at(0);
    send(*server.stream, 5'000);
    send(*client->stream, 700);
    const std::uint64_t delivered = world.network.packets().delivered;
    world.network.vanish(machine);
    world.run_for(hours(1));
    EXPECT_EQ(client->log, "c");
    EXPECT_EQ(client->stream->send(bytes(1)), 0u);
    EXPECT_EQ(server.log, "T");  // By its own timers, once.
    EXPECT_EQ(world.network.packets().delivered, delivered);
    EXPECT_GT(world.network.packets().vanished, 10u);
}

TEST_P(Vanish, TheMachineIsFreeAtOnceAndTheNextClientHearsNothingOfTheLast) {
    World world(GetParam());
    const MachineId first = world.attach();
    const auto lost = world.connect(first);
    world.run_for(seconds(1));
    send(*world.listener.connections.at(0)->stream, 5'000);
    world.network.vanish(first);
    const MachineId second = world.attach();
    EXPECT_EQ(second, first);
    const auto next = world.connect(second);
    world.run_for(hours(1));
    EXPECT_EQ(next->log, "c");
    EXPECT_EQ(world.listener.connections.at(0)->log, "T");  // Not "R".
    EXPECT_EQ(world.listener.connections.at(1)->log, "");
}

TEST_P(Vanish, AServerThatHasNothingToSendIsNotTold) {
    World world(GetParam());
    const MachineId machine = world.attach();
    const auto client = world.connect(machine);
    world.run_for(seconds(1));
    world.network.vanish(machine);
    world.run_for(hours(24));
    EXPECT_EQ(world.listener.connections.at(0)->log, "");
}

}  // namespace
}  // namespace reshake::net::test
