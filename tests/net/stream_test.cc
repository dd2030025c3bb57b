// How connections begin, carry bytes and end, as their users are told.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct Stream : OverEachTcp {};
OVER_EACH_STACK(Stream);

struct Pair : World {
    using World::open;
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

TEST_P(Stream, BothEndsNameTheConnectionAlikeAndNoOtherSo) {
    Pair world(GetParam());
    const MachineId machine = world.attach();
    const auto first = world.connect(machine);
    const auto second = world.connect(machine, world.other.machine);
    world.run_for(seconds(1));
    ASSERT_EQ(world.listener.connections.size(), 2u);
    EXPECT_NE(first->stream->connection(), second->stream->connection());
    EXPECT_EQ(first->stream->connection(), world.listener.connections[0]->stream->connection());
    EXPECT_EQ(second->stream->connection(), world.listener.connections[1]->stream->connection());
}

TEST_P(Stream, BytesArriveUnchangedAndInOrder) {
    Pair world(GetParam());
    world.open();
    send(*world.client->stream, 100'000);
    world.run_for(seconds(5));
    ASSERT_EQ(world.server->received, 100'000u);
    const auto sent = bytes(100'000);
    EXPECT_TRUE(std::ranges::equal(world.server->inbox.front(), sent));
}

TEST_P(Stream, WhatIsSentBeforeTheConnectionStandsLeavesWithIt) {
    Pair world(GetParam());
    world.client = world.connect(world.attach());
    send(*world.client->stream, 500);
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "c");
    EXPECT_EQ(world.listener.connections.at(0)->received, 500u);
}

TEST_P(Stream, FinishEndsOneSideAndTheOtherGoesOn) {
    Pair world(GetParam());
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

TEST_P(Stream, BothMayFinishAtOnce) {
    Pair world(GetParam());
    world.open();
    world.client->stream->finish();
    world.server->stream->finish();
    world.run_for(seconds(60));
    EXPECT_EQ(world.client->log, "cF");
    EXPECT_EQ(world.server->log, "F");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST_P(Stream, TheFinLeavesBehindEverythingThatWasQueued) {
    Pair world(GetParam(), Link{.rate = BitRate{2'000'000}, .delay = milliseconds(10)});
    world.open();
    send(*world.client->stream, 300'000);
    world.client->stream->finish();
    EXPECT_EQ(world.client->stream->send(bytes(1)), 0u);
    world.run_for(seconds(30));
    EXPECT_EQ(world.server->received, 300'000u);
    EXPECT_EQ(world.server->log.back(), 'F');
}

TEST_P(Stream, AbortResetsThePeerAndTellsOnlyThePeer) {
    Pair world(GetParam());
    world.open();
    world.client->stream->abort();
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "c");
    EXPECT_EQ(world.server->log, "R");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST_P(Stream, DestroyingAnOpenStreamResetsThePeer) {
    Pair world(GetParam());
    world.open();
    world.server->stream.reset();
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "cR");
}

TEST_P(Stream, DestroyingAFinishedStreamLetsTcpCloseInOrder) {
    Pair world(GetParam());
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

TEST_P(Stream, DataForAStreamThatIsGoneIsAnsweredWithReset) {
    Pair world(GetParam());
    world.open();
    world.client->stream->finish();
    world.client->stream.reset();
    world.run_for(seconds(1));
    send(*world.server->stream, 31);
    world.run_for(seconds(1));
    EXPECT_EQ(world.server->log, "FR");
}

TEST_P(Stream, AnOrphanDoesNotWaitForEverForThePeersFin) {
    Pair world(GetParam());
    world.open();
    world.client->stream->finish();
    world.client->stream.reset();
    world.run_for(seconds(59));
    EXPECT_EQ(world.network.sockets(), 4u);
    world.run_for(seconds(10));
    EXPECT_EQ(world.network.sockets(), 3u);
}

TEST_P(Stream, NobodyListeningMeansReset) {
    Pair world(GetParam());
    const auto quiet = world.network.add_server(world.home);
    const auto client = world.connect(world.attach(), quiet.machine);
    world.run_for(seconds(1));
    EXPECT_EQ(client->log, "R");
    EXPECT_EQ(client->ended_at, run_start + milliseconds(30));
}

/// When an unanswered SYN leaves, and when it is given up. Units: ms.
struct SynTimes {
    std::vector<int> sent;
    int given_up = 0;
    Duration late{};  ///< At most.
};

/// Kernels set each timer from the repetition before it and let it go off at the end of its bucket
/// of the timer wheel: the next multiple of 32 ms for waits of 1 and 2 s, of 256 ms for 4 to 16 s,
/// of 2,048 ms for 32 and 64 s. With tcp_syn_linear_timeouts = 4 the waits are five times 1 s, then
/// 2, 4, … 64 s; without, 1, 2, … 64 s. Handlers run 0.15 ms after the tick, some a tick later.
SynTimes syn_times(TcpFlavour tcp) {
    constexpr Duration handler = microseconds(150);
    switch (tcp) {
        case TcpFlavour::linux_6:
            return {{0, 1'024, 2'048, 3'072, 4'096, 5'120, 7'136, 11'264, 19'456, 35'584, 69'632},
                    135'168,
                    milliseconds(4) + handler};
        case TcpFlavour::linux_4:
            return {{0, 1'024, 3'040, 7'168, 15'360, 31'488, 65'536}, 131'072, handler};
        case TcpFlavour::ns3:
            break;
    }
    return {{0, 1'000, 3'000, 7'000, 15'000, 31'000, 63'000}, 127'000, Duration::zero()};
}

TEST_P(Stream, AnUnansweredSynIsRepeatedAndGivenUpAsByLinux) {
    Pair world(GetParam());
    world.close(world.phones, world.home);
    const auto client = world.connect(world.attach());
    const SynTimes expected = syn_times(GetParam());
    for (std::size_t i = 1; i < expected.sent.size(); ++i) {
        const Instant at = run_start + milliseconds(expected.sent[i]);
        world.simulation.run_until(at - nanoseconds(1));
        EXPECT_EQ(world.network.packets().sent, i);
        world.simulation.run_until(at + expected.late);
        EXPECT_EQ(world.network.packets().sent, i + 1);
    }
    world.run_for(seconds(1000));
    EXPECT_EQ(world.network.packets().sent, expected.sent.size());
    EXPECT_EQ(client->log, "T");
    const Instant end = run_start + milliseconds(expected.given_up);
    EXPECT_GE(client->ended_at, end);
    EXPECT_LE(client->ended_at, end + expected.late);
}

TEST_P(Stream, DataThatIsNeverAcknowledgedTimesOutOnce) {
    Pair world(GetParam());
    world.open();
    world.close(world.phones, world.home);
    send(*world.client->stream, 100);
    world.run_for(hours(1));
    EXPECT_EQ(world.client->log, "cT");
    EXPECT_EQ(world.client->stream->send(bytes(1)), 0u);
}

TEST_P(Stream, AFinThatIsNeverAcknowledgedTimesOutOnce) {
    Pair world(GetParam());
    world.open();
    world.close(world.phones, world.home);
    world.client->stream->finish();
    world.run_for(hours(1));
    EXPECT_EQ(world.client->log, "cT");
    EXPECT_EQ(world.network.sockets(), 3u);
}

TEST_P(Stream, ALostFinOfEitherSideIsRepeated) {
    for (const bool second : {false, true}) {
        Pair world(GetParam());
        world.open();
        if (second) {
            world.client->stream->finish();
            world.run_for(seconds(1));
        }
        world.close(world.phones, world.home);
        (second ? *world.server : *world.client).stream->finish();
        world.run_for(milliseconds(100));
        world.open(world.phones, world.home);
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

TEST_P(Stream, AGapBeforeTheFinIsFilledFirst) {
    // The peer has finished already, the case in which ns-3 by itself goes astray.
    Pair world(GetParam());
    world.open();
    world.client->stream->finish();
    world.run_for(seconds(1));
    world.close(world.phones, world.home);
    send(*world.server->stream, 31);
    world.open(world.phones, world.home);
    world.server->stream->finish();
    world.run_for(seconds(30));
    EXPECT_EQ(world.client->received, 31u);
    EXPECT_EQ(world.client->log, "crF");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST_P(Stream, ALostLastAckIsGivenAgain) {
    Pair world(GetParam());
    world.open();
    world.client->stream->finish();
    world.run_for(seconds(1));
    world.server->stream->finish();
    world.run_for(milliseconds(15));  // The FIN has arrived, its ACK is under way.
    world.close(world.phones, world.home);
    world.run_for(milliseconds(50));
    world.open(world.phones, world.home);
    world.run_for(seconds(1));
    EXPECT_EQ(world.network.sockets(), 3u);  // The client's, in TIME_WAIT.
    world.run_for(seconds(10));
    EXPECT_EQ(world.server->log, "F");
    EXPECT_EQ(world.network.sockets(), 2u);
}

TEST_P(Stream, ALostHandshakeAckIsMadeUpForByTheSynAck) {
    Pair world(GetParam());
    world.client = world.connect(world.attach());
    world.run_for(milliseconds(30));
    EXPECT_EQ(world.client->log, "c");
    world.close(world.phones, world.home);
    world.run_for(milliseconds(100));
    world.open(world.phones, world.home);
    EXPECT_EQ(world.listener.connections.size(), 0u);
    world.run_for(seconds(2));
    ASSERT_EQ(world.listener.connections.size(), 1u);
    send(*world.client->stream, 20'000);
    world.run_for(milliseconds(70));  // Three windows of ten: cwnd was not started anew.
    EXPECT_EQ(world.listener.connections[0]->received, 20'000u);
}

TEST_P(Stream, AServerThatForgotTheConnectionAnswersWithReset) {
    Pair world(GetParam());
    world.open();
    world.close(world.phones, world.home);
    world.server->stream->abort();
    world.run_for(seconds(1));
    world.open(world.phones, world.home);
    EXPECT_EQ(world.client->log, "c");
    send(*world.client->stream, 1);
    world.run_for(seconds(1));
    EXPECT_EQ(world.client->log, "cR");
}

TEST_P(Stream, AWriterIsHeldBackByAReaderWhoDoesNotRead) {
    Pair world(GetParam(), Link{.rate = BitRate{50'000'000}, .delay = milliseconds(10)});
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

TEST_P(Stream, AWriterAgainstAClosedWindowGivesUpOnAVanishedReader) {
    Pair world(GetParam());
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
TEST_P(Stream, MayBeDestroyedInAnyCall) {
    for (int fatal = 0; fatal < 6; ++fatal) {
        for (const bool client_dies : {false, true}) {
            World world(GetParam(), Link{.rate = BitRate{20'000'000}, .delay = milliseconds(10)});
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

TEST_P(Stream, MayBeDestroyedInACallToAnotherOfTheSameInstant) {
    World world(GetParam());
    const auto quiet = world.network.add_server(world.home);
    const auto first = world.connect(world.attach(), quiet.machine);
    const auto second = world.connect(world.attach(), quiet.machine);
    first->when_ended = [&](StreamEnd) { second->stream.reset(); };
    world.run_for(hours(1));
    EXPECT_EQ(first->log, "R");
    EXPECT_EQ(second->log, "");
}

TEST_P(Stream, OutlivesItsNetworkUnharmed) {
    Simulation simulation;
    Recorder client(simulation);
    {
        Network network(simulation, GetParam().tcp, GetParam().ip);
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
