// Addresses of machines. A machine is known by 32 bits, which are its IPv4 address, or the end of
// its IPv6 address: nothing but the packets depends on which of the two it has.
//
// Source: RFC 6052 section 2.2 (an IPv4 address under a prefix of 96 bits), RFC 3849 (the prefix).
#pragma once

#include <cstdint>

#include <ns3/address.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>

#include "models/tcp.h"

namespace reshake::net {

/// Under 2001:db8::/96.
[[nodiscard]] ns3::Ipv6Address as_ipv6(ns3::Ipv4Address machine);
/// Errors: aborts if the address is not one that `as_ipv6` gives.
[[nodiscard]] ns3::Ipv4Address machine_at(ns3::Ipv6Address address);

/// Where a connection begins or ends.
struct TransportAddress {
    IpVersion ip{};
    ns3::Ipv4Address machine{};
    std::uint16_t port = 0;

    bool operator==(const TransportAddress&) const = default;
};

/// Names a connection by its client's end.
[[nodiscard]] inline std::uint64_t connection_number(const TransportAddress& client) noexcept {
    return std::uint64_t{client.machine.Get()} << 16 | client.port;
}

/// As an ns3::InetSocketAddress or ns3::Inet6SocketAddress, and back.
[[nodiscard]] ns3::Address to_ns3(const TransportAddress& address);
[[nodiscard]] TransportAddress transport_address(const ns3::Address& address);

}  // namespace reshake::net
