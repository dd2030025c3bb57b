// Datagrams between machines: each arrives whole, late, or not at all, and nobody is told.
//
// A machine that nobody listens on keeps silent: there is no ICMP, so that a sender learns of a
// dead process as it learns of a dead machine, by waiting.
//
// Source: RFC 768.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace reshake::net {

/// Bytes that fit into one packet of either version of IP: nothing is sent in fragments.
inline constexpr std::size_t largest_datagram = 1500 - 40 - 8;

/// Where a datagram comes from or goes to. `Network::address` makes one; a sender's can be
/// answered.
struct DatagramAddress {
    std::uint32_t machine = 0;  ///< Its IPv4 address, or the end of its IPv6 address.
    std::uint16_t port = 0;

    bool operator==(const DatagramAddress&) const = default;
};

/// Calls arrive from the run loop, never from within a call to the port itself. The owner may close
/// the port inside them.
class DatagramEvents {
public:
    virtual ~DatagramEvents() = default;
    virtual void on_datagram(const DatagramAddress& from, std::span<const std::byte> datagram) = 0;
};

/// A process's hold on a UDP port. Destroying it closes the port: what arrives later is lost.
class DatagramPort {
public:
    virtual ~DatagramPort() = default;

    /// Errors: aborts if it is larger than `largest_datagram`.
    virtual void send(const DatagramAddress& to, std::span<const std::byte> datagram) = 0;
};

}  // namespace reshake::net
