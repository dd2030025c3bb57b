#include "sim/net/packet_headers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "sim/base/check.h"

namespace reshake::net {
namespace {

constexpr std::uint8_t tcp_number = 6;  // IANA protocol numbers.
constexpr std::uint8_t udp_number = 17;
constexpr std::uint32_t ipv4_header = 20;
constexpr std::uint32_t ipv6_header = 40;
constexpr std::uint32_t tcp_header = 20;  // Without options.

constexpr std::uint8_t fin_flag = 0x01;
constexpr std::uint8_t syn_flag = 0x02;
constexpr std::uint8_t rst_flag = 0x04;
constexpr std::uint8_t ack_flag = 0x10;

/// The start of a packet, which the simulation's stack writes without options of IP.
class Head {
public:
    explicit Head(const ns3::Packet& packet)
        : size_(packet.CopyData(bytes_.data(), static_cast<std::uint32_t>(bytes_.size()))),
          whole_(packet.GetSize()) {
        RESHAKE_CHECK(v6() || (bytes_[0] & 0x0fu) * 4u == ipv4_header);
    }

    [[nodiscard]] bool v6() const noexcept { return bytes_[0] >> 4u == 6; }
    [[nodiscard]] std::uint32_t transport() const noexcept {
        return v6() ? ipv6_header : ipv4_header;
    }
    [[nodiscard]] std::uint8_t protocol() const noexcept { return bytes_[v6() ? 6 : 9]; }
    [[nodiscard]] bool has_ports() const noexcept {
        return protocol() == udp_number || protocol() == tcp_number;
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return whole_; }
    [[nodiscard]] std::uint8_t of_transport(std::size_t offset) const {
        return bytes_.at(transport() + offset);
    }
    [[nodiscard]] std::uint16_t u16(std::size_t offset) const {
        return static_cast<std::uint16_t>(of_transport(offset) << 8u | of_transport(offset + 1));
    }
    [[nodiscard]] std::uint32_t u32(std::size_t offset) const {
        return std::uint32_t{u16(offset)} << 16u | u16(offset + 2);
    }
    /// Of the last four bytes of an address: that is what tells this network's machines apart.
    [[nodiscard]] std::uint32_t address(bool source) const noexcept {
        const std::size_t last = v6() ? (source ? 24 : 40) : (source ? 16 : 20);
        std::uint32_t value = 0;
        for (std::size_t i = last - 4; i < last; ++i) value = value << 8u | bytes_[i];
        return value;
    }
    [[nodiscard]] std::span<std::uint8_t> bytes() noexcept {
        return std::span(bytes_).first(size_);
    }

private:
    std::array<std::uint8_t, ipv6_header + tcp_header> bytes_{};
    std::uint32_t size_;
    std::uint32_t whole_;
};

void write_u16(std::span<std::uint8_t> at, std::uint16_t value) {
    at[0] = static_cast<std::uint8_t>(value >> 8u);
    at[1] = static_cast<std::uint8_t>(value);
}

void write_u32(std::span<std::uint8_t> at, std::uint32_t value) {
    write_u16(at, static_cast<std::uint16_t>(value >> 16u));
    write_u16(at.subspan(2), static_cast<std::uint16_t>(value));
}

}  // namespace

std::optional<Segment> read_segment(const ns3::Packet& packet, Direction direction) {
    const Head head(packet);
    if (!head.has_ports()) return std::nullopt;
    const bool up = direction == Direction::uplink;
    Segment segment{.tcp = head.protocol() == tcp_number,
                    .client = head.address(up),
                    .peer = head.address(!up),
                    .client_port = head.u16(up ? 0 : 2),
                    .peer_port = head.u16(up ? 2 : 0),
                    .bytes = head.size()};
    if (!segment.tcp) return segment;
    segment.sequence = head.u32(4);
    segment.acknowledgment = head.u32(8);
    segment.payload = head.size() - head.transport() - (head.of_transport(12) >> 4u) * 4u;
    const std::uint8_t flags = head.of_transport(13);
    segment.fin = (flags & fin_flag) != 0;
    segment.syn = (flags & syn_flag) != 0;
    segment.rst = (flags & rst_flag) != 0;
    segment.ack = (flags & ack_flag) != 0;
    return segment;
}

ns3::Ptr<ns3::Packet> with_client_port(const ns3::Packet& packet, Direction direction,
                                       std::uint16_t port) {
    Head head(packet);
    const std::size_t offset = head.transport() + (direction == Direction::uplink ? 0 : 2);
    write_u16(head.bytes().subspan(offset), port);  // Nobody computes checksums here.
    const auto size = static_cast<std::uint32_t>(head.bytes().size());
    auto changed = ns3::Create<ns3::Packet>(head.bytes().data(), size);
    if (packet.GetSize() > size) {
        changed->AddAtEnd(packet.CreateFragment(size, packet.GetSize() - size));
    }
    return changed;
}

ns3::Ptr<ns3::Packet> make_reset(const ns3::Packet& packet, Direction direction,
                                 const Middleboxes::Reset& reset) {
    Head head(packet);
    const std::span<std::uint8_t> bytes = head.bytes().first(head.transport() + tcp_header);
    if (reset.direction != direction) {
        const std::size_t size = head.v6() ? 16 : 4;
        const std::size_t source = head.v6() ? 8 : 12;
        std::ranges::swap_ranges(bytes.subspan(source, size), bytes.subspan(source + size, size));
    }
    if (head.v6()) {
        write_u16(bytes.subspan(4), tcp_header);  // Payload length.
    } else {
        write_u16(bytes.subspan(2), ipv4_header + tcp_header);  // Total length.
    }
    const bool up = reset.direction == Direction::uplink;
    const std::span<std::uint8_t> tcp = bytes.subspan(head.transport());
    std::ranges::fill(tcp, std::uint8_t{0});
    write_u16(tcp, up ? reset.segment.client_port : reset.segment.peer_port);
    write_u16(tcp.subspan(2), up ? reset.segment.peer_port : reset.segment.client_port);
    write_u32(tcp.subspan(4), reset.segment.sequence);
    write_u32(tcp.subspan(8), reset.segment.acknowledgment);
    tcp[12] = (tcp_header / 4) << 4u;
    tcp[13] = rst_flag | (reset.segment.ack ? ack_flag : 0u);
    return ns3::Create<ns3::Packet>(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

std::uint32_t flow_hash(const ns3::Packet& packet) {
    const Head head(packet);
    std::uint64_t hash = head.protocol();
    const std::uint32_t ports = head.has_ports() ? head.u32(0) : 0;
    for (const std::uint32_t part : {head.address(true), head.address(false), ports}) {
        hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32u;
    }
    return static_cast<std::uint32_t>(hash);
}

}  // namespace reshake::net
