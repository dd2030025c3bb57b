// Boxes on the way of real segments: what users of the two ends get to see.
#include <gtest/gtest.h>

#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct Boxes : OverEachTcp {};
OVER_EACH_STACK(Boxes);

/// Echoes what it gets.
void echo(World& world) {
    world.listener.when_accepted = [](Recorder& server) {
        server.when_readable = [&server] {
            const auto whole = server.inbox.front();
            std::vector<std::byte> answer(whole.begin(), whole.end());
            server.inbox.consume(answer.size());
            server.stream->send(answer);
        };
    };
}

PacketCounts counted(const World& world) {
    const PacketCounts counts = world.network.packets();
    EXPECT_TRUE(counts.conserved());
    return counts;
}

TEST_P(Boxes, ANatIsTransparentToAConnectionThatTalks) {
    World world(GetParam());
    echo(world);
    const auto client = world.connect(world.attach({Nat{.tcp_timeout = seconds(60)}, Nat{}}));
    for (int i = 1; i <= 5; ++i) {
        world.run_for(seconds(50));
        send(*client->stream, 3'000);
    }
    world.run_for(seconds(10));
    EXPECT_EQ(client->received, 15'000u);
    client->stream->finish();
    world.run_for(seconds(10));
    EXPECT_EQ(counted(world).nat, 0u);
}

TEST_P(Boxes, AForgottenConnectionIsSilentOrReset) {
    for (const Middlebox& box :
         {Middlebox(Nat{.tcp_timeout = seconds(60)}),
          Middlebox(Firewall{.tcp_idle_timeout = seconds(60)}),
          Middlebox(Nat{.tcp_timeout = seconds(60), .on_forgotten = OnForgotten::reset}),
          Middlebox(
              Firewall{.tcp_idle_timeout = seconds(60), .on_forgotten = OnForgotten::reset})}) {
        World world(GetParam());
        echo(world);
        const auto client = world.connect(world.attach({box}));
        world.run_for(seconds(61));
        send(*client->stream, 100);
        world.run_for(seconds(5));
        const bool resets = std::visit(
            [](const auto& each) {
                if constexpr (requires { each.on_forgotten; }) {
                    return each.on_forgotten == OnForgotten::reset;
                }
                return false;
            },
            box);
        EXPECT_EQ(client->log, resets ? "cR" : "c");
        EXPECT_EQ(world.listener.connections.at(0)->received, 0u);
        const PacketCounts counts = counted(world);
        EXPECT_EQ(counts.injected, resets ? 1u : 0u);
        EXPECT_GE(counts.nat + counts.firewall, 1u);
    }
}

TEST_P(Boxes, ABlackHoleLetsSmallThingsPassAndStopsLargeOnesForGood) {
    World world(GetParam());
    echo(world);
    const auto client = world.connect(world.attach({BlackHole{.larger_than = 1'400}}));
    send(*client->stream, 1'000);
    world.run_for(seconds(1));
    EXPECT_EQ(client->received, 1'000u);
    send(*client->stream, 3'000);
    world.run_for(seconds(20));
    EXPECT_EQ(client->received, 1'000u);
    EXPECT_GE(counted(world).black_hole, 3u);  // Repeated, and dropped again.
}

TEST_P(Boxes, AResetThatNobodySentEndsBothEnds) {
    World world(GetParam());
    echo(world);
    const auto client = world.connect(
        world.attach({Nat{}, ResetInjection{.probability = 1.0, .after_bytes = 500}}));
    const auto spared = world.connect(world.attach({ResetInjection{.probability = 0.0}}));
    world.run_for(seconds(1));
    send(*client->stream, 100);
    send(*spared->stream, 500);
    world.run_for(seconds(1));
    EXPECT_EQ(client->log, "cr");
    send(*client->stream, 300);
    world.run_for(seconds(1));
    EXPECT_EQ(client->log.back(), 'R');
    EXPECT_EQ(world.listener.connections.at(0)->log.back(), 'R');
    EXPECT_EQ(spared->received, 500u);
    world.run_for(seconds(300));
    EXPECT_EQ(counted(world).injected, 2u);
    EXPECT_EQ(counted(world).under_way, 0u);
}

/// Notes where datagrams come from, and answers.
struct Answering final : DatagramEvents {
    void on_datagram(const DatagramAddress& from, std::span<const std::byte> letter) override {
        senders.push_back(from.port);
        if (answers) port->send(from, letter);
    }
    bool answers = false;
    std::vector<std::uint16_t> senders;
    std::unique_ptr<DatagramPort> port;
};

TEST(UdpThroughANat, ComesFromAnotherPortAfterItsTimeoutOrAHandoverAndIsAnsweredThere) {
    const ClientAccess access = Link{};
    const std::vector<Handover> handovers{{.at = {seconds(100)}, .nat_rebinding = true}};
    for (const IpVersion ip : {IpVersion::ipv4, IpVersion::ipv6}) {
        World world(Stack(TcpFlavour::linux_6, ip));
        Answering server;
        server.answers = true;
        server.port = world.network.open_port(world.server.machine, 443, server);
        Answering client;
        AccessPath path(access, handovers, Random(1));
        const MachineId phone = world.attach({Nat{.udp_timeout = seconds(30)}}, &path);
        client.port = world.network.open_port(phone, 5'000, client);
        const auto ask = [&] {
            client.port->send(world.network.address(world.server.machine, 443), bytes(100));
            world.run_for(seconds(20));
        };
        ask();
        ask();
        world.run_for(seconds(30));
        ask();
        world.run_for(seconds(15));
        ask();
        ASSERT_EQ(server.senders.size(), 4u);
        EXPECT_NE(server.senders[0], 5'000);
        EXPECT_EQ(server.senders[1], server.senders[0]);
        EXPECT_NE(server.senders[2], server.senders[1]);
        EXPECT_NE(server.senders[3], server.senders[2]);
        EXPECT_EQ(client.senders.size(), 4u);
        client.port.reset();
        server.port.reset();
    }
}

// The box is the client's, the gate stands behind it.
TEST_P(Boxes, SeeWhatAGateStops) {
    World world(GetParam());
    const auto client = world.connect(
        world.attach({Nat{.tcp_timeout = seconds(60), .on_forgotten = OnForgotten::reset}}));
    world.run_for(seconds(61));
    Gate gate(Partition{}, Random(3));
    world.network.add_gate(world.phones, world.home, gate);
    send(*client->stream, 100);
    world.run_for(seconds(5));
    const PacketCounts counts = counted(world);
    EXPECT_EQ(counts.nat, 1u);
    EXPECT_EQ(counts.partition, 0u);
    EXPECT_EQ(client->log, "cR");
    world.network.remove_gate(world.phones, world.home, gate);
}

TEST_P(Boxes, CostNoEventsWhileNothingPasses) {
    World world(GetParam());
    const auto client = world.connect(world.attach(
        {Nat{}, Firewall{.tcp_idle_timeout = seconds(1)}, ResetInjection{.probability = 1.0}}));
    world.run_for(hours(1));
    ASSERT_EQ(client->log, "c");
    const std::uint64_t before = world.simulation.events();
    world.run_for(hours(24 * 365));
    EXPECT_EQ(world.simulation.events(), before);
}

}  // namespace
}  // namespace reshake::net::test
