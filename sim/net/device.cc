#include "sim/net/device.h"

#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-route.h>

namespace reshake::net {
namespace {

/// Behind the loopback interface, which ns-3 makes for itself as number 0.
constexpr std::uint32_t interface_index = 1;

}  // namespace

Device::Device(Wire& wire, std::uint32_t machine, IpVersion ip)
    : wire_(&wire),
      machine_(machine),
      protocol_(ip == IpVersion::ipv6 ? ns3::Ipv6L3Protocol::PROT_NUMBER
                                      : ns3::Ipv4L3Protocol::PROT_NUMBER) {}

void Device::receive(const ns3::Ptr<ns3::Packet>& packet) {
    receive_(this, packet, protocol_, ns3::Address());
}

bool Device::Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address&, std::uint16_t) {
    if (wire_ == nullptr) return false;
    wire_->transmit(machine_, packet);
    return true;
}

void Device::DoDispose() {
    wire_ = nullptr;
    node_ = nullptr;
    receive_ = ReceiveCallback();
    NetDevice::DoDispose();
}

void SingleRoute::lead_out_of(const ns3::Ptr<ns3::NetDevice>& device, ns3::Ipv4Address source) {
    route_ = ns3::Create<ns3::Ipv4Route>();
    route_->SetSource(source);
    route_->SetGateway(ns3::Ipv4Address::GetAny());
    route_->SetOutputDevice(device);
}

ns3::Ptr<ns3::Ipv4Route> SingleRoute::RouteOutput(ns3::Ptr<ns3::Packet>, const ns3::Ipv4Header&,
                                                  ns3::Ptr<ns3::NetDevice>,
                                                  ns3::Socket::SocketErrno& error) {
    error = ns3::Socket::ERROR_NOTERROR;
    return route_;
}

bool SingleRoute::RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header& header,
                             ns3::Ptr<const ns3::NetDevice>, UnicastForwardCallback,
                             MulticastForwardCallback, LocalDeliverCallback local, ErrorCallback) {
    if (header.GetDestination() != route_->GetSource()) return false;
    local(packet, header, interface_index);
    return true;
}

void SingleRoute::DoDispose() {
    route_ = nullptr;
    Ipv4RoutingProtocol::DoDispose();
}

void SingleRoute6::lead_out_of(const ns3::Ptr<ns3::NetDevice>& device, ns3::Ipv6Address source) {
    route_ = ns3::Create<ns3::Ipv6Route>();
    route_->SetSource(source);
    route_->SetGateway(ns3::Ipv6Address::GetAny());
    route_->SetOutputDevice(device);
}

ns3::Ptr<ns3::Ipv6Route> SingleRoute6::RouteOutput(ns3::Ptr<ns3::Packet>, const ns3::Ipv6Header&,
                                                   ns3::Ptr<ns3::NetDevice>,
                                                   ns3::Socket::SocketErrno& error) {
    error = ns3::Socket::ERROR_NOTERROR;
    return route_;
}

void SingleRoute6::DoDispose() {
    route_ = nullptr;
    Ipv6RoutingProtocol::DoDispose();
}

}  // namespace reshake::net
