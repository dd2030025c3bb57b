#include "sim/net/radio/wifi_access.h"

#include <string>

#include <ns3/boolean.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/llc-snap-header.h>
#include <ns3/ssid.h>
#include <ns3/string.h>
#include <ns3/wifi-helper.h>
#include <ns3/wifi-mac-helper.h>
#include <ns3/yans-wifi-helper.h>

#include "sim/base/check.h"
#include "sim/net/radio_models.h"

namespace reshake::net {
namespace {

/// ns-3's MAC gives a packet up after 500 ms (WifiMacQueue::MaxDelay) or a number of tries, and
/// says so. What a receiver holds back for order is never told: twice as long is out of doubt.
constexpr std::chrono::seconds patience{1};

/// Number 0: the only channel of that width that ns-3 comes to first.
std::string channel_of(WifiChannelWidth width) {
    const std::string name(name_of(width));
    return "{0, " + name.substr(0, name.find("MHz")) + ", BAND_5GHZ, 0}";
}

}  // namespace

WifiAccess::WifiAccess(const Wifi& wifi, std::uint32_t clients, CarrierReports& reports,
                       const Random& random)
    : Ns3Cell(plan_of(wifi, clients, patience), reports) {
    seed_ns3(random.stream("ns-3"));
    ns3::WifiHelper helper;
    helper.SetStandard(ns3::WIFI_STANDARD_80211ax);
    helper.SetRemoteStationManager("ns3::MinstrelHtWifiManager");
    ns3::YansWifiPhyHelper phy;
    phy.SetChannel(ns3::YansWifiChannelHelper::Default().Create());
    phy.Set("ChannelSettings", ns3::StringValue(channel_of(wifi.channel_width)));

    const ns3::Ssid ssid("reshake");
    ns3::WifiMacHelper mac;
    mac.SetType("ns3::ApWifiMac", "Ssid", ns3::SsidValue(ssid));
    ns3::NetDeviceContainer devices = helper.Install(phy, mac, make_centre());
    mac.SetType("ns3::StaWifiMac", "Ssid", ns3::SsidValue(ssid));
    for (std::uint32_t i = 0; i < plan().stations(); ++i) {
        devices.Add(helper.Install(phy, mac, make_station(i)));
    }
    helper.AssignStreams(devices, 0);

    for (std::uint32_t i = 0; i < devices.GetN(); ++i) {
        const auto device = ns3::DynamicCast<ns3::WifiNetDevice>(devices.Get(i));
        watch(device);
        if (i == 0) {
            access_point_ = device;
        } else {
            stations_.push_back(device);
        }
    }
    begin_downloads();
}

void WifiAccess::watch(const ns3::Ptr<ns3::WifiNetDevice>& device) {
    listen_at(*device);
    const ns3::Ptr<ns3::WifiMac> mac = device->GetMac();
    RESHAKE_CHECK(mac->TraceConnectWithoutContext(
        "MacTxDrop", ns3::MakeBoundCallback(&WifiAccess::on_refused, line())));
    RESHAKE_CHECK(mac->TraceConnectWithoutContext(
        "DroppedMpdu", ns3::MakeBoundCallback(&WifiAccess::on_dropped, line())));
}

void WifiAccess::transmit(std::uint32_t station, Direction direction, const Envelope& envelope) {
    const bool up = direction == Direction::uplink;
    const ns3::Ptr<ns3::WifiNetDevice>& from = up ? stations_[station] : access_point_;
    const ns3::Ptr<ns3::WifiNetDevice>& to = up ? access_point_ : stations_[station];
    const ns3::Ipv4Address nobody = ns3::Ipv4Address::GetAny();
    from->Send(make_packet(envelope, nobody, nobody), to->GetAddress(),
               ns3::Ipv4L3Protocol::PROT_NUMBER);
}

void WifiAccess::on_refused(ns3::Ptr<Line> line, ns3::Ptr<const ns3::Packet> packet) {
    if (line->cell == nullptr) return;
    static_cast<WifiAccess*>(line->cell)->lost_behind_llc(*packet, PacketFate::loss);
}

void WifiAccess::on_dropped(ns3::Ptr<Line> line, ns3::WifiMacDropReason reason,
                            ns3::Ptr<const ns3::WifiMpdu> mpdu) {
    if (line->cell == nullptr || !mpdu->GetHeader().IsQosData()) return;
    const bool full = reason == ns3::WIFI_MAC_DROP_FAILED_ENQUEUE;
    static_cast<WifiAccess*>(line->cell)
        ->lost_behind_llc(*mpdu->GetPacket(), full ? PacketFate::queue : PacketFate::loss);
}

void WifiAccess::lost_behind_llc(const ns3::Packet& packet, PacketFate fate) {
    lost(token_of(packet, ns3::LLC_SNAP_HEADER_LENGTH), fate);
}

std::unique_ptr<RadioCell> make_cell(const Wifi& wifi, std::uint32_t clients,
                                     CarrierReports& reports, const Random& random) {
    return std::make_unique<WifiAccess>(wifi, clients, reports, random);
}

bool radio_is_built_in() noexcept { return true; }

}  // namespace reshake::net
