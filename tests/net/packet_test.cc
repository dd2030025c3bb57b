// What becomes of packets: counted, conserved, repeatable, and no cost while nothing moves.
#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include <gtest/gtest.h>

#include "sim/base/digest.h"
#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

struct Bulk : OverEachTcp {};
struct Packets : OverEachTcp {};
struct Repetition : OverEachTcp {};
struct Idleness : OverEachTcp {};
OVER_EACH_STACK(Bulk);
OVER_EACH_STACK(Packets);
OVER_EACH_STACK(Repetition);
OVER_EACH_STACK(Idleness);

/// Sends `size` bytes to each new connection and closes it.
void pour(World& world, std::size_t size) {
    world.listener.when_accepted = [&world, size](Recorder& server) {
        const auto rest = std::make_shared<std::size_t>(size);
        const auto write = [&server, rest] {
            while (*rest > 0) {
                const std::size_t taken =
                    server.stream->send(bytes(std::min<std::size_t>(*rest, 1u << 16)));
                if (taken == 0) return;
                *rest -= taken;
            }
            server.stream->finish();
        };
        server.when_writable = write;
        server.when_ended = [&server](StreamEnd end) {
            if (end == StreamEnd::fin) server.stream->finish();
        };
        world.simulation.at(world.simulation.now(), write);
    };
}

void expect_bulk(const Stack& tcp, double loss, Duration at_most) {
    constexpr std::size_t size = 10'000'000;
    World world(
        tcp, Link{.rate = BitRate{20'000'000}, .delay = milliseconds(10), .loss = Bernoulli{loss}});
    pour(world, size);
    const auto client = world.connect(world.attach());
    world.run_for(hours(1));
    EXPECT_EQ(client->received, size);
    EXPECT_EQ(client->log.back(), 'F');
    EXPECT_EQ(std::ranges::count(client->log, 'F'), 1);
    const Duration took = client->ended_at - run_start;
    // The line alone needs 4 s for the payload.
    EXPECT_GT(took, seconds(4));
    EXPECT_LT(took, at_most);
    EXPECT_EQ(world.network.packets().loss > 0, loss > 0);
}

