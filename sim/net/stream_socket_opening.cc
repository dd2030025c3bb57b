// Where a stream begins and ends, over either version of IP, which ns-3 keeps apart.
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv4-end-point.h>
#include <ns3/ipv6-end-point.h>

#include "sim/base/check.h"
#include "sim/net/stream_socket.h"

namespace reshake::net {

TransportAddress StreamSocket::here() const {
    RESHAKE_CHECK(has_end_point());
    if (m_endPoint != nullptr) {
        return {IpVersion::ipv4, m_endPoint->GetLocalAddress(), m_endPoint->GetLocalPort()};
    }
    return {IpVersion::ipv6, machine_at(m_endPoint6->GetLocalAddress()),
            m_endPoint6->GetLocalPort()};
}

TransportAddress StreamSocket::there() const {
    RESHAKE_CHECK(has_end_point());
    if (m_endPoint != nullptr) {
        return {IpVersion::ipv4, m_endPoint->GetPeerAddress(), m_endPoint->GetPeerPort()};
    }
    return {IpVersion::ipv6, machine_at(m_endPoint6->GetPeerAddress()), m_endPoint6->GetPeerPort()};
}

bool StreamSocket::open(const TransportAddress& to) {
    if (to.ip == IpVersion::ipv6) {
        if (Bind6() != 0) return false;
        m_endPoint6->SetPeer(as_ipv6(to.machine), to.port);
        if (SetupEndpoint6() != 0) return false;
    } else {
        if (Bind() != 0) return false;
        m_endPoint->SetPeer(to.machine, to.port);
        if (SetupEndpoint() != 0) return false;
    }
    connection_ = connection_number(here());
    return waits_for_data() || Connect(to_ns3(to)) == 0;
}

bool StreamSocket::listen(IpVersion ip, std::uint16_t port) {
    SetSynRetries(syn_ack_tries_);
    const ns3::Address anywhere =
        ip == IpVersion::ipv6
            ? ns3::Address(ns3::Inet6SocketAddress(ns3::Ipv6Address::GetAny(), port))
            : ns3::Address(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port));
    return Bind(anywhere) == 0 && Listen() == 0;
}

bool StreamSocket::awaits_peer_on(std::uint16_t port) const {
    if ((m_state != LISTEN && m_state != SYN_RCVD) || !has_end_point()) return false;
    // Who listens at any address is at no machine's: only its port is asked for.
    const auto own =
        m_endPoint != nullptr ? m_endPoint->GetLocalPort() : m_endPoint6->GetLocalPort();
    return own == port;
}

}  // namespace reshake::net
