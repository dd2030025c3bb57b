// ns-3's UDP on a machine, and the ports that are open on it.
//
// ns-3's UDP sockets are left out: one that is closed keeps its port until the end of the run, and
// each copies what arrives into a queue of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ns3/ipv4-end-point.h>
#include <ns3/ipv6-end-point.h>
#include <ns3/packet.h>
#include <ns3/ptr.h>
#include <ns3/udp-l4-protocol.h>

#include "models/tcp.h"
#include "sim/net/address.h"
#include "sim/net/datagram.h"
#include "sim/net/notices.h"

namespace reshake::net {

/// Says nothing of datagrams that nobody waits for: without ICMP, ns-3's IP could not.
class Udp final : public ns3::UdpL4Protocol {
public:
    RxStatus Receive(ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header& header,
                     ns3::Ptr<ns3::Ipv4Interface> interface) override {
        return quietly(UdpL4Protocol::Receive(packet, header, interface));
    }
    RxStatus Receive(ns3::Ptr<ns3::Packet> packet, const ns3::Ipv6Header& header,
                     ns3::Ptr<ns3::Ipv6Interface> interface) override {
        return quietly(UdpL4Protocol::Receive(packet, header, interface));
    }

private:
    static RxStatus quietly(RxStatus status) noexcept {
        return status == RX_ENDPOINT_UNREACH ? RX_OK : status;
    }
};

class Machine;

class UdpPort final : public DatagramPort, private Herald {
public:
    /// `port` 0: any that is free. All must outlive the port.
    /// Errors: aborts if the port is taken.
    UdpPort(const Machine& machine, const ns3::Ptr<Udp>& udp, IpVersion ip, std::uint16_t port,
            DatagramEvents& events, Notices& notices);
    ~UdpPort() override;
    UdpPort(const UdpPort&) = delete;
    UdpPort& operator=(const UdpPort&) = delete;

    void send(const DatagramAddress& to, std::span<const std::byte> datagram) override;

private:
    struct Arrival {
        DatagramAddress from;
        std::vector<std::byte> datagram;
    };

    // Called from the depths of ns-3.
    void take_ipv4(ns3::Ptr<ns3::Packet> packet, ns3::Ipv4Header header, std::uint16_t port,
                   ns3::Ptr<ns3::Ipv4Interface> interface);
    void take_ipv6(ns3::Ptr<ns3::Packet> packet, ns3::Ipv6Header header, std::uint16_t port,
                   ns3::Ptr<ns3::Ipv6Interface> interface);
    void take(const DatagramAddress& from, const ns3::Packet& packet);
    void tell() override;

    const Machine& machine_;
    ns3::Ptr<Udp> udp_;
    // Of these, only that of its version exists.
    ns3::Ipv4EndPoint* end4_ = nullptr;
    ns3::Ipv6EndPoint* end6_ = nullptr;
    DatagramEvents& events_;
    Notices& notices_;
    std::vector<Arrival> arrived_;
    bool* destroyed_ = nullptr;  ///< Set while the user is being told.
};

}  // namespace reshake::net
