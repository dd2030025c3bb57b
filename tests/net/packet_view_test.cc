// What a tap reads from packets, and the checksums it fills in: against a header whose checksum is
// known, and against the receiver's rule that a whole packet sums up to nothing.
#include "sim/net/packet_view.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/net/tap.h"
#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<int> values) {
    Bytes made;
    for (const int value : values) made.push_back(static_cast<std::byte>(value));
    return made;
}

/// A SYN from 127.0.0.1:51234 to 127.0.0.1:443, with the checksum of its IP header in it.
constexpr std::size_t ip_checksum = 10;
constexpr std::size_t tcp_checksum = 36;
Bytes syn() {
    return bytes({0x45, 0x00, 0x00, 0x28, 0x00, 0x01, 0x00, 0x00, 0x40, 0x06,
                  0x7c, 0xcd, 0x7f, 0x00, 0x00, 0x01, 0x7f, 0x00, 0x00, 0x01,
                  0xc8, 0x22, 0x01, 0xbb, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00,
                  0x00, 0x00, 0x50, 0x02, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00});
}

/// RFC 1071: the sum of a packet with the right checksum in it is all ones.
std::uint16_t sum_of(std::span<const std::byte> from, std::uint32_t sum) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        sum += std::to_integer<std::uint32_t>(from[i]) << (i % 2 == 0 ? 8u : 0u);
    }
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16u);
    return static_cast<std::uint16_t>(sum);
}

bool receiver_accepts(std::span<const std::byte> packet) {
    const auto layout = layout_of(packet);
    if (!layout) return false;
    if (!layout->is_ipv6 && sum_of(packet.first(layout->transport), 0) != 0xffff) return false;
    const auto segment = packet.subspan(layout->transport);
    const std::uint32_t addresses =
        sum_of(packet.subspan(layout->source, 2 * layout->address_size), 0);
    const auto size = static_cast<std::uint32_t>(segment.size());
    return sum_of(segment, addresses + layout->protocol + size) == 0xffff;
}

TEST(PacketView, ReadsAddressesPortsAndFlags) {
    const auto view = view_of(syn());
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->is_tcp);
    EXPECT_EQ(view->source, (DatagramAddress{0x7f000001, 51234}));
    EXPECT_EQ(view->destination, (DatagramAddress{0x7f000001, 443}));
    EXPECT_EQ(view->sequence, 7u);
    EXPECT_TRUE(view->has(PacketView::syn) && !view->has(PacketView::ack));
    EXPECT_EQ(view->payload, 0u);
    EXPECT_EQ(view->length(), 1u);
    EXPECT_FALSE(view_of(std::span<const std::byte>(syn()).first(30)));
}

TEST(PacketView, FillsInTheChecksumsThatAreKnown) {
    Bytes packet = syn();
    const Bytes known(packet.begin() + ip_checksum, packet.begin() + ip_checksum + 2);
    packet[ip_checksum] = packet[ip_checksum + 1] = std::byte{0};
    EXPECT_FALSE(receiver_accepts(packet));
    fill_checksums(packet);
    EXPECT_TRUE(receiver_accepts(packet));
    EXPECT_TRUE(std::equal(known.begin(), known.end(), packet.begin() + ip_checksum));
    packet.push_back(std::byte{0x77});  // An odd length.
    fill_checksums(packet);
    EXPECT_TRUE(receiver_accepts(packet));
    spoil_checksum(packet);
    EXPECT_FALSE(receiver_accepts(packet));
    EXPECT_NE(packet[tcp_checksum], std::byte{0});
}

/// Counts what it is shown, and whether it would be taken.
struct Counter final : Tap {
    void on_packet(Sighting sighting, const Vantage&, std::span<const std::byte> packet) override {
        ++seen[static_cast<std::size_t>(sighting)];
        refused += receiver_accepts(packet) ? 0u : 1u;
    }
    std::uint64_t of(Sighting sighting) const { return seen[static_cast<std::size_t>(sighting)]; }

    std::array<std::uint64_t, names_of(Sighting{}).size()> seen{};
    std::uint64_t refused = 0;
};

struct Tapped : OverEachTcp {};
OVER_EACH_STACK(Tapped);

TEST_P(Tapped, SeesEveryPacketAndWhatBecameOfIt) {
    Counter counter;  // A world that ends resets what is open, and shows that, too.
    World world(GetParam());
    world.network.tap(counter);
    const auto client = world.connect(world.attach());
    world.run_for(seconds(1));
    send(*client->stream, 5000);
    world.run_for(seconds(1));
    world.close(world.phones, world.home);
    send(*client->stream, 100);
    world.run_for(seconds(5));
    const PacketCounts& counts = world.network.packets();
    EXPECT_GT(counts.delivered, 6u);
    EXPECT_EQ(counter.of(Sighting::sent), counts.sent);
    EXPECT_EQ(counter.of(Sighting::received), counts.delivered);
    EXPECT_EQ(counter.of(Sighting::gate_closed), counts.partition);
    EXPECT_GT(counts.partition, 0u);
    EXPECT_EQ(counter.refused, 0u);
}

}  // namespace
}  // namespace reshake::net::test
