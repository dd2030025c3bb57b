// What packets meet in a cell, and that every one of them is accounted for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/radio_cell.h"
#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

/// A server at no distance, and clients in a cell.
struct Radio {
    template <typename Cell>
    explicit Radio(const Cell& value, std::uint32_t clients = 1, std::uint64_t seed = 1)
        : random(seed), network(simulation, usual_tcp), listener(simulation) {
        home = network.add_site(Duration::zero(), Duration::zero());
        phones = network.add_population();
        server = network.add_server(home);
        network.listen(server.machine, port, listener);
        cell = &network.add_cell(value, clients, random.stream("cell"));
    }

    std::unique_ptr<Recorder> connect(std::uint32_t station) {
        const MachineId machine =
            network.attach({.uplink = &cell->way(station, Direction::uplink),
                            .downlink = &cell->way(station, Direction::downlink),
                            .population = phones,
                            .home = home});
        auto client = std::make_unique<Recorder>(simulation);
        client->stream = network.connect(machine, server.machine, port, *client);
        return client;
    }
    void run_for(Duration duration) { simulation.run_until(simulation.now() + duration); }
    /// Of so many connections, one every `gap`, from SYN to SYN-ACK.
    std::vector<Duration> round_trips(std::uint32_t station, int times, Duration gap) {
        std::vector<Duration> found;
        for (int i = 0; i < times; ++i) {
            const Instant began = simulation.now();
            const auto client = connect(station);
            run_for(gap);
            if (client->connected_at != never) found.push_back(client->connected_at - began);
        }
        return found;
    }

    Simulation simulation;
    Random random;
    Network network;
    Listener listener;
    PlaceId home{};
    PlaceId phones{};
    Network::Server server;
    RadioCell* cell = nullptr;
};

Duration median(std::vector<Duration> of) {
    std::ranges::sort(of);
    return of.at(of.size() / 2);
}

// Beacons come every 102.4 ms; a station scans, and associates.
constexpr Duration associated = seconds(1);

TEST(Wifi, CarriesASmallPacketThereAndBackWithinMilliseconds) {
    Radio radio(Wifi{.distance = 10.0});
    radio.run_for(associated);
    const auto found = radio.round_trips(0, 50, milliseconds(101));
    ASSERT_EQ(found.size(), 50u);
    // Either way at least DIFS of the best effort queue (43 us) and a preamble of HE (36 us or
    // more; IEEE 802.11ax); there is no more to a way at no load than backoff, the packet and its
    // ACK.
    EXPECT_GT(*std::ranges::min_element(found), microseconds(2 * (43 + 36)));
    EXPECT_LT(median(found), milliseconds(2));
}

TEST(Wifi, LosesWhatComesBeforeAStationHasAssociated) {
    Radio radio(Wifi{.distance = 10.0});
    const auto client = radio.connect(0);
    radio.run_for(milliseconds(50));
    EXPECT_EQ(radio.network.packets().loss, 1u);
    radio.run_for(seconds(2));
    EXPECT_NE(client->connected_at, never);  // The SYN was repeated.
    EXPECT_TRUE(radio.network.packets().conserved());
}

TEST(Wifi, EndsWhereTheSignalDoesAndComesBackWithTheStation) {
    // A receiver finds no preamble below -82 dBm (ns-3's default; IEEE 802.11, CCA): of 16 dBm that
    // is left where 46.7 dB + 30 log10(d) are 98 dB.
    const double range = std::pow(10.0, (16.0206 + 82.0 - 46.6777) / 30.0);
    Radio radio(Wifi{.distance = range - 20.0,
                     .speed = 10.0,
                     .farthest = range + 20.0,
                     .channel_width = WifiChannelWidth::mhz20});
    radio.run_for(associated);
    EXPECT_EQ(radio.round_trips(0, 2, milliseconds(250)).size(), 2u);  // 5 m within, at the end.
    radio.run_for(milliseconds(1500));                                 // 10 m beyond.
    EXPECT_EQ(radio.round_trips(0, 8, milliseconds(250)).size(), 0u);  // There and back.
    radio.run_for(seconds(2));                                         // 20 m within.
    EXPECT_EQ(radio.round_trips(0, 4, milliseconds(250)).size(), 4u);
    EXPECT_TRUE(radio.network.packets().conserved());
}

TEST(Wifi, MakesClientsWaitForTheirNeighbours) {
    const auto waits = [](std::uint32_t neighbours) {
        Radio radio(Wifi{.distance = 20.0,
                         .channel_width = WifiChannelWidth::mhz20,
                         .neighbours = neighbours,
                         .neighbour_rate = BitRate{40'000'000}});
        radio.run_for(associated);
        const Duration found = median(radio.round_trips(0, 40, milliseconds(101)));
        EXPECT_TRUE(radio.network.packets().conserved());
        return found;
    };
    EXPECT_GT(waits(3), 2 * waits(0));
}

TEST(Lte, CarriesASmallPacketThereAndBackInTheTimeOfItsSchedulingDelays) {
    Radio radio(Lte{.distance = 300.0});
    radio.run_for(associated);
    const auto found = radio.round_trips(0, 50, milliseconds(101));
    ASSERT_EQ(found.size(), 50u);
    EXPECT_GT(*std::ranges::min_element(found), milliseconds(10));
    EXPECT_LT(median(found), milliseconds(20));
}

TEST(Lte, EndsWhereTheSignalDoes) {
    // 128.1 + 37.6 log10(20 km) = 177 dB: 46 dBm arrive as -131 dBm, 30 dB below the noise.
    Radio radio(Lte{.distance = 20'000.0});
    radio.run_for(associated);
    EXPECT_EQ(radio.round_trips(0, 3, seconds(1)).size(), 0u);
    radio.run_for(seconds(5));
    EXPECT_GT(radio.network.packets().loss, 0u);
    EXPECT_TRUE(radio.network.packets().conserved());
}

TEST(Stations, WalkAwayAndBackInClosedForm) {
    using std::chrono::seconds;
    EXPECT_DOUBLE_EQ(distance_after(10.0, 2.0, std::nullopt, seconds(100)), 210.0);
    EXPECT_DOUBLE_EQ(distance_after(10.0, 2.0, 30.0, seconds(5)), 20.0);
    EXPECT_DOUBLE_EQ(distance_after(10.0, 2.0, 30.0, seconds(10)), 30.0);
    EXPECT_DOUBLE_EQ(distance_after(10.0, 2.0, 30.0, seconds(15)), 20.0);
    EXPECT_DOUBLE_EQ(distance_after(10.0, 2.0, 30.0, seconds(40)), 10.0);
    EXPECT_DOUBLE_EQ(distance_after(10.0, 0.0, 30.0, seconds(40)), 10.0);
}

}  // namespace
}  // namespace reshake::net::test
