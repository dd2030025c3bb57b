// What a packet's headers say, to those who only look on.
//
// Source: RFC 791 section 3.1, RFC 8200 section 3 (IP), RFC 9293 section 3.1 (TCP), RFC 768 (UDP).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sim/net/datagram.h"

namespace reshake::net {

struct PacketView {
    static constexpr std::uint8_t fin = 0x01;
    static constexpr std::uint8_t syn = 0x02;
    static constexpr std::uint8_t rst = 0x04;
    static constexpr std::uint8_t psh = 0x08;
    static constexpr std::uint8_t ack = 0x10;

    bool is_tcp = false;  ///< Otherwise UDP, and of what follows only the addresses count.
    DatagramAddress source;
    DatagramAddress destination;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledged = 0;
    std::uint8_t flags = 0;
    std::uint32_t payload = 0;  ///< Units: bytes.

    [[nodiscard]] bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    /// How far it moves the sequence number on.
    [[nodiscard]] std::uint32_t length() const noexcept {
        return payload + (has(syn) ? 1 : 0) + (has(fin) ? 1 : 0);
    }
};

/// Where the headers of a packet lie.
struct PacketLayout {
    bool is_ipv6 = false;
    std::uint8_t protocol = 0;    ///< IANA number.
    std::size_t transport = 0;    ///< Offset of the TCP or UDP header.
    std::size_t source = 0;       ///< Offset of the address, and of its last four bytes:
    std::size_t source_tail = 0;  ///< they tell machines apart.
    std::size_t address_size = 0;
};

/// Nothing for what is neither TCP nor UDP right behind the IP header.
[[nodiscard]] std::optional<PacketLayout> layout_of(std::span<const std::byte> packet) noexcept;

[[nodiscard]] std::optional<PacketView> view_of(std::span<const std::byte> packet) noexcept;

/// Writes the checksums that ns-3 leaves out, of IPv4 and of TCP or UDP.
///
/// Source: RFC 1071, RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1.
void fill_checksums(std::span<std::byte> packet) noexcept;

/// Makes the checksum of TCP or UDP a wrong one, as a packet has that was damaged under way.
void spoil_checksum(std::span<std::byte> packet) noexcept;

}  // namespace reshake::net
