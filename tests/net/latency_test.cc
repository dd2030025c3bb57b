// Without loss, time is propagation and serialisation, to the nanosecond.
//
// The first data of a connection is acknowledged at once, as by Linux, so that a bare ACK is on the
// line in front of the answer.
#include <gtest/gtest.h>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct Latency : OverEachTcp {};
OVER_EACH_TCP(Latency);

constexpr BitRate rate{7'000'003};  // Divides nothing: every rounding would show.
constexpr Duration link_delay = microseconds(12'345);
constexpr Duration distance = milliseconds(5);

// IP packet sizes: 20 bytes of IP, 20 of TCP, 12 for timestamps; a SYN has window scale and
// SACK-permitted too, padded to 16, and on Linux the segment size, 4.
std::int64_t syn_size(TcpFlavour tcp) { return tcp == TcpFlavour::ns3 ? 56 : 60; }
constexpr std::int64_t bare = 52;

Duration one_way(std::int64_t size) { return serialisation(rate, size) + link_delay + distance; }

TEST_P(Latency, ConnectTakesTwoPropagationsAndTheSerialisationOfBothSyns) {
    World world(GetParam(), Link{.rate = rate, .delay = link_delay});
    const auto client = world.connect(world.attach());
    world.run_for(seconds(1));
    EXPECT_EQ(client->connected_at, run_start + 2 * one_way(syn_size(GetParam())));
}

TEST_P(Latency, RequestAndResponseTakeTwoPropagationsAndTheirSerialisation) {
    World world(GetParam(), Link{.rate = rate, .delay = link_delay});
    world.listener.when_accepted = [](Recorder& server) {
        server.when_readable = [&server] { send(*server.stream, 900); };
    };
    const auto client = world.connect(world.attach());
    Instant asked = never;
    world.simulation.at(run_start + seconds(1), [&] {
        asked = world.simulation.now();
        send(*client->stream, 300);
    });
    world.run_for(seconds(2));
    ASSERT_EQ(client->received, 900u);
    EXPECT_EQ(client->last_byte_at,
              asked + one_way(bare + 300) + serialisation(rate, bare) + one_way(bare + 900));
}

TEST_P(Latency, APacketWaitsForTheLineBehindTheOneBefore) {
    World world(GetParam(), Link{.rate = rate, .delay = link_delay});
    world.listener.when_accepted = [](Recorder& server) {
        server.when_readable = [&server] { send(*server.stream, 1448 + 700); };
    };
    const auto client = world.connect(world.attach());
    Instant asked = never;
    world.simulation.at(run_start + seconds(1), [&] {
        asked = world.simulation.now();
        send(*client->stream, 300);
    });
    world.run_for(seconds(2));
    ASSERT_EQ(client->received, 1448u + 700u);
    EXPECT_EQ(client->last_byte_at, asked + one_way(bare + 300) + serialisation(rate, bare) +
                                        one_way(bare + 1448) + serialisation(rate, bare + 700));
}

TEST_P(Latency, AnotherSiteIsFurtherByTheWayBetweenSites) {
    World world(GetParam(), Link{.delay = link_delay});
    const auto near = world.connect(world.attach(), world.server.machine);
    const auto far = world.connect(world.attach(), world.other.machine);
    world.run_for(seconds(1));
    EXPECT_EQ(near->connected_at, run_start + 2 * (link_delay + distance));
    EXPECT_EQ(far->connected_at, run_start + 2 * (link_delay + distance + milliseconds(40)));
}

TEST_P(Latency, ServersTalkWithoutALink) {
    World world(GetParam());
    const auto talk = world.connect(world.server.machine, world.other.machine);
    world.run_for(seconds(1));
    EXPECT_EQ(talk->connected_at, run_start + 2 * milliseconds(40));
}

TEST_P(Latency, TwoWritesOfOneInstantAreTwoSegments) {
    World world(GetParam(), Link{.rate = rate, .delay = link_delay});
    const auto client = world.connect(world.attach());
    world.run_for(seconds(1));
    const std::uint64_t sent = world.network.packets().sent;
    send(*client->stream, 100);
    send(*client->stream, 200);
    EXPECT_EQ(world.network.packets().sent, sent + 2);
    const Instant asked = world.simulation.now();
    world.run_for(seconds(1));
    ASSERT_EQ(world.listener.connections.size(), 1u);
    EXPECT_EQ(world.listener.connections[0]->log, "rr");
    EXPECT_EQ(world.listener.connections[0]->last_byte_at,
              asked + one_way(bare + 100) + serialisation(rate, bare + 200));
}

}  // namespace
}  // namespace reshake::net::test
