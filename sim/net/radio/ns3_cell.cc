#include "sim/net/radio/ns3_cell.h"

#include <numbers>

#include <ns3/constant-position-mobility-model.h>
#include <ns3/rng-seed-manager.h>

#include "models/radio_cell.h"
#include "sim/base/check.h"
#include "sim/net/ns3_time.h"
#include "sim/net/radio/station_motion.h"

namespace reshake::net {
namespace {

/// Of what a neighbour is sent; no packet has this number.
constexpr std::uint64_t neighbours_token = ~std::uint64_t{0};

}  // namespace

/// One direction of a station.
class Ns3Cell::Side final : public Way, public Carrier {
public:
    Side(Ns3Cell& cell, std::uint32_t station, Direction direction) noexcept
        : cell_(&cell), station_(station), direction_(direction) {}

    [[nodiscard]] Passage pass(Instant, std::uint32_t) override {
        RESHAKE_CHECK(carrier() == nullptr);  // Who asks has not asked for the carrier.
        return {};
    }
    void begin_attempt() noexcept override {}
    [[nodiscard]] std::uint32_t mtu() const noexcept override { return cell_mtu; }
    [[nodiscard]] Carrier* carrier() noexcept override { return this; }
    void carry(std::uint64_t token, std::uint32_t bytes) override {
        cell_->carry(station_, direction_, {.token = token, .bytes = bytes});
    }

private:
    Ns3Cell* cell_;
    std::uint32_t station_;
    Direction direction_;
};

class Ns3Cell::Expiry final : public ns3::EventImpl {
public:
    explicit Expiry(const ns3::Ptr<Line>& line) : line_(line) {}

private:
    void Notify() override {
        if (line_->cell != nullptr) line_->cell->expire();
    }

    ns3::Ptr<Line> line_;
};

class Ns3Cell::Download final : public ns3::EventImpl {
public:
    Download(const ns3::Ptr<Line>& line, std::uint32_t neighbour, Duration gap)
        : line_(line), neighbour_(neighbour), gap_(gap) {}

private:
    void Notify() override {
        if (line_->cell != nullptr) line_->cell->download(neighbour_, gap_);
    }

    ns3::Ptr<Line> line_;
    std::uint32_t neighbour_;
    Duration gap_;
};

Ns3Cell::Ns3Cell(const CellPlan& plan, CarrierReports& reports)
    : plan_(plan), reports_(reports), line_(ns3::Create<Line>()) {
    line_->cell = this;
    sides_.reserve(2 * std::size_t{plan.clients});
    for (std::uint32_t i = 0; i < plan.clients; ++i) {
        sides_.emplace_back(*this, i, Direction::uplink);
        sides_.emplace_back(*this, i, Direction::downlink);
    }
}

Ns3Cell::~Ns3Cell() { line_->cell = nullptr; }

Way& Ns3Cell::way(std::uint32_t station, Direction direction) {
    return sides_.at(2 * std::size_t{station} + (direction == Direction::uplink ? 0 : 1));
}

ns3::Ptr<ns3::Node> Ns3Cell::make_centre() {
    const ns3::Ptr<ns3::Node> node = ns3::CreateObject<ns3::Node>();
    node->AggregateObject(ns3::CreateObject<ns3::ConstantPositionMobilityModel>());
    return node;
}

ns3::Ptr<ns3::Node> Ns3Cell::make_station(std::uint32_t number) const {
    const double angle = 2.0 * std::numbers::pi * number / plan_.stations();
    const double speed = number < plan_.clients ? plan_.speed : 0.0;
    const ns3::Ptr<ns3::Node> node = ns3::CreateObject<ns3::Node>();
    node->AggregateObject(
        ns3::CreateObject<StationMotion>(angle, plan_.distance, speed, plan_.farthest));
    return node;
}

void Ns3Cell::listen_at(ns3::NetDevice& device) {
    device.SetReceiveCallback(ns3::MakeBoundCallback(&Ns3Cell::receive, line_));
}

bool Ns3Cell::receive(ns3::Ptr<Line> line, ns3::Ptr<ns3::NetDevice>,
                      ns3::Ptr<const ns3::Packet> packet, std::uint16_t, const ns3::Address&) {
    if (line->cell != nullptr) line->cell->came_through(token_of(*packet));
    return true;
}

void Ns3Cell::carry(std::uint32_t station, Direction direction, const Envelope& envelope) {
    under_way_.insert(envelope.token);
    deadlines_.push_back({ns3_now() + plan_.patience, envelope.token});
    if (deadlines_.size() == 1) await_expiry();
    transmit(station, direction, envelope);
}

void Ns3Cell::came_through(std::optional<std::uint64_t> token) {
    if (token && under_way_.erase(*token) > 0) reports_.came_through(*token);
}

void Ns3Cell::lost(std::optional<std::uint64_t> token, PacketFate fate) {
    if (token && under_way_.erase(*token) > 0) reports_.lost(*token, fate);
}

/// One event for all deadlines: they come in order.
void Ns3Cell::await_expiry() { schedule<Expiry>(deadlines_.front().at - ns3_now(), line_); }

void Ns3Cell::expire() {
    while (!deadlines_.empty() && deadlines_.front().at <= ns3_now()) {
        const std::uint64_t token = deadlines_.front().token;
        deadlines_.pop_front();
        lost(token, PacketFate::loss);
    }
    if (!deadlines_.empty()) await_expiry();
}

void Ns3Cell::begin_downloads() {
    if (plan_.neighbours == 0) return;
    const Duration gap = serialisation(plan_.neighbour_rate, cell_mtu);
    for (std::uint32_t i = 0; i < plan_.neighbours; ++i) {
        schedule<Download>(gap * i / plan_.neighbours, line_, plan_.clients + i, gap);
    }
}

void Ns3Cell::download(std::uint32_t neighbour, Duration gap) {
    transmit(neighbour, Direction::downlink, {.token = neighbours_token, .bytes = cell_mtu});
    schedule<Download>(gap, line_, neighbour, gap);
}

void seed_ns3(Random random) {
    constexpr std::uint32_t below = 0x7fffffff;  // L'Ecuyer's MRG32k3a takes a little more.
    ns3::RngSeedManager::SetSeed(1 + random.below(below));
    ns3::RngSeedManager::SetRun(random.next_u64() >> 1u);
}

}  // namespace reshake::net
