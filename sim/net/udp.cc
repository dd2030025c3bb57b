#include "sim/net/udp.h"

#include <ns3/callback.h>

#include "sim/base/check.h"
#include "sim/net/machine.h"

namespace reshake::net {

UdpPort::UdpPort(const Machine& machine, const ns3::Ptr<Udp>& udp, IpVersion ip, std::uint16_t port,
                 DatagramEvents& events, Notices& notices)
    : machine_(machine), udp_(udp), events_(events), notices_(notices) {
    if (ip == IpVersion::ipv6) {
        end6_ = port == 0 ? udp_->Allocate6() : udp_->Allocate6(nullptr, port);
        RESHAKE_CHECK(end6_ != nullptr);
        end6_->SetRxCallback(ns3::MakeCallback(&UdpPort::take_ipv6, this));
    } else {
        end4_ = port == 0 ? udp_->Allocate() : udp_->Allocate(nullptr, port);
        RESHAKE_CHECK(end4_ != nullptr);
        end4_->SetRxCallback(ns3::MakeCallback(&UdpPort::take_ipv4, this));
    }
}

UdpPort::~UdpPort() {
    if (!arrived_.empty()) notices_.withdraw(*this);
    if (destroyed_ != nullptr) *destroyed_ = true;
    if (end4_ != nullptr) udp_->DeAllocate(end4_);
    if (end6_ != nullptr) udp_->DeAllocate(end6_);
}

void UdpPort::send(const DatagramAddress& to, std::span<const std::byte> datagram) {
    RESHAKE_CHECK(datagram.size() <= largest_datagram);
    const auto packet =
        ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(datagram.data()),
                                 static_cast<std::uint32_t>(datagram.size()));
    const ns3::Ipv4Address peer(to.machine);
    if (end6_ != nullptr) {
        udp_->Send(packet, as_ipv6(machine_.address()), as_ipv6(peer), end6_->GetLocalPort(),
                   to.port);
    } else {
        udp_->Send(packet, machine_.address(), peer, end4_->GetLocalPort(), to.port);
    }
}

void UdpPort::take_ipv4(ns3::Ptr<ns3::Packet> packet, ns3::Ipv4Header header, std::uint16_t port,
                        ns3::Ptr<ns3::Ipv4Interface>) {
    take({.machine = header.GetSource().Get(), .port = port}, *packet);
}

void UdpPort::take_ipv6(ns3::Ptr<ns3::Packet> packet, ns3::Ipv6Header header, std::uint16_t port,
                        ns3::Ptr<ns3::Ipv6Interface>) {
    take({.machine = machine_at(header.GetSource()).Get(), .port = port}, *packet);
}

void UdpPort::take(const DatagramAddress& from, const ns3::Packet& packet) {
    if (arrived_.empty()) notices_.post(*this);
    Arrival& arrival = arrived_.emplace_back();
    arrival.from = from;
    arrival.datagram.resize(packet.GetSize());
    packet.CopyData(reinterpret_cast<std::uint8_t*>(arrival.datagram.data()), packet.GetSize());
}

void UdpPort::tell() {
    bool gone = false;
    destroyed_ = &gone;
    const std::vector<Arrival> told = std::exchange(arrived_, {});
    for (const Arrival& arrival : told) {
        events_.on_datagram(arrival.from, arrival.datagram);
        if (gone) return;
    }
    destroyed_ = nullptr;
}

}  // namespace reshake::net
