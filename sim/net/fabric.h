// What lies between machines: every packet's delay, loss and fate, decided in one place.
//
// A packet costs one event, at its destination; one more where it comes to a lane, which must be
// asked in the order in which packets arrive at it.
#pragma once

#include <cstdint>
#include <vector>

#include <ns3/ipv4-address.h>
#include <ns3/packet.h>

#include "sim/net/atlas.h"
#include "sim/net/device.h"
#include "sim/net/machine.h"
#include "sim/net/network.h"
#include "sim/net/notices.h"

namespace reshake::net {

class Fabric final : public Wire {
public:
    /// All must outlive the fabric.
    Fabric(const Atlas& atlas, Notices& notices, Estate& estate)
        : atlas_(atlas), notices_(notices), estate_(estate) {}

    void transmit(std::uint32_t machine, const ns3::Ptr<ns3::Packet>& packet) override;

    /// Gives the machine an address that none has had before. Packets to and from its former one,
    /// those under way included, are lost as `vanished`.
    void readdress(Machine& machine);
    /// `machine` will transmit under its number.
    void add(Machine& machine) { machines_.push_back(&machine); }

    /// The machine that has this address now; null if none.
    [[nodiscard]] Machine* at_address(ns3::Ipv4Address address) const noexcept;

    [[nodiscard]] const PacketCounts& counts() const noexcept { return counts_; }

private:
    class Arrival;

    /// A packet between two machines, by the addresses they had when it left.
    struct Parcel {
        ns3::Ptr<ns3::Packet> packet;
        Machine* from = nullptr;
        Machine* to = nullptr;
        ns3::Ipv4Address source;
        ns3::Ipv4Address destination;
        bool corrupted = false;
    };
    enum class Stop { downlink, machine };

    void arrive(const Parcel& parcel, Stop stop);
    void deliver(const Parcel& parcel);
    /// To its next stop, and its copy with it if the lane has made one.
    void forward(Parcel parcel, Instant at, Stop stop, const Passage& passage);
    void settle(const Parcel& parcel);
    [[nodiscard]] bool vanished(const Parcel& parcel) const noexcept;
    /// Through a lane, counting the packet if it stays there.
    [[nodiscard]] Passage pass(Lane& lane, const ns3::Packet& packet);

    const Atlas& atlas_;
    Notices& notices_;
    Estate& estate_;
    std::vector<Machine*> machines_;
    std::vector<Machine*> book_;  ///< By address, counted from the first; null once given up.
    PacketCounts counts_;
};

}  // namespace reshake::net
