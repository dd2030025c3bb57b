#include "sim/net/address.h"

#include <algorithm>
#include <array>

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>

#include "sim/base/check.h"

namespace reshake::net {
namespace {

constexpr std::size_t prefix_size = 12;
constexpr std::array<std::uint8_t, prefix_size> prefix{0x20, 0x01, 0x0d, 0xb8};

using Bytes = std::array<std::uint8_t, 16>;

}  // namespace

ns3::Ipv6Address as_ipv6(ns3::Ipv4Address machine) {
    Bytes bytes{};
    std::ranges::copy(prefix, bytes.begin());
    machine.Serialize(bytes.data() + prefix_size);
    return {bytes.data()};
}

ns3::Ipv4Address machine_at(ns3::Ipv6Address address) {
    Bytes bytes{};
    address.GetBytes(bytes.data());
    RESHAKE_CHECK(std::equal(prefix.begin(), prefix.end(), bytes.begin()));
    return ns3::Ipv4Address::Deserialize(bytes.data() + prefix_size);
}

ns3::Address to_ns3(const TransportAddress& address) {
    if (address.ip == IpVersion::ipv6) {
        return ns3::Inet6SocketAddress(as_ipv6(address.machine), address.port);
    }
    return ns3::InetSocketAddress(address.machine, address.port);
}

TransportAddress transport_address(const ns3::Address& address) {
    if (ns3::Inet6SocketAddress::IsMatchingType(address)) {
        const auto six = ns3::Inet6SocketAddress::ConvertFrom(address);
        return {IpVersion::ipv6, machine_at(six.GetIpv6()), six.GetPort()};
    }
    const auto four = ns3::InetSocketAddress::ConvertFrom(address);
    return {IpVersion::ipv4, four.GetIpv4(), four.GetPort()};
}

}  // namespace reshake::net
