// What lies between machines: every packet's delay, loss and fate, decided in one place.
//
// A packet costs one event, at its destination; one more where it comes to a lane or a middlebox,
// which must be asked in the order in which packets arrive at it; and one more if it waits in a
// queue that decides when the line is free.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <ns3/ipv4-address.h>
#include <ns3/packet.h>

#include "models/lane.h"
#include "models/packet_counts.h"
#include "models/way.h"
#include "sim/net/atlas.h"
#include "sim/net/device.h"
#include "sim/net/machine.h"
#include "sim/net/network.h"
#include "sim/net/notices.h"
#include "sim/net/tap.h"

namespace reshake::net {

class Fabric final : public Wire, public CarrierReports {
public:
    /// All must outlive the fabric.
    Fabric(Atlas& atlas, Notices& notices, Estate& estate)
        : atlas_(atlas), notices_(notices), estate_(estate) {}

    void transmit(std::uint32_t machine, const ns3::Ptr<ns3::Packet>& packet) override;

    void came_through(std::uint64_t token) override;
    void lost(std::uint64_t token, PacketFate fate) override;

    /// Gives the machine an address that none has had before. Packets to and from its former one,
    /// those under way included, are lost as `vanished`.
    void readdress(Machine& machine);
    /// `machine` will transmit under its number.
    void add(Machine& machine) { machines_.push_back(&machine); }
    /// What goes to its address from now on is its population's.
    void lend(const Machine& machine);

    void tap(Tap& tap) noexcept { tap_ = &tap; }
    void close() noexcept { closed_ = true; }

    /// The machine that has this address now; null if none.
    [[nodiscard]] Machine* at_address(ns3::Ipv4Address address) const noexcept;

    /// Of everything, or of a population; of none: of what servers and services send each other.
    [[nodiscard]] PacketCounts counts() const noexcept;
    [[nodiscard]] PacketCounts counts(std::optional<PlaceId> population,
                                      Direction direction) const noexcept;

private:
    class Arrival;
    class LineFree;

    /// A packet between two machines, by the addresses they had when it left.
    struct Parcel {
        ns3::Ptr<ns3::Packet> packet;
        Machine* from = nullptr;
        Machine* to = nullptr;
        ns3::Ipv4Address source;
        ns3::Ipv4Address destination;
        std::uint32_t account = 0;
        bool corrupted = false;
        bool under_way = false;  ///< Its ends know.
        bool follows = false;  ///< It comes right behind another, and after what that brings about.
    };
    struct Entry {
        Machine* machine = nullptr;  ///< Null once given up.
        std::optional<PlaceId> population{};
    };
    /// Where an event takes up a packet again: behind the sender's link, before the receiver's.
    enum class Stop { boxes, downlink, machine };
    /// In a queue or with a carrier, of the sender's link or of the receiver's.
    struct Waiting {
        Parcel parcel;
        Direction direction = Direction::uplink;
    };

    /// Takes the parcel out of its event.
    void arrive(Parcel& parcel, Stop stop);
    /// It has left its sender's link.
    void leave_access(Parcel parcel, const Passage& passage);
    /// From where it is at `passage.arrives` to the site it is for.
    void cross(Parcel parcel, const Passage& passage);
    /// Onto its receiver's link.
    void enter_access(Parcel parcel);
    void through_boxes(Parcel parcel, Direction direction);
    void inject(const Parcel& original, Direction direction, const Middleboxes::Reset& reset);
    void deliver(const Parcel& parcel);
    /// To its next stop, and its copy with it if the lane has made one.
    void forward(Parcel parcel, Instant at, Stop stop, const Passage& passage);

    /// To a carrier, which reports what becomes of it.
    void hand_over(Carrier& carrier, Parcel parcel, Direction direction);
    /// Into the active queue of a lane, and out of it.
    void queue_up(Lane& lane, Parcel parcel, Direction direction);
    /// The number under which it waits.
    std::uint64_t set_aside(Parcel parcel, Direction direction);
    void serve(Lane& lane);
    [[nodiscard]] Waiting take_out(std::uint64_t token);
    void discard(const Dropped& tokens);

    /// To the tap, if there is one.
    void show(Sighting sighting, const Machine& at, const ns3::Packet& packet) const {
        if (tap_ != nullptr) show_tap(sighting, at, packet);
    }
    void show_tap(Sighting sighting, const Machine& at, const ns3::Packet& packet) const;

    void depart(Parcel& parcel);
    void settle(const Parcel& parcel);
    [[nodiscard]] bool vanished(const Parcel& parcel) const noexcept;
    /// Counts what has become of a packet, and lets go of it.
    void end(const Parcel& parcel, PacketFate fate);
    [[nodiscard]] const Entry* entry_at(ns3::Ipv4Address address) const noexcept;
    [[nodiscard]] static std::uint32_t account_of(std::optional<PlaceId> population,
                                                  Direction direction) noexcept;
    [[nodiscard]] PacketCounts& count(std::uint32_t account);

    Atlas& atlas_;
    Notices& notices_;
    Estate& estate_;
    Tap* tap_ = nullptr;
    bool closed_ = false;
    std::vector<Machine*> machines_;
    std::vector<Entry> book_;  ///< By address, counted from the first.
    std::vector<PacketCounts> accounts_;
    std::unordered_map<std::uint64_t, Waiting> waiting_;
    std::uint64_t next_token_ = 0;
    std::unordered_set<const Lane*> awaited_;  ///< Lines whose end of work has an event.
};

}  // namespace reshake::net
