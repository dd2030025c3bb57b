#include "sim/net/machine.h"

#include <ns3/ipv4-l3-protocol.h>
#include <ns3/traffic-control-layer.h>

#include "sim/base/check.h"

namespace reshake::net {
namespace {

constexpr std::uint32_t interface_index = 1;

}  // namespace

// Only what a TCP segment passes: no ARP, ICMP, UDP, IPv6, and no queues, which the lanes are.
Machine::Machine(Estate& estate, Wire& wire, std::uint32_t number)
    : estate_(estate),
      number_(number),
      node_(ns3::CreateObject<ns3::Node>()),
      device_(ns3::CreateObject<Device>(wire, number)),
      route_(ns3::CreateObject<SingleRoute>()) {
    const ns3::Ptr<ns3::Ipv4L3Protocol> ip = ns3::CreateObject<ns3::Ipv4L3Protocol>();
    node_->AggregateObject(ip);
    ip->SetRoutingProtocol(route_);
    node_->AggregateObject(ns3::CreateObject<ns3::TrafficControlLayer>());
    tcp_ = ns3::CreateObject<ns3::TcpL4Protocol>();
    node_->AggregateObject(tcp_);
    node_->AddDevice(device_);
    RESHAKE_CHECK(ip->AddInterface(device_) == interface_index);
    ip_ = ip;
}

Machine::~Machine() {
    for (StreamSocket* socket : sockets_) socket->detach();
    device_->unplug();
}

void Machine::set_address(ns3::Ipv4Address address) {
    if (ip_->GetNAddresses(interface_index) > 0) ip_->RemoveAddress(interface_index, 0);
    ip_->AddAddress(interface_index, ns3::Ipv4InterfaceAddress(address, ns3::Ipv4Mask::GetOnes()));
    ip_->SetUp(interface_index);
    route_->lead_out_of(device_, address);
    address_ = address;
}

ns3::Ptr<StreamSocket> Machine::make_socket(StreamSocket& prototype) {
    return prototype.copy_for(node_, tcp_, *this);
}

void Machine::silence() {
    while (!sockets_.empty()) sockets_.back()->vanish();
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
