// An eNodeB of LTE, its EPC and its UEs, as ns-3 models them.
//
// Source: path loss of 3GPP TR 36.814 (macro cell, no line of sight: 128.1 + 37.6 log10 of
//         kilometres, at 2 GHz); powers of 46 dBm (TR 36.814) and 23 dBm (TS 36.101, class 3); a
//         default bearer over RLC AM. All else is ns-3's default: ideal RRC, proportional fair
//         scheduling, HARQ, error model of the data and control channels.
#pragma once

#include <cstdint>
#include <vector>

#include <ns3/epc-helper.h>
#include <ns3/lte-helper.h>
#include <ns3/lte-ue-net-device.h>
#include <ns3/net-device-container.h>
#include <ns3/virtual-net-device.h>

#include "models/radio_cell.h"
#include "sim/net/radio/ns3_cell.h"

namespace reshake::net {

/// The way ends at the packet gateway's tunnel: what lies behind it is the site's distance. UEs
/// stay connected: ns-3 has no way back to RRC_IDLE.
class LteAccess final : public Ns3Cell {
public:
    LteAccess(const Lte& lte, std::uint32_t clients, CarrierReports& reports, const Random& random);

private:
    struct Station {
        ns3::Ptr<ns3::NetDevice> device;
        ns3::Ipv4Address address;  ///< By which the EPC knows it.
    };

    void transmit(std::uint32_t station, Direction direction, const Envelope& envelope) override;
    [[nodiscard]] ns3::Ptr<ns3::LteHelper> make_helper(const Lte& lte) const;
    /// A gateway's only device of that kind.
    void find_gateway(const ns3::Ptr<ns3::EpcHelper>& epc);

    ns3::Ptr<ns3::NetDevice> gateway_;
    std::vector<Station> stations_;
};

}  // namespace reshake::net
