// What every cell does: it numbers packets on their way through a radio model of ns-3, and says
// what became of each.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>
#include <vector>

#include <ns3/callback.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/simple-ref-count.h>

#include "models/way.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/base/units.h"
#include "sim/net/radio/envelope.h"
#include "sim/net/radio_cell.h"

namespace reshake::net {

/// How a cell is furnished: clients first, then neighbours.
struct CellPlan {
    std::uint32_t clients = 0;
    std::uint32_t neighbours = 0;
    BitRate neighbour_rate{};
    double distance = 0.0;
    double speed = 0.0;  ///< Of clients; neighbours stand still.
    std::optional<double> farthest{};
    Duration patience{};  ///< What has not come through after so long is lost.

    [[nodiscard]] std::uint32_t stations() const noexcept { return clients + neighbours; }
};

/// The plan of a cell for so many clients, from an access that is one: Wifi or Lte.
template <typename Access>
[[nodiscard]] CellPlan plan_of(const Access& access, std::uint32_t clients, Duration patience) {
    return {.clients = clients,
            .neighbours = access.neighbours,
            .neighbour_rate = access.neighbour_rate,
            .distance = access.distance,
            .speed = access.speed,
            .farthest = access.farthest,
            .patience = patience};
}

/// Invariant: every token that was carried is reported once.
class Ns3Cell : public RadioCell {
public:
    /// `reports` must outlive the cell.
    Ns3Cell(const CellPlan& plan, CarrierReports& reports);
    ~Ns3Cell() override;
    Ns3Cell(const Ns3Cell&) = delete;
    Ns3Cell& operator=(const Ns3Cell&) = delete;

    [[nodiscard]] Way& way(std::uint32_t station, Direction direction) override;

protected:
    /// What ns-3 holds of a cell: it takes its objects apart later than the cell goes.
    struct Line final : ns3::SimpleRefCount<Line> {
        Ns3Cell* cell = nullptr;
    };

    /// Gives it to the medium, from the station or to it.
    virtual void transmit(std::uint32_t station, Direction direction, const Envelope& envelope) = 0;

    [[nodiscard]] const CellPlan& plan() const noexcept { return plan_; }
    [[nodiscard]] const ns3::Ptr<Line>& line() const noexcept { return line_; }
    /// A node in the middle of the cell.
    [[nodiscard]] static ns3::Ptr<ns3::Node> make_centre();
    /// A node where the station of that number is; all stand around the centre, evenly.
    [[nodiscard]] ns3::Ptr<ns3::Node> make_station(std::uint32_t number) const;
    /// What reaches `device` has come through.
    void listen_at(ns3::NetDevice& device);
    /// Neighbours are sent something from now on.
    void begin_downloads();

    /// For callbacks of ns-3. A token that has been reported, or a neighbour's, is passed over.
    void came_through(std::optional<std::uint64_t> token);
    void lost(std::optional<std::uint64_t> token, PacketFate fate);

private:
    class Side;
    class Expiry;
    class Download;
    struct Deadline {
        Instant at{};
        std::uint64_t token = 0;
    };

    void carry(std::uint32_t station, Direction direction, const Envelope& envelope);
    void expire();
    void await_expiry();
    void download(std::uint32_t neighbour, Duration gap);
    [[nodiscard]] static bool receive(ns3::Ptr<Line> line, ns3::Ptr<ns3::NetDevice> device,
                                      ns3::Ptr<const ns3::Packet> packet, std::uint16_t protocol,
                                      const ns3::Address& from);

    CellPlan plan_;
    CarrierReports& reports_;
    ns3::Ptr<Line> line_;
    std::vector<Side> sides_;  ///< Two of each client.
    std::unordered_set<std::uint64_t> under_way_;
    std::deque<Deadline> deadlines_;  ///< Of these and of some that have been reported.
};

/// Makes what ns-3 draws depend on `random` alone. Objects that are given a stream from now on have
/// theirs of it.
void seed_ns3(Random random);

}  // namespace reshake::net
