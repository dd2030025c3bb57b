// An access point of IEEE 802.11ax and its stations, as ns-3 models them.
//
// Source: ns-3's YansWifiPhy with its error model for OFDM (tables of NIST), log-distance path loss
//         (46.7 dB in the first metre, exponent 3: ns-3's defaults), Minstrel for HT and HE as in
//         Linux's mac80211.
#pragma once

#include <cstdint>
#include <vector>

#include <ns3/wifi-mac.h>
#include <ns3/wifi-mpdu.h>
#include <ns3/wifi-net-device.h>

#include "models/radio_cell.h"
#include "sim/net/radio/ns3_cell.h"

namespace reshake::net {

/// Packets that come before a station has associated are lost, as those of one that has walked out
/// of range are. There is no ARP: stations know each other's addresses.
class WifiAccess final : public Ns3Cell {
public:
    WifiAccess(const Wifi& wifi, std::uint32_t clients, CarrierReports& reports,
               const Random& random);

private:
    void transmit(std::uint32_t station, Direction direction, const Envelope& envelope) override;
    void watch(const ns3::Ptr<ns3::WifiNetDevice>& device);
    /// A packet that the MAC does not take: nobody is associated.
    static void on_refused(ns3::Ptr<Line> line, ns3::Ptr<const ns3::Packet> packet);
    static void on_dropped(ns3::Ptr<Line> line, ns3::WifiMacDropReason reason,
                           ns3::Ptr<const ns3::WifiMpdu> mpdu);
    void lost_behind_llc(const ns3::Packet& packet, PacketFate fate);

    ns3::Ptr<ns3::WifiNetDevice> access_point_;
    std::vector<ns3::Ptr<ns3::WifiNetDevice>> stations_;
};

}  // namespace reshake::net
