// How connections begin, carry bytes and end, as their users are told.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct Pair : World {
    using World::World;
    void open(Access = Link{.delay = milliseconds(10)}) {
        client = connect(attach());
        run_for(seconds(1));
        ASSERT_EQ(listener.connections.size(), 1u);
        server = listener.connections[0].get();
    }
    std::unique_ptr<Recorder> client;
    Recorder* server = nullptr;
};

TEST(Stream, BothEndsNameTheConnectionAlikeAndNoOtherSo) {
    Pair world;
    const MachineId machine = world.attach();
    const auto first = world.connect(machine);
    const auto second = world.connect(machine, world.other.machine);
    world.run_for(seconds(1));
    ASSERT_EQ(world.listener.connections.size(), 2u);
    EXPECT_NE(first->stream->connection(), second->stream->connection());
    EXPECT_EQ(first->stream->connection(), world.listener.connections[0]->stream->connection());
    EXPECT_EQ(second->stream->connection(), world.listener.connections[1]->stream->connection());
}

TEST(Stream, BytesArriveUnchangedAndInOrder) {
    Pair world;
    world.open();
    send(*world.client->stream, 100'000);
    world.run_for(seconds(5));
    ASSERT_EQ(world.server->received, 100'000u);
    const auto sent = bytes(100'000);
    EXPECT_TRUE(std::ranges::equal(world.server->inbox.front(), sent));
}

TEST(Stream, WhatIsSentBeforeTheConnectionStandsLeavesWithIt) {
    Pair world;
    world.client = world.connect(world.attach());
    send(*world.client->stream, 500);
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "c");
    EXPECT_EQ(world.listener.connections.at(0)->received, 500u);
}

TEST(Stream, FinishEndsOneSideAndTheOtherGoesOn) {
    Pair world;
    world.open();
    send(*world.client->stream, 10);
    world.client->stream->finish();
    world.run_for(seconds(1));
    EXPECT_EQ(world.server->log, "rF");
    send(*world.server->stream, 50'000);
    world.run_for(seconds(5));
    EXPECT_EQ(world.client->received, 50'000u);
    world.server->stream->finish();
    world.run_for(seconds(60));
    EXPECT_EQ(world.client->log.back(), 'F');
    EXPECT_EQ(std::ranges::count(world.client->log, 'F'), 1);
    EXPECT_EQ(world.server->log, "rF");
    EXPECT_EQ(world.network.sockets(), 2u);  // The two that listen.
}

TEST(Stream, BothMayFinishAtOnce) {
    Pair world;
    world.open();
    world.client->stream->finish();
    world.server->stream->finish();
    world.run_for(seconds(60));
    EXPECT_EQ(world.client->log, "cF");
    EXPECT_EQ(world.server->log, "F");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST(Stream, TheFinLeavesBehindEverythingThatWasQueued) {
    Pair world(Link{.rate = BitRate{2'000'000}, .delay = milliseconds(10)});
    world.open();
    send(*world.client->stream, 300'000);
    world.client->stream->finish();
    EXPECT_EQ(world.client->stream->send(bytes(1)), 0u);
    world.run_for(seconds(30));
    EXPECT_EQ(world.server->received, 300'000u);
    EXPECT_EQ(world.server->log.back(), 'F');
}

TEST(Stream, AbortResetsThePeerAndTellsOnlyThePeer) {
    Pair world;
    world.open();
    world.client->stream->abort();
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "c");
    EXPECT_EQ(world.server->log, "R");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST(Stream, DestroyingAnOpenStreamResetsThePeer) {
    Pair world;
    world.open();
    world.server->stream.reset();
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "cR");
}

TEST(Stream, DestroyingAFinishedStreamLetsTcpCloseInOrder) {
    Pair world;
    world.open();
    send(*world.client->stream, 5'000);
    world.client->stream->finish();
    world.client->stream.reset();
    world.run_for(seconds(1));
    EXPECT_EQ(world.server->received, 5'000u);
    EXPECT_EQ(world.server->log.back(), 'F');
    world.server->stream->finish();
    world.run_for(seconds(10));
    EXPECT_EQ(std::ranges::count(world.server->log, 'R'), 0);
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST(Stream, DataForAStreamThatIsGoneIsAnsweredWithReset) {
    Pair world;
    world.open();
    world.client->stream->finish();
    world.client->stream.reset();
    world.run_for(seconds(1));
    send(*world.server->stream, 31);
    world.run_for(seconds(1));
    EXPECT_EQ(world.server->log, "FR");
}

TEST(Stream, AnOrphanDoesNotWaitForEverForThePeersFin) {
    Pair world;
    world.open();
    world.client->stream->finish();
    world.client->stream.reset();
    world.run_for(seconds(59));
    EXPECT_EQ(world.network.sockets(), 4u);
    world.run_for(seconds(10));
    EXPECT_EQ(world.network.sockets(), 3u);
}

TEST(Stream, NobodyListeningMeansReset) {
    Pair world;
    const auto quiet = world.network.add_server(world.home);
    const auto client = world.connect(world.attach(), quiet.machine);
    world.run_for(seconds(1));
    EXPECT_EQ(client->log, "R");
    EXPECT_EQ(client->ended_at, run_start + milliseconds(30));
}

TEST(Stream, AnUnansweredSynIsRepeatedAndGivenUpAsByLinux) {
    Pair world;
    world.network.close_gate(world.phones, world.home);
    const auto client = world.connect(world.attach());
    std::vector<std::uint64_t> sent;
    for (const int at : {0, 1, 3, 7, 15, 31, 63, 126}) {
        world.simulation.run_until(run_start + seconds(at));
        sent.push_back(world.network.packets().sent);
    }
    EXPECT_EQ(sent, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 7}));
    world.run_for(seconds(1000));
    EXPECT_EQ(client->log, "T");
    EXPECT_EQ(client->ended_at, run_start + seconds(127));
}

TEST(Stream, DataThatIsNeverAcknowledgedTimesOutOnce) {
    Pair world;
    world.open();
    world.network.close_gate(world.phones, world.home);
    send(*world.client->stream, 100);
    world.run_for(hours(1));
    EXPECT_EQ(world.client->log, "cT");
    EXPECT_EQ(world.client->stream->send(bytes(1)), 0u);
}

TEST(Stream, AFinThatIsNeverAcknowledgedTimesOutOnce) {
    Pair world;
    world.open();
    world.network.close_gate(world.phones, world.home);
    world.client->stream->finish();
    world.run_for(hours(1));
    EXPECT_EQ(world.client->log, "cT");
    EXPECT_EQ(world.network.sockets(), 3u);
}

TEST(Stream, ALostFinOfEitherSideIsRepeated) {
    for (const bool second : {false, true}) {
        Pair world;
        world.open();
        if (second) {
            world.client->stream->finish();
            world.run_for(seconds(1));
        }
        world.network.close_gate(world.phones, world.home);
        (second ? *world.server : *world.client).stream->finish();
        world.run_for(milliseconds(100));
        world.network.open_gate(world.phones, world.home);
        world.run_for(seconds(2));
        if (!second) {
            world.server->stream->finish();
            world.run_for(seconds(10));
        }
        world.run_for(seconds(10));
        EXPECT_EQ(world.client->log, "cF");
        EXPECT_EQ(world.server->log, "F");
        EXPECT_EQ(world.network.sockets(), 2u);
    }
}

TEST(Stream, AGapBeforeTheFinIsFilledFirst) {
    // The peer has finished already, the case in which ns-3 by itself goes astray.
    Pair world;
    world.open();
    world.client->stream->finish();
    world.run_for(seconds(1));
    world.network.close_gate(world.phones, world.home);
    send(*world.server->stream, 31);
    world.network.open_gate(world.phones, world.home);
    world.server->stream->finish();
    world.run_for(seconds(30));
    EXPECT_EQ(world.client->received, 31u);
    EXPECT_EQ(world.client->log, "crF");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST(Stream, ALostLastAckIsGivenAgain) {
    Pair world;
    world.open();
    world.client->stream->finish();
    world.run_for(seconds(1));
    world.server->stream->finish();
    world.run_for(milliseconds(15));  // The FIN has arrived, its ACK is under way.
    world.network.close_gate(world.phones, world.home);
    world.run_for(milliseconds(50));
    world.network.open_gate(world.phones, world.home);
    world.run_for(seconds(1));
    EXPECT_EQ(world.network.sockets(), 3u);  // The client's, in TIME_WAIT.
    world.run_for(seconds(10));
    EXPECT_EQ(world.server->log, "F");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST(Stream, ALostHandshakeAckIsMadeUpForByTheSynAck) {
    Pair world;
    world.client = world.connect(world.attach());
    world.run_for(milliseconds(30));
    EXPECT_EQ(world.client->log, "c");
    world.network.close_gate(world.phones, world.home);
    world.run_for(milliseconds(100));
    world.network.open_gate(world.phones, world.home);
    EXPECT_EQ(world.listener.connections.size(), 0u);
    world.run_for(seconds(2));
    ASSERT_EQ(world.listener.connections.size(), 1u);
    send(*world.client->stream, 20'000);
    world.run_for(milliseconds(70));  // Three windows of ten: cwnd was not started anew.
    EXPECT_EQ(world.listener.connections[0]->received, 20'000u);
}

TEST(Stream, AServerThatForgotTheConnectionAnswersWithReset) {
    Pair world;
    world.open();
    world.network.close_gate(world.phones, world.home);
    world.server->stream->abort();
    world.run_for(seconds(1));
    world.network.open_gate(world.phones, world.home);
    EXPECT_EQ(world.client->log, "c");
    send(*world.client->stream, 1);
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "cR");
}

TEST(Stream, AWriterIsHeldBackByAReaderWhoDoesNotRead) {
    Pair world(Link{.rate = BitRate{50'000'000}, .delay = milliseconds(10)});
    world.open();
    world.server->reads = false;
    const auto content = bytes(8u << 20);
    std::size_t taken = world.client->stream->send(content);
    EXPECT_LT(taken, content.size());
    world.client->when_writable = [&] {
        taken += world.client->stream->send(std::span(content).subspan(taken));
    };
    world.run_for(seconds(60));
    EXPECT_LT(taken, content.size());
    world.server->reads = true;
    world.server->received = world.server->stream->receive(world.server->inbox);
    const Instant resumed = world.simulation.now();
    world.run_for(seconds(60));
    EXPECT_EQ(taken, content.size());
    ASSERT_EQ(world.server->received, content.size());
    EXPECT_TRUE(std::ranges::equal(world.server->inbox.front(), content));
    // The window's opening was told, not found by probing a minute later.
    EXPECT_LT(world.server->last_byte_at, resumed + seconds(5));
}

TEST(Stream, AWriterAgainstAClosedWindowGivesUpOnAVanishedReader) {
    Pair world;
    const MachineId machine = world.attach();
    world.client = world.connect(machine);
    world.run_for(seconds(1));
    world.server = world.listener.connections.at(0).get();
    world.client->reads = false;
    const auto content = bytes(8u << 20);
    std::size_t taken = world.server->stream->send(content);
    world.server->when_writable = [&] {
        taken += world.server->stream->send(std::span(content).subspan(taken));
    };
    world.run_for(seconds(60));
    world.network.vanish(machine);
    world.run_for(hours(2));
    EXPECT_EQ(world.server->log.back(), 'T');
    EXPECT_EQ(std::ranges::count(world.server->log, 'T'), 1);
}

/// The stream is destroyed in the n-th call its user gets, whatever call that is.
TEST(Stream, MayBeDestroyedInAnyCall) {
    for (int fatal = 0; fatal < 6; ++fatal) {
        for (const bool client_dies : {false, true}) {
            World world(Link{.rate = BitRate{20'000'000}, .delay = milliseconds(10)});
            const auto content = bytes(2u << 20);
            int calls = 0;
            const auto arm = [&](Recorder& recorder, bool dies) {
                const auto call = [&calls, &recorder, dies, fatal] {
                    if (dies && recorder.stream && calls++ == fatal) recorder.stream.reset();
                };
                recorder.when_connected = recorder.when_writable = call;
                recorder.when_readable = [&recorder, call] {
                    call();
                    if (recorder.stream) (void)recorder.stream->send(bytes(3u << 20));
                    if (recorder.stream) recorder.stream->finish();
                };
                recorder.when_ended = [call](StreamEnd) { call(); };
            };
            world.listener.when_accepted = [&](Recorder& accepted) { arm(accepted, !client_dies); };
            auto client = world.connect(world.attach());
            arm(*client, client_dies);
            (void)client->stream->send(content);
            world.run_for(hours(1));
            client->stream.reset();
            world.listener.connections.clear();
            world.run_for(hours(1));
            EXPECT_EQ(world.network.sockets(), 2u) << fatal << client_dies;
        }
    }
}

TEST(Stream, MayBeDestroyedInACallToAnotherOfTheSameInstant) {
    World world;
    world.network.close_gate(world.phones, world.home);
    const auto first = world.connect(world.attach());
    const auto second = world.connect(world.attach());
    first->when_ended = [&](StreamEnd) { second->stream.reset(); };
    world.run_for(hours(1));
    EXPECT_EQ(first->log, "T");
    EXPECT_EQ(second->log, "");
}

TEST(Stream, OutlivesItsNetworkUnharmed) {
    Simulation simulation;
    Recorder client(simulation);
    {
        Network network(simulation, TcpFlavour::ns3);
        const PlaceId site = network.add_site(milliseconds(1), milliseconds(1));
        const auto here = network.add_server(site);
        const auto there = network.add_server(site);
        client.stream = network.connect(here.machine, there.machine, port, client);
    }
    EXPECT_EQ(client.stream->send(bytes(10)), 0u);
    client.stream->finish();
    client.stream.reset();
    EXPECT_EQ(client.log, "");
}

}  // namespace
}  // namespace reshake::net::test
