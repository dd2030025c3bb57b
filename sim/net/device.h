// The ns-3 objects that tie a machine's IP to the fabric: a network device and a route.
//
// Neither asks for ARP, a broadcast or a table: there is one way out of a machine, and what lies
// behind it is the fabric's business.
#pragma once

#include <cstdint>

#include <ns3/channel.h>
#include <ns3/ipv4-routing-protocol.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-routing-protocol.h>
#include <ns3/ipv6.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>

#include "models/tcp.h"

namespace reshake::net {

/// What takes the packets that leave a device.
class Wire {
public:
    virtual ~Wire() = default;
    virtual void transmit(std::uint32_t machine, const ns3::Ptr<ns3::Packet>& packet) = 0;
};

/// The largest IP packet, as on Ethernet.
inline constexpr std::uint16_t mtu = 1500;

class Device final : public ns3::NetDevice {
public:
    /// `wire` must outlive the device, or be taken away with `unplug`.
    Device(Wire& wire, std::uint32_t machine, IpVersion ip);

    void receive(const ns3::Ptr<ns3::Packet>& packet);
    void unplug() noexcept { wire_ = nullptr; }

    bool Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& to,
              std::uint16_t protocol) override;

    void SetIfIndex(const std::uint32_t index) override { index_ = index; }
    std::uint32_t GetIfIndex() const override { return index_; }
    ns3::Ptr<ns3::Channel> GetChannel() const override { return nullptr; }
    void SetAddress(ns3::Address address) override { address_ = address; }
    ns3::Address GetAddress() const override { return address_; }
    bool SetMtu(const std::uint16_t) override { return false; }
    std::uint16_t GetMtu() const override { return mtu; }
    bool IsLinkUp() const override { return true; }
    void AddLinkChangeCallback(ns3::Callback<void>) override {}
    bool IsBroadcast() const override { return false; }
    ns3::Address GetBroadcast() const override { return {}; }
    bool IsMulticast() const override { return false; }
    ns3::Address GetMulticast(ns3::Ipv4Address) const override { return {}; }
    ns3::Address GetMulticast(ns3::Ipv6Address) const override { return {}; }
    bool IsBridge() const override { return false; }
    bool IsPointToPoint() const override { return true; }
    bool SendFrom(ns3::Ptr<ns3::Packet>, const ns3::Address&, const ns3::Address&,
                  std::uint16_t) override {
        return false;
    }
    ns3::Ptr<ns3::Node> GetNode() const override { return node_; }
    void SetNode(ns3::Ptr<ns3::Node> node) override { node_ = node; }
    bool NeedsArp() const override { return false; }
    void SetReceiveCallback(ReceiveCallback callback) override { receive_ = callback; }
    void SetPromiscReceiveCallback(PromiscReceiveCallback) override {}
    bool SupportsSendFrom() const override { return false; }

private:
    void DoDispose() override;

    Wire* wire_;
    std::uint32_t machine_;
    std::uint16_t protocol_;  ///< EtherType of what arrives.
    std::uint32_t index_ = 0;
    ns3::Address address_;
    ns3::Ptr<ns3::Node> node_;
    ReceiveCallback receive_;
};

/// Sends everything out of one device and takes in everything that arrives there.
class SingleRoute final : public ns3::Ipv4RoutingProtocol {
public:
    void lead_out_of(const ns3::Ptr<ns3::NetDevice>& device, ns3::Ipv4Address source);

    ns3::Ptr<ns3::Ipv4Route> RouteOutput(ns3::Ptr<ns3::Packet> packet,
                                         const ns3::Ipv4Header& header,
                                         ns3::Ptr<ns3::NetDevice> device,
                                         ns3::Socket::SocketErrno& error) override;
    bool RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header& header,
                    ns3::Ptr<const ns3::NetDevice> device, UnicastForwardCallback unicast,
                    MulticastForwardCallback multicast, LocalDeliverCallback local,
                    ErrorCallback error) override;

    void NotifyInterfaceUp(std::uint32_t) override {}
    void NotifyInterfaceDown(std::uint32_t) override {}
    void NotifyAddAddress(std::uint32_t, ns3::Ipv4InterfaceAddress) override {}
    void NotifyRemoveAddress(std::uint32_t, ns3::Ipv4InterfaceAddress) override {}
    void SetIpv4(ns3::Ptr<ns3::Ipv4>) override {}
    void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper>, ns3::Time::Unit) const override {}

private:
    void DoDispose() override;

    ns3::Ptr<ns3::Ipv4Route> route_;
};

/// The same for IPv6, where ns-3 takes in by itself what is for the machine.
class SingleRoute6 final : public ns3::Ipv6RoutingProtocol {
public:
    void lead_out_of(const ns3::Ptr<ns3::NetDevice>& device, ns3::Ipv6Address source);

    ns3::Ptr<ns3::Ipv6Route> RouteOutput(ns3::Ptr<ns3::Packet> packet,
                                         const ns3::Ipv6Header& header,
                                         ns3::Ptr<ns3::NetDevice> device,
                                         ns3::Socket::SocketErrno& error) override;
    bool RouteInput(ns3::Ptr<const ns3::Packet>, const ns3::Ipv6Header&,
                    ns3::Ptr<const ns3::NetDevice>, UnicastForwardCallback,
                    MulticastForwardCallback, LocalDeliverCallback, ErrorCallback) override {
        return false;
    }

    void NotifyInterfaceUp(std::uint32_t) override {}
    void NotifyInterfaceDown(std::uint32_t) override {}
    void NotifyAddAddress(std::uint32_t, ns3::Ipv6InterfaceAddress) override {}
    void NotifyRemoveAddress(std::uint32_t, ns3::Ipv6InterfaceAddress) override {}
    void NotifyAddRoute(ns3::Ipv6Address, ns3::Ipv6Prefix, ns3::Ipv6Address, std::uint32_t,
                        ns3::Ipv6Address) override {}
    void NotifyRemoveRoute(ns3::Ipv6Address, ns3::Ipv6Prefix, ns3::Ipv6Address, std::uint32_t,
                           ns3::Ipv6Address) override {}
    void SetIpv6(ns3::Ptr<ns3::Ipv6>) override {}
    void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper>, ns3::Time::Unit) const override {}

private:
    void DoDispose() override;

    ns3::Ptr<ns3::Ipv6Route> route_;
};

}  // namespace reshake::net
