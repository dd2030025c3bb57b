#include "sim/net/packet_view.h"

namespace reshake::net {
namespace {

constexpr std::uint8_t tcp = 6;
constexpr std::uint8_t udp = 17;
constexpr std::size_t udp_header = 8;
constexpr std::size_t tcp_header = 20;
constexpr std::size_t ipv4_header = 20;
constexpr std::size_t ipv4_checksum = 10;
constexpr std::size_t ipv6_header = 40;

std::uint8_t u8(std::span<const std::byte> bytes, std::size_t at) noexcept {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

std::uint16_t u16(std::span<const std::byte> bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(u8(bytes, at) << 8u | u8(bytes, at + 1));
}

std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) noexcept {
    return std::uint32_t{u16(bytes, at)} << 16u | u16(bytes, at + 2);
}

void put_u16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) noexcept {
    bytes[at] = static_cast<std::byte>(value >> 8u);
    bytes[at + 1] = static_cast<std::byte>(value & 0xffu);
}

/// RFC 1071: a sum of 16-bit words, the last one padded.
std::uint32_t sum_of(std::span<const std::byte> bytes, std::uint32_t sum) noexcept {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += u16(bytes, i);
    if (bytes.size() % 2 == 1) sum += std::uint32_t{u8(bytes, bytes.size() - 1)} << 8u;
    return sum;
}

std::uint16_t folded(std::uint32_t sum) noexcept {
    while (sum >> 16u != 0) sum = (sum & 0xffffu) + (sum >> 16u);
    return static_cast<std::uint16_t>(~sum);
}

std::size_t checksum_at(const PacketLayout& layout) noexcept {
    constexpr std::size_t in_tcp = 16;
    constexpr std::size_t in_udp = 6;
    return layout.transport + (layout.protocol == tcp ? in_tcp : in_udp);
}

}  // namespace

std::optional<PacketLayout> layout_of(std::span<const std::byte> packet) noexcept {
    PacketLayout layout;
    if (packet.size() < ipv4_header) return std::nullopt;
    layout.is_ipv6 = u8(packet, 0) >> 4u == 6;
    if (layout.is_ipv6) {
        if (packet.size() < ipv6_header) return std::nullopt;
        layout.protocol = u8(packet, 6);
        layout.transport = ipv6_header;
        layout.source = 8;
        layout.address_size = 16;
    } else {
        layout.protocol = u8(packet, 9);
        layout.transport = std::size_t{u8(packet, 0) & 0x0fu} * 4;
        layout.source = 12;
        layout.address_size = 4;
    }
    layout.source_tail = layout.source + layout.address_size - 4;
    const std::size_t header = layout.protocol == tcp ? tcp_header : udp_header;
    if (layout.protocol != tcp && layout.protocol != udp) return std::nullopt;
    if (packet.size() < layout.transport + header) return std::nullopt;
    return layout;
}

std::optional<PacketView> view_of(std::span<const std::byte> packet) noexcept {
    const std::optional<PacketLayout> layout = layout_of(packet);
    if (!layout) return std::nullopt;
    const std::size_t transport = layout->transport;
    PacketView view{.is_tcp = layout->protocol == tcp,
                    .source = {u32(packet, layout->source_tail), u16(packet, transport)},
                    .destination = {u32(packet, layout->source_tail + layout->address_size),
                                    u16(packet, transport + 2)}};
    if (!view.is_tcp) return view;
    const std::size_t header = std::size_t{u8(packet, transport + 12)} / 16 * 4;
    if (packet.size() < transport + header) return std::nullopt;
    view.sequence = u32(packet, transport + 4);
    view.acknowledged = u32(packet, transport + 8);
    view.flags = u8(packet, transport + 13);
    view.payload = static_cast<std::uint32_t>(packet.size() - transport - header);
    return view;
}

void fill_checksums(std::span<std::byte> packet) noexcept {
    const std::optional<PacketLayout> layout = layout_of(packet);
    if (!layout) return;
    if (!layout->is_ipv6) {
        put_u16(packet, ipv4_checksum, 0);
        put_u16(packet, ipv4_checksum, folded(sum_of(packet.first(layout->transport), 0)));
    }
    const std::span<std::byte> segment = packet.subspan(layout->transport);
    put_u16(packet, checksum_at(*layout), 0);
    // The pseudo-header: both addresses, the length and the protocol.
    std::uint32_t sum = sum_of(packet.subspan(layout->source, 2 * layout->address_size), 0);
    sum += static_cast<std::uint32_t>(segment.size()) + layout->protocol;
    const std::uint16_t checksum = folded(sum_of(segment, sum));
    // RFC 768: a zero would say that there is none.
    const bool none = layout->protocol == udp && checksum == 0;
    put_u16(packet, checksum_at(*layout), none ? std::uint16_t{0xffff} : checksum);
}

void spoil_checksum(std::span<std::byte> packet) noexcept {
    const std::optional<PacketLayout> layout = layout_of(packet);
    if (layout) packet[checksum_at(*layout)] ^= std::byte{0x55};
}

}  // namespace reshake::net
