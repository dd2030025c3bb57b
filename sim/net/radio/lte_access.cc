#include "sim/net/radio/lte_access.h"

#include <array>
#include <memory>

#include <ns3/config.h>
#include <ns3/double.h>
#include <ns3/enum.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/lte-enb-net-device.h>
#include <ns3/lte-enb-phy.h>
#include <ns3/lte-enb-rrc.h>
#include <ns3/lte-ue-phy.h>
#include <ns3/point-to-point-epc-helper.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include "sim/base/check.h"
#include "sim/net/radio_models.h"

namespace reshake::net {
namespace {

/// The largest finite discardTimer of a PDCP entity (3GPP TS 36.331). ns-3's RLC tells of a full
/// buffer to nobody who could ask, and in acknowledged mode never gives up by itself.
constexpr std::chrono::milliseconds patience{1500};

/// 3GPP TS 36.101, table 5.6-1.
std::uint32_t resource_blocks(LteBandwidth bandwidth) {
    constexpr std::array<std::uint32_t, 3> blocks{25, 50, 100};
    return blocks[static_cast<std::size_t>(bandwidth)];
}

/// Room for what a server sends at once: ns-3's default, 10 kB, is less than a certificate chain
/// and a response.
constexpr std::uint32_t rlc_buffer_bytes = 300'000;

}  // namespace

LteAccess::LteAccess(const Lte& lte, std::uint32_t clients, CarrierReports& reports,
                     const Random& random)
    : Ns3Cell(plan_of(lte, clients, patience), reports) {
    seed_ns3(random.stream("ns-3"));
    // Where RLC entities come from there is no other way to tell them. It is the same in every run.
    ns3::Config::SetDefault("ns3::LteRlcAm::MaxTxBufferSize", ns3::UintegerValue(rlc_buffer_bytes));
    const auto helper = make_helper(lte);
    const auto epc = ns3::CreateObject<ns3::PointToPointEpcHelper>();
    helper->SetEpcHelper(epc);

    const ns3::NetDeviceContainer base = helper->InstallEnbDevice(make_centre());
    const auto station = ns3::DynamicCast<ns3::LteEnbNetDevice>(base.Get(0));
    station->GetPhy()->SetTxPower(46.0);
    station->GetRrc()->SetAttribute("EpsBearerToRlcMapping",
                                    ns3::EnumValue(ns3::LteEnbRrc::RLC_AM_ALWAYS));

    ns3::NodeContainer nodes;
    for (std::uint32_t i = 0; i < plan().stations(); ++i) nodes.Add(make_station(i));
    ns3::InternetStackHelper internet;  // The EPC asks a UE's for its address.
    internet.Install(nodes);
    const ns3::NetDeviceContainer devices = helper->InstallUeDevice(nodes);
    const ns3::Ipv4InterfaceContainer interfaces = epc->AssignUeIpv4Address(devices);
    std::int64_t streams = helper->AssignStreams(base, 0);
    streams += helper->AssignStreams(devices, streams);
    internet.AssignStreams(nodes, streams);
    for (std::uint32_t i = 0; i < devices.GetN(); ++i) {
        const auto device = ns3::DynamicCast<ns3::LteUeNetDevice>(devices.Get(i));
        device->GetPhy()->SetTxPower(23.0);
        helper->Attach(device, base.Get(0));
        listen_at(*device);
        stations_.push_back({.device = device, .address = interfaces.GetAddress(i)});
    }
    find_gateway(epc);
    // Both go when ns-3 has taken apart what they have made.
    ns3::Simulator::ScheduleDestroy([helper, epc] {});
    begin_downloads();
}

ns3::Ptr<ns3::LteHelper> LteAccess::make_helper(const Lte& lte) const {
    const auto helper = ns3::CreateObject<ns3::LteHelper>();
    helper->SetAttribute("PathlossModel", ns3::StringValue("ns3::LogDistancePropagationLossModel"));
    helper->SetPathlossModelAttribute("Exponent", ns3::DoubleValue(3.76));
    helper->SetPathlossModelAttribute("ReferenceDistance", ns3::DoubleValue(1.0));
    helper->SetPathlossModelAttribute("ReferenceLoss", ns3::DoubleValue(128.1 - 3 * 37.6));
    const ns3::UintegerValue blocks(resource_blocks(lte.bandwidth));
    helper->SetEnbDeviceAttribute("DlBandwidth", blocks);
    helper->SetEnbDeviceAttribute("UlBandwidth", blocks);
    return helper;
}

void LteAccess::find_gateway(const ns3::Ptr<ns3::EpcHelper>& epc) {
    const ns3::Ptr<ns3::Node> node = epc->GetPgwNode();
    for (std::uint32_t i = 0; i < node->GetNDevices(); ++i) {
        if (ns3::DynamicCast<ns3::VirtualNetDevice>(node->GetDevice(i))) {
            gateway_ = node->GetDevice(i);
        }
    }
    RESHAKE_CHECK(gateway_ != nullptr);
    listen_at(*gateway_);
}

void LteAccess::transmit(std::uint32_t station, Direction direction, const Envelope& envelope) {
    const Station& at = stations_[station];
    const bool up = direction == Direction::uplink;
    const auto packet = make_packet(envelope, up ? at.address : ns3::Ipv4Address::GetAny(),
                                    up ? ns3::Ipv4Address::GetAny() : at.address);
    const ns3::Ptr<ns3::NetDevice>& from = up ? at.device : gateway_;
    const bool taken = from->Send(packet, gateway_->GetAddress(), ns3::Ipv4L3Protocol::PROT_NUMBER);
    if (!taken) lost(envelope.token, PacketFate::loss);  // It is not attached.
}

std::unique_ptr<RadioCell> make_cell(const Lte& lte, std::uint32_t clients, CarrierReports& reports,
                                     const Random& random) {
    return std::make_unique<LteAccess>(lte, clients, reports, random);
}

}  // namespace reshake::net
