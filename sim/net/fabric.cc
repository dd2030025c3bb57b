#include "sim/net/fabric.h"

#include <array>
#include <span>
#include <utility>

#include "sim/base/check.h"
#include "sim/net/address.h"
#include "sim/net/ns3_time.h"
#include "sim/net/packet_headers.h"
#include "sim/net/packet_view.h"

namespace reshake::net {
namespace {

/// 16.0.0.0/4: one address per machine, and one more whenever a client uses it or vanishes.
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

/// All packets from one machine to another, as long as a client has its address.
std::uint64_t flow_of(ns3::Ipv4Address source, ns3::Ipv4Address destination) {
    return std::uint64_t{source.Get()} << 32u | destination.Get();
}

/// Of a packet that has not arrived.
Sighting sighting_of(PacketFate fate) noexcept {
    switch (fate) {
        case PacketFate::queue:
            return Sighting::queue_full;
        case PacketFate::mtu:
            return Sighting::too_large;
        case PacketFate::partition:
            return Sighting::gate_closed;
        case PacketFate::grey_failure:
            return Sighting::grey_failure;
        case PacketFate::nat:
            return Sighting::nat;
        case PacketFate::firewall:
            return Sighting::firewall;
        case PacketFate::black_hole:
            return Sighting::black_hole;
        case PacketFate::vanished:
            return Sighting::vanished;
        default:
            return Sighting::lost;
    }
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

/// A line can take the next packet of its queue.
class Fabric::LineFree final : public ns3::EventImpl {
public:
    LineFree(Fabric& fabric, Lane& lane) : fabric_(fabric), lane_(lane) {}

private:
    void Notify() override {
        fabric_.awaited_.erase(&lane_);
        fabric_.serve(lane_);
    }

    Fabric& fabric_;
    Lane& lane_;
};

void Fabric::readdress(Machine& machine) {
    if (machine.address().IsInitialized()) {
        book_[machine.address().Get() - first_address].machine = nullptr;
    }
    RESHAKE_CHECK(book_.size() < address_count);
    machine.set_address(ns3::Ipv4Address(first_address + static_cast<std::uint32_t>(book_.size())));
    book_.push_back({.machine = &machine});
    machine.under_way = 0;
}

void Fabric::lend(const Machine& machine) {
    book_[machine.address().Get() - first_address].population = machine.station.own;
}

const Fabric::Entry* Fabric::entry_at(ns3::Ipv4Address address) const noexcept {
    const std::uint32_t index = address.Get() - first_address;
    return index < book_.size() ? &book_[index] : nullptr;
}

Machine* Fabric::at_address(ns3::Ipv4Address address) const noexcept {
    const Entry* const entry = entry_at(address);
    return entry != nullptr ? entry->machine : nullptr;
}

std::uint32_t Fabric::account_of(std::optional<PlaceId> population, Direction direction) noexcept {
    const std::uint32_t place = population ? static_cast<std::uint32_t>(*population) + 1 : 0;
    return 2 * place + static_cast<std::uint32_t>(direction);
}

PacketCounts& Fabric::count(std::uint32_t account) {
    if (account >= accounts_.size()) accounts_.resize(account + 1);
    return accounts_[account];
}

PacketCounts Fabric::counts(std::optional<PlaceId> population, Direction direction) const noexcept {
    const std::uint32_t account = account_of(population, direction);
    return account < accounts_.size() ? accounts_[account] : PacketCounts{};
}

PacketCounts Fabric::counts() const noexcept {
    PacketCounts sum;
    for (const PacketCounts& each : accounts_) sum += each;
    return sum;
}

void Fabric::transmit(std::uint32_t machine, const ns3::Ptr<ns3::Packet>& packet) {
    if (closed_) return;
    Machine& from = *machines_[machine];
    const ns3::Ipv4Address destination = destination_of(*packet);
    const Entry* const entry = entry_at(destination);
    Machine* to = entry != nullptr ? entry->machine : nullptr;
    if (to != nullptr && (to->deserted || from.dark > 0)) to = nullptr;  // Nobody is there.
    Parcel parcel{packet, &from, to, from.address(), destination};
    const bool up = from.station.is_access();
    parcel.account = up ? account_of(from.station.own, Direction::uplink)
                     : entry != nullptr && entry->population
                         ? account_of(entry->population, Direction::downlink)
                         : account_of(std::nullopt, from.station.service ? Direction::uplink
                                                                         : Direction::downlink);
    ++count(parcel.account).sent;
    show(Sighting::sent, from, *packet);
    if (!from.station.has_lanes()) {
        cross(std::move(parcel), {.arrives = ns3_now()});
        return;
    }
    Way& uplink = *from.station.uplink;
    if (Lane* const lane = uplink.managed()) {
        queue_up(*lane, std::move(parcel), Direction::uplink);
        return;
    }
    if (Carrier* const carrier = uplink.carrier()) {
        hand_over(*carrier, std::move(parcel), Direction::uplink);
        return;
    }
    // Even what will not get far has used the sender's own link.
    const Passage passage = uplink.pass(ns3_now(), packet->GetSize());
    if (passage.fate == PacketFate::delivered) {
        leave_access(std::move(parcel), passage);
    } else {
        end(parcel, passage.fate);
    }
}

void Fabric::leave_access(Parcel parcel, const Passage& passage) {
    if (parcel.from->station.boxes == nullptr) {
        cross(std::move(parcel), passage);
    } else if (vanished(parcel)) {
        end(parcel, PacketFate::vanished);
    } else {
        forward(std::move(parcel), passage.arrives, Stop::boxes, passage);
    }
}

void Fabric::cross(Parcel parcel, const Passage& passage) {
    if (vanished(parcel)) {
        end(parcel, PacketFate::vanished);
        return;
    }
    const Station& from = parcel.from->station;
    const Station& to = parcel.to->station;
    if (atlas_.closed(from, to, ns3_now())) {
        end(parcel, PacketFate::partition);
        return;
    }
    const Gate::Toll toll = atlas_.toll(from, to, ns3_now(), passage.arrives,
                                        flow_of(parcel.source, parcel.destination));
    if (toll.lost) {
        end(parcel, PacketFate::grey_failure);
        return;
    }
    const Instant arrives = passage.arrives + toll.delay + atlas_.distance(from, to);
    forward(std::move(parcel), arrives, to.has_lanes() ? Stop::downlink : Stop::machine, passage);
}

void Fabric::forward(Parcel parcel, Instant at, Stop stop, const Passage& passage) {
    parcel.corrupted |= passage.corrupted;
    const Duration wait = at - ns3_now();
    depart(parcel);
    ++count(parcel.account).under_way;
    schedule<Arrival>(wait, *this, parcel, stop);
    if (!passage.duplicated) return;
    ++count(parcel.account).duplicated;
    ++count(parcel.account).under_way;
    parcel.under_way = false;
    depart(parcel);
    parcel.packet = parcel.packet->Copy();  // Who takes in the first takes it apart.
    schedule<Arrival>(wait, *this, std::move(parcel), stop);
}

bool Fabric::vanished(const Parcel& parcel) const noexcept {
    return parcel.to == nullptr || parcel.from->address() != parcel.source ||
           parcel.to->address() != parcel.destination;
}

void Fabric::arrive(Parcel& parcel, Stop stop) {
    --count(parcel.account).under_way;
    if (vanished(parcel) || (stop == Stop::machine && parcel.to->dark > 0)) {
        end(parcel, PacketFate::vanished);
    } else if (stop == Stop::boxes) {
        through_boxes(std::move(parcel), Direction::uplink);  // Before any gate: they are near it.
    } else if (atlas_.closed(parcel.from->station, parcel.to->station, ns3_now())) {
        end(parcel, PacketFate::partition);
    } else if (stop == Stop::machine && std::exchange(parcel.follows, false)) {
        forward(std::move(parcel), ns3_now(), stop, {});
    } else if (stop == Stop::machine) {
        deliver(parcel);
    } else if (parcel.to->station.boxes != nullptr) {
        through_boxes(std::move(parcel), Direction::downlink);
    } else {
        enter_access(std::move(parcel));
    }
}

void Fabric::enter_access(Parcel parcel) {
    Way& downlink = *parcel.to->station.downlink;
    if (Lane* const lane = downlink.managed()) {
        queue_up(*lane, std::move(parcel), Direction::downlink);
        return;
    }
    if (Carrier* const carrier = downlink.carrier()) {
        hand_over(*carrier, std::move(parcel), Direction::downlink);
        return;
    }
    const Passage passage = downlink.pass(ns3_now(), parcel.packet->GetSize());
    if (passage.fate == PacketFate::delivered) {
        forward(std::move(parcel), passage.arrives, Stop::machine, passage);
    } else {
        end(parcel, passage.fate);
    }
}

void Fabric::through_boxes(Parcel parcel, Direction direction) {
    RESHAKE_CHECK(parcel.packet != nullptr);
    const bool up = direction == Direction::uplink;
    const Station& client = up ? parcel.from->station : parcel.to->station;
    const auto segment = read_segment(*parcel.packet, direction);
    const Middleboxes::Outcome outcome =
        segment ? client.boxes->pass(ns3_now(), direction, *segment) : Middleboxes::Outcome{};
    // What a box sends follows the packet; if that ends here, its ends may go when it is let go of.
    const Parcel original = parcel;
    if (outcome.fate == PacketFate::delivered) {
        if (segment && outcome.client_port != segment->client_port) {
            parcel.packet = with_client_port(*parcel.packet, direction, outcome.client_port);
        }
        if (up) {
            cross(std::move(parcel), {.arrives = ns3_now()});
        } else {
            enter_access(std::move(parcel));
        }
    }
    for (const auto& reset : outcome.resets) inject(original, direction, reset);
    if (outcome.fate != PacketFate::delivered) end(original, outcome.fate);
}

void Fabric::inject(const Parcel& original, Direction direction, const Middleboxes::Reset& reset) {
    Parcel parcel{make_reset(*original.packet, direction, reset), original.from, original.to,
                  original.source, original.destination};
    parcel.follows = reset.direction == direction;  // A SYN may open a connection meanwhile.
    if (reset.direction != direction) {
        std::swap(parcel.from, parcel.to);
        std::swap(parcel.source, parcel.destination);
    }
    const bool up = reset.direction == Direction::uplink;
    const Machine& client = up ? *parcel.from : *parcel.to;
    if (!client.station.is_access()) return;  // It has left together with the packet.
    parcel.account = account_of(client.station.own, reset.direction);
    ++count(parcel.account).injected;
    if (up) {
        cross(std::move(parcel), {.arrives = ns3_now()});
    } else {
        enter_access(std::move(parcel));
    }
}

void Fabric::hand_over(Carrier& carrier, Parcel parcel, Direction direction) {
    const std::uint32_t bytes = parcel.packet->GetSize();
    carrier.carry(set_aside(std::move(parcel), direction), bytes);
}

void Fabric::came_through(std::uint64_t token) {
    Waiting waiting = take_out(token);
    const Passage passage{.arrives = ns3_now()};
    if (waiting.direction == Direction::uplink) {
        leave_access(std::move(waiting.parcel), passage);
    } else {
        forward(std::move(waiting.parcel), passage.arrives, Stop::machine, passage);
    }
}

void Fabric::lost(std::uint64_t token, PacketFate fate) { end(take_out(token).parcel, fate); }

std::uint64_t Fabric::set_aside(Parcel parcel, Direction direction) {
    depart(parcel);
    ++count(parcel.account).under_way;
    waiting_.emplace(next_token_, Waiting{std::move(parcel), direction});
    return next_token_++;
}

void Fabric::queue_up(Lane& lane, Parcel parcel, Direction direction) {
    const std::uint32_t bytes = parcel.packet->GetSize();
    if (bytes > lane.mtu()) {
        end(parcel, PacketFate::mtu);
        return;
    }
    const std::uint32_t flow = flow_hash(*parcel.packet);
    const QueuedPacket packet{
        .token = set_aside(std::move(parcel), direction), .bytes = bytes, .flow = flow};
    Dropped dropped;
    lane.active_queue().push(ns3_now(), packet, dropped);
    discard(dropped);
    serve(lane);
}

void Fabric::serve(Lane& lane) {
    ActiveQueue& queue = lane.active_queue();
    while (!queue.empty()) {
        if (lane.free_at() > ns3_now()) {
            if (awaited_.insert(&lane).second) {
                schedule<LineFree>(lane.free_at() - ns3_now(), *this, lane);
            }
            return;
        }
        Dropped dropped;
        const auto next = queue.pop(ns3_now(), dropped);
        discard(dropped);
        if (!next) return;
        const Passage passage = lane.send(ns3_now(), next->bytes);
        Waiting waiting = take_out(next->token);
        if (passage.fate != PacketFate::delivered) {
            end(waiting.parcel, passage.fate);
        } else if (waiting.direction == Direction::uplink) {
            leave_access(std::move(waiting.parcel), passage);
        } else {
            forward(std::move(waiting.parcel), passage.arrives, Stop::machine, passage);
        }
    }
}

Fabric::Waiting Fabric::take_out(std::uint64_t token) {
    const auto found = waiting_.find(token);
    Waiting waiting = std::move(found->second);
    waiting_.erase(found);
    --count(waiting.parcel.account).under_way;
    return waiting;
}

void Fabric::discard(const Dropped& tokens) {
    for (const std::uint64_t token : tokens) end(take_out(token).parcel, PacketFate::queue);
}

void Fabric::deliver(const Parcel& parcel) {
    if (parcel.corrupted) {
        // A checksum is wrong (RFC 9293 section 3.1, RFC 768): it is as if nothing had come.
        ++count(parcel.account).corruption;
        show(Sighting::corrupted, *parcel.to, *parcel.packet);
        settle(parcel);
        return;
    }
    ++count(parcel.account).delivered;
    show(Sighting::received, *parcel.to, *parcel.packet);
    notices_.packet_begins();
    parcel.to->receive(parcel.packet);
    settle(parcel);
    notices_.packet_ends();
}

void Fabric::end(const Parcel& parcel, PacketFate fate) {
    ++count(parcel.account)[fate];
    show(sighting_of(fate), *parcel.from, *parcel.packet);
    settle(parcel);
}

void Fabric::show_tap(Sighting sighting, const Machine& at, const ns3::Packet& packet) const {
    std::array<std::byte, mtu> buffer{};
    const std::span seen = std::span(buffer).first(
        packet.CopyData(reinterpret_cast<std::uint8_t*>(buffer.data()), mtu));
    fill_checksums(seen);
    if (sighting == Sighting::corrupted) spoil_checksum(seen);
    tap_->on_packet(sighting,
                    {.machine = static_cast<MachineId>(at.number()),
                     .place = at.station.own,
                     .subscriber = at.station.subscriber},
                    seen);
}

/// From now on both ends wait for it.
void Fabric::depart(Parcel& parcel) {
    if (parcel.under_way) return;
    parcel.under_way = true;
    ++parcel.from->under_way;
    if (parcel.to != nullptr) ++parcel.to->under_way;
}

/// The packet is no longer under way. What has vanished has forgotten it already.
void Fabric::settle(const Parcel& parcel) {
    if (!parcel.under_way) return;
    if (parcel.from->address() == parcel.source) {
        --parcel.from->under_way;
        estate_.perhaps_quiet(*parcel.from);
    }
    if (parcel.to != nullptr && parcel.to->address() == parcel.destination) {
        --parcel.to->under_way;
        estate_.perhaps_quiet(*parcel.to);
    }
}

}  // namespace reshake::net
