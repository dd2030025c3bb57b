#include "sim/net/machine.h"

#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-route.h>
#include <ns3/mac48-address.h>
#include <ns3/traffic-control-layer.h>

#include "sim/base/check.h"

namespace reshake::net {
namespace {

constexpr std::uint32_t interface_index = 1;

}  // namespace

// Only what a TCP segment passes: no ARP, no ICMP, and no queues, which the lanes are.
Machine::Machine(Estate& estate, Wire& wire, std::uint32_t number, IpVersion ip)
    : estate_(estate),
      number_(number),
      ip_(ip),
      node_(ns3::CreateObject<ns3::Node>()),
      device_(ns3::CreateObject<Device>(wire, number, ip)),
      tcp_(ns3::CreateObject<ns3::TcpL4Protocol>()) {
    if (ip_ == IpVersion::ipv6) {
        attach_ipv6();
    } else {
        attach_ipv4();
    }
}

void Machine::attach_ipv4() {
    const ns3::Ptr<ns3::Ipv4L3Protocol> ip = ns3::CreateObject<ns3::Ipv4L3Protocol>();
    node_->AggregateObject(ip);
    route4_ = ns3::CreateObject<SingleRoute>();
    ip->SetRoutingProtocol(route4_);
    node_->AggregateObject(ns3::CreateObject<ns3::TrafficControlLayer>());
    node_->AggregateObject(tcp_);
    node_->AddDevice(device_);
    RESHAKE_CHECK(ip->AddInterface(device_) == interface_index);
    ip4_ = ip;
}

void Machine::attach_ipv6() {
    const ns3::Ptr<ns3::Ipv6L3Protocol> ip = ns3::CreateObject<ns3::Ipv6L3Protocol>();
    node_->AggregateObject(ip);
    route6_ = ns3::CreateObject<SingleRoute6>();
    ip->SetRoutingProtocol(route6_);
    ip->RegisterExtensions();  // ns-3 looks into them for every packet.
    node_->AggregateObject(ns3::CreateObject<ns3::TrafficControlLayer>());
    node_->AggregateObject(tcp_);
    attach_udp();  // Of a protocol that it does not have, ns-3's IPv6 speaks by ICMP.
    // Nobody sends to the link-local address that ns-3 makes of this, but it must be able to.
    device_->SetAddress(ns3::Mac48Address("02:00:00:00:00:01"));
    node_->AddDevice(device_);
    RESHAKE_CHECK(ip->AddInterface(device_) == interface_index);
    ip->SetUp(interface_index);
    ip6_ = ip;
}

void Machine::attach_udp() {
    udp_ = ns3::CreateObject<Udp>();
    node_->AggregateObject(udp_);
}

Machine::~Machine() {
    for (StreamSocket* socket : sockets_) socket->detach();
    device_->unplug();
}

void Machine::set_address(ns3::Ipv4Address address) {
    if (ip_ == IpVersion::ipv6) {
        const ns3::Ipv6Address six = as_ipv6(address);
        if (address_.IsInitialized()) ip6_->RemoveAddress(interface_index, as_ipv6(address_));
        ip6_->AddAddress(interface_index, ns3::Ipv6InterfaceAddress(six, ns3::Ipv6Prefix(128)),
                         false);
        route6_->lead_out_of(device_, six);
    } else {
        if (ip4_->GetNAddresses(interface_index) > 0) ip4_->RemoveAddress(interface_index, 0);
        ip4_->AddAddress(interface_index,
                         ns3::Ipv4InterfaceAddress(address, ns3::Ipv4Mask::GetOnes()));
        ip4_->SetUp(interface_index);
        route4_->lead_out_of(device_, address);
    }
    address_ = address;
}

ns3::Ptr<StreamSocket> Machine::make_socket(StreamSocket& prototype) {
    return prototype.copy_for(node_, tcp_, *this);
}

void Machine::silence() {
    while (!sockets_.empty()) sockets_.back()->vanish();
}

void Machine::stop_listening(std::uint16_t port) {
    // From the last to the first: the place of one that ends goes to the last, which has been seen.
    for (std::size_t i = sockets_.size(); i-- > 0;) {
        if (sockets_[i]->awaits_peer_on(port)) sockets_[i]->vanish();
    }
}

std::unique_ptr<DatagramPort> Machine::open_port(std::uint16_t port, DatagramEvents& events,
                                                 Notices& notices) {
    if (udp_ == nullptr) attach_udp();
    return std::make_unique<UdpPort>(*this, udp_, ip_, port, events, notices);
}

void Machine::born(StreamSocket& socket) {
    socket.position = sockets_.size();
    sockets_.push_back(&socket);
}

void Machine::ended(StreamSocket& socket) {
    StreamSocket* last = sockets_.back();
    sockets_[socket.position] = last;
    last->position = socket.position;
    sockets_.pop_back();
    estate_.buried(socket);
    estate_.perhaps_quiet(*this);
}

}  // namespace reshake::net