TEST_P(Bulk, TenMegabytesWithoutLossFillTheLine) {
    expect_bulk(GetParam(), 0.0, milliseconds(4'600));
}

TEST_P(Bulk, TenMegabytesAtOnePercentLossArrive) { expect_bulk(GetParam(), 0.01, seconds(40)); }

TEST_P(Bulk, TenMegabytesAtFivePercentLossArrive) { expect_bulk(GetParam(), 0.05, hours(1)); }

TEST_P(Packets, AreConserved) {
    World world(GetParam(), Link{.rate = BitRate{3'000'000},
                                 .delay = milliseconds(10),
                                 .loss = GilbertElliott{.mean_loss = 0.05, .mean_burst = 3},
                                 .queue_packets = 10,
                                 .jitter = Jitter{.mean = milliseconds(2), .reorders = true},
                                 .duplication = 0.02,
                                 .corruption = 0.02});
    pour(world, 200'000);
    std::vector<std::unique_ptr<Recorder>> clients;
    std::vector<MachineId> machines;
    for (int i = 0; i < 20; ++i) {
        machines.push_back(world.attach());
        clients.push_back(world.connect(machines.back()));
        world.run_for(milliseconds(50));
        const PacketCounts& counts = world.network.packets();
        EXPECT_GT(counts.under_way, 0u);
        EXPECT_TRUE(counts.conserved());
    }
    world.close(world.phones, world.home);
    world.run_for(seconds(1));
    world.open(world.phones, world.home);
    for (std::size_t i = 15; i < 20; ++i) world.network.vanish(machines[i]);
    world.run_for(hours(10));
    const PacketCounts& counts = world.network.packets();
    EXPECT_GT(counts.loss, 0u);
    EXPECT_GT(counts.queue, 0u);
    EXPECT_GT(counts.partition, 0u);
    EXPECT_GT(counts.vanished, 0u);
    EXPECT_GT(counts.corruption, 0u);
    EXPECT_GT(counts.duplicated, 0u);
    EXPECT_EQ(counts.under_way, 0u);
    EXPECT_TRUE(counts.conserved());
    PacketCounts up = world.network.packets(world.phones, Direction::uplink);
    const PacketCounts down = world.network.packets(world.phones, Direction::downlink);
    EXPECT_TRUE(up.conserved());
    EXPECT_TRUE(down.conserved());
    EXPECT_GT(down.sent, up.sent / 2);
    EXPECT_EQ(up += down, counts);
}

TEST_P(Packets, AreLostAsOftenAsTheLinkSays) {
    constexpr double loss = 0.1;
    World world(GetParam(), Link{.delay = milliseconds(1), .loss = Bernoulli{loss}});
    pour(world, 40'000);
    std::vector<std::unique_ptr<Recorder>> clients;
    for (int i = 0; i < 400; ++i) clients.push_back(world.connect(world.attach()));
    world.run_for(hours(1));
    const PacketCounts& counts = world.network.packets();
    const auto passed = static_cast<double>(counts.sent);
    const double sigma = std::sqrt(loss * (1 - loss) / passed);
    EXPECT_GT(passed, 10'000.0);
    EXPECT_NEAR(static_cast<double>(counts.loss) / passed, loss, 5 * sigma);
}

/// Everything that users were told, and when.
std::uint64_t course_of_events(const Stack& tcp, std::uint64_t seed) {
    World world(tcp,
                Link{.rate = BitRate{3'000'000},
                     .delay = milliseconds(10),
                     .loss = GilbertElliott{.mean_loss = 0.1, .mean_burst = 3}},
                seed);
    pour(world, 50'000);
    Digest digest;
    std::vector<std::unique_ptr<Recorder>> clients;
    for (int i = 0; i < 30; ++i) {
        const MachineId machine = world.attach();
        clients.push_back(world.connect(machine));
        Recorder& client = *clients.back();
        client.when_readable = [&world, &client, &digest] {
            digest.add(client.received);
            digest.add(
                static_cast<std::uint64_t>(world.simulation.now().time_since_epoch().count()));
        };
        world.run_for(milliseconds(300));
        if (i % 7 == 3) world.network.vanish(machine);
    }
    world.run_for(hours(2));
    for (const auto& client : clients) {
        digest.add(std::as_bytes(std::span(client->log)));
        digest.add(client->stream->connection());
    }
    const PacketCounts& counts = world.network.packets();
    for (const std::uint64_t count :
         {counts.sent, counts.delivered, counts.loss, counts.queue, counts.vanished}) {
        digest.add(count);
    }
    digest.add(world.simulation.events());
    return digest.value();
}

TEST_P(Repetition, EqualSeedsGiveEqualEventsAlsoInOneProcess) {
    EXPECT_EQ(course_of_events(GetParam(), 7), course_of_events(GetParam(), 7));
    EXPECT_NE(course_of_events(GetParam(), 7), course_of_events(GetParam(), 8));
}

TEST_P(Idleness, AYearWithoutPacketsCostsNoEvents) {
    World world(GetParam(),
                Link{.rate = BitRate{3'000'000},
                     .delay = milliseconds(10),
                     .loss = GilbertElliottInTime{.mean_loss = 0.1, .mean_burst = seconds(3)}});
    const auto client = world.connect(world.attach());
    world.run_for(hours(1));
    ASSERT_EQ(client->log, "c");
    const std::uint64_t before = world.simulation.events();
    world.run_for(hours(24 * 365));
    EXPECT_EQ(world.simulation.events(), before);
    send(*client->stream, 100);
    world.run_for(hours(1));
    EXPECT_EQ(world.listener.connections.at(0)->received, 100u);
}

}  // namespace
}  // namespace reshake::net::test
