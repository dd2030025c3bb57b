#include "sim/net/fabric.h"

#include <array>
#include <utility>

#include "sim/base/check.h"
#include "sim/net/address.h"
#include "sim/net/ns3_time.h"

namespace reshake::net {
namespace {

/// 16.0.0.0/4: one address per machine, and one more whenever a client vanishes.
constexpr std::uint32_t first_address = 0x10000001;
constexpr std::uint32_t address_count = 0x0ffffffe;

/// From an IP header (RFC 791, RFC 8200), without taking it apart.
ns3::Ipv4Address destination_of(const ns3::Packet& packet) {
    constexpr std::uint32_t ipv4_header = 20;
    constexpr std::uint32_t ipv6_header = 40;
    constexpr std::size_t in_ipv4 = 16;
    constexpr std::size_t in_ipv6 = 24;
    std::array<std::uint8_t, ipv6_header> header{};
    const std::uint32_t size = packet.CopyData(header.data(), ipv6_header);
    RESHAKE_CHECK(size >= ipv4_header);
    if (header[0] >> 4u == 6) {
        RESHAKE_CHECK(size == ipv6_header);
        return machine_at(ns3::Ipv6Address::Deserialize(header.data() + in_ipv6));
    }
    return ns3::Ipv4Address::Deserialize(header.data() + in_ipv4);
}

}  // namespace

class Fabric::Arrival final : public ns3::EventImpl {
public:
    Arrival(Fabric& fabric, Parcel parcel, Stop stop)
        : fabric_(fabric), parcel_(std::move(parcel)), stop_(stop) {}

private:
    void Notify() override { fabric_.arrive(parcel_, stop_); }

    Fabric& fabric_;
    Parcel parcel_;
    Stop stop_;
};

void Fabric::readdress(Machine& machine) {
    if (machine.address().IsInitialized()) book_[machine.address().Get() - first_address] = nullptr;
    RESHAKE_CHECK(book_.size() < address_count);
    machine.set_address(ns3::Ipv4Address(first_address + static_cast<std::uint32_t>(book_.size())));
    book_.push_back(&machine);
    machine.under_way = 0;
}

Machine* Fabric::at_address(ns3::Ipv4Address address) const noexcept {
    const std::uint32_t index = address.Get() - first_address;
    return index < book_.size() ? book_[index] : nullptr;
}

Passage Fabric::pass(Lane& lane, const ns3::Packet& packet) {
    const Passage passage = lane.pass(ns3_now(), packet.GetSize());
    if (passage.fate == PacketFate::queue_full) ++counts_.queue_full;
    if (passage.fate == PacketFate::lost) ++counts_.lost;
    if (passage.fate == PacketFate::too_large) ++counts_.too_large;
    return passage;
}

void Fabric::transmit(std::uint32_t machine, const ns3::Ptr<ns3::Packet>& packet) {
    ++counts_.sent;
    Machine& from = *machines_[machine];
    Machine* to = at_address(destination_of(*packet));
    Passage passage{.arrives = ns3_now()};
    if (from.station.has_lanes()) {
        // Even what will not get far has used the sender's own link.
        passage = pass(*from.station.uplink, *packet);
        if (passage.fate != PacketFate::delivered) return;
    }
    if (to == nullptr || to->deserted) {
        ++counts_.vanished;
        return;
    }
    if (atlas_.separated(from.station, to->station)) {
        ++counts_.gate_closed;
        return;
    }
    ++from.under_way;
    ++to->under_way;
    forward({packet, &from, to, from.address(), to->address()},
            passage.arrives + atlas_.distance(from.station, to->station),
            to->station.has_lanes() ? Stop::downlink : Stop::machine, passage);
}

void Fabric::forward(Parcel parcel, Instant at, Stop stop, const Passage& passage) {
    parcel.corrupted |= passage.corrupted;
    const Duration wait = at - ns3_now();
    schedule<Arrival>(wait, *this, parcel, stop);
    if (!passage.duplicated) return;
    ++counts_.duplicated;
    ++parcel.from->under_way;
    ++parcel.to->under_way;
    parcel.packet = parcel.packet->Copy();  // Who takes in the first takes it apart.
    schedule<Arrival>(wait, *this, std::move(parcel), stop);
}

bool Fabric::vanished(const Parcel& parcel) const noexcept {
    return parcel.from->address() != parcel.source || parcel.to->address() != parcel.destination;
}

void Fabric::arrive(const Parcel& parcel, Stop stop) {
    if (vanished(parcel)) {
        ++counts_.vanished;
        settle(parcel);
        return;
    }
    if (atlas_.separated(parcel.from->station, parcel.to->station)) {
        ++counts_.gate_closed;
        settle(parcel);
        return;
    }
    if (stop == Stop::machine) {
        deliver(parcel);
        return;
    }
    const Passage passage = pass(*parcel.to->station.downlink, *parcel.packet);
    if (passage.fate == PacketFate::delivered) {
        forward(parcel, passage.arrives, Stop::machine, passage);
    } else {
        settle(parcel);
    }
}

void Fabric::deliver(const Parcel& parcel) {
    if (parcel.corrupted) {
        // A checksum is wrong (RFC 9293 section 3.1, RFC 768): it is as if nothing had come.
        ++counts_.corrupted;
        settle(parcel);
        return;
    }
    ++counts_.delivered;
    notices_.packet_begins();
    parcel.to->receive(parcel.packet);
    settle(parcel);
    notices_.packet_ends();
}

/// The packet is no longer under way. What has vanished has forgotten it already.
void Fabric::settle(const Parcel& parcel) {
    if (parcel.from->address() == parcel.source) {
        --parcel.from->under_way;
        estate_.perhaps_quiet(*parcel.from);
    }
    if (parcel.to->address() == parcel.destination) {
        --parcel.to->under_way;
        estate_.perhaps_quiet(*parcel.to);
    }
}

}  // namespace reshake::net
