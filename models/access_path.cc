#include "models/access_path.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace reshake {
namespace {

/// What a leg is made of.
using LinkRef = std::variant<const Link*, const TraceLink*>;

LinkRef ref_of(const Access& access) {
    return std::visit([](const auto& link) { return LinkRef(&link); }, access);
}

const std::optional<Radio>& radio_of(const LinkRef& link) {
    return std::visit([](const auto* each) -> const std::optional<Radio>& { return each->radio; },
                      link);
}

std::uint32_t mtu_of(const LinkRef& link) {
    return std::visit([](const auto* each) { return each->mtu; }, link);
}

std::unique_ptr<Lane> lane_of(const LinkRef& link, Direction direction, const Random& random) {
    const char* const name = direction == Direction::uplink ? "up" : "down";
    return std::visit(
        [&](const auto* each) {
            return std::make_unique<Lane>(*each, direction, random.stream(name));
        },
        link);
}

/// `leg` is an AccessPath's.
void furnish(auto& leg, const LinkRef& link, const Random& random) {
    leg.up = lane_of(link, Direction::uplink, random);
    leg.down = lane_of(link, Direction::downlink, random);
    if (const auto& radio = radio_of(link)) leg.radio.emplace(*radio, random.stream("radio"));
}

/// Those of the client's own access first, one for each phase; then those of the handovers' cells.
std::vector<LinkRef> links_of(const ClientAccess& access, const std::vector<Handover>& handovers) {
    std::vector<LinkRef> links;
    if (const auto* phases = std::get_if<Phases>(&access)) {
        for (const DayPhase& phase : phases->phases) links.push_back(ref_of(phase.access));
    } else if (const auto* link = std::get_if<Link>(&access)) {
        links.emplace_back(link);
    } else {
        links.emplace_back(&std::get<TraceLink>(access));
    }
    for (const Handover& handover : handovers) {
        for (const Access& cell : handover.to) links.push_back(ref_of(cell));
    }
    return links;
}

}  // namespace

class AccessPath::Side final : public Way {
public:
    Side(AccessPath& path, Direction direction, std::uint32_t mtu) noexcept
        : path_(path), direction_(direction), mtu_(mtu) {}

    [[nodiscard]] Passage pass(Instant now, std::uint32_t bytes) override {
        return path_.pass(direction_, now, bytes);
    }
    void begin_attempt() noexcept override {
        for (Leg& each : path_.legs_) {
            Lane* const lane = direction_ == Direction::uplink ? each.up.get() : each.down.get();
            if (lane != nullptr) lane->begin_attempt();
        }
    }
    /// What fits through every link that it may have to pass.
    [[nodiscard]] std::uint32_t mtu() const noexcept override { return mtu_; }

    // Of packets since the last change of address.
    Instant entered = run_start;  ///< The last one, into its lane.
    Instant latest = run_start;   ///< Arrival of any so far.
    Instant floor = run_start;    ///< Before which nothing arrives that came after a handover.
    Instant moves = never;        ///< The next change of address that its last packet knew of.
    std::uint64_t change = 0;     ///< The last handover that its last packet knew of.
    std::size_t leg = 0;          ///< Of its last packet.

private:
    AccessPath& path_;
    Direction direction_;
    std::uint32_t mtu_;
};

struct AccessPath::Travels {
    Travels(AccessPath& path, std::vector<LinkRef> all, std::uint32_t mtu, const Random& own)
        : links(std::move(all)),
          random(own.stream("legs")),
          up(path, Direction::uplink, mtu),
          down(path, Direction::downlink, mtu) {}

    std::vector<LinkRef> links;
    std::vector<HandoverProcess> handovers{};
    std::vector<std::size_t> first_cell{};  ///< Of each handover, among the legs.
    std::optional<PhaseClock> day{};
    Random random;
    Side up;
    Side down;
    std::uint64_t changes = 0;     ///< Handovers so far.
    std::uint64_t rebindings = 0;  ///< Of these, those that NATs forget at.
    Instant resumes = run_start;
    Instant drops_until = run_start;
    std::optional<std::size_t> cell{};  ///< The leg that the last handover with cells led to.
    Instant cell_since = run_start;
};

AccessPath::AccessPath(const ClientAccess& access, const std::vector<Handover>& handovers,
                       const Random& random) {
    if (is_cell(access)) return;
    std::vector<LinkRef> links = links_of(access, handovers);
    legs_.resize(links.size());
    const bool radio =
        std::ranges::any_of(links, [](const LinkRef& link) { return radio_of(link).has_value(); });
    const auto* const phases = std::get_if<Phases>(&access);
    // What travels besides its link keeps the link's draws.
    if (phases == nullptr) furnish(legs_[0], links[0], random);
    if (links.size() == 1 && phases == nullptr && handovers.empty() && !radio) return;
    const std::uint32_t mtu = mtu_of(std::ranges::min(links, {}, mtu_of));
    travels_ = std::make_unique<Travels>(*this, std::move(links), mtu, random);
    std::size_t first = legs_.size();
    for (const Handover& handover : handovers) first -= handover.to.size();
    for (const Handover& handover : handovers) {
        const std::size_t index = travels_->handovers.size();
        travels_->handovers.emplace_back(handover, random.stream("handovers").stream(index));
        travels_->first_cell.push_back(first);
        first += handover.to.size();
    }
    if (phases != nullptr) travels_->day.emplace(*phases, random.stream("day"));
    travels_->up.moves = travels_->down.moves = next_move(run_start);
}

AccessPath::~AccessPath() = default;

Way& AccessPath::way(Direction direction) noexcept {
    const bool up = direction == Direction::uplink;
    if (travels_ == nullptr) return up ? *legs_[0].up : *legs_[0].down;
    return up ? travels_->up : travels_->down;
}

void AccessPath::advance(Instant now) noexcept {
    Travels& own = *travels_;
    for (;;) {
        const auto next = std::ranges::min_element(own.handovers, {}, &HandoverProcess::next);
        if (next == own.handovers.end() || next->next() > now) return;
        const Instant at = next->next();
        const Handover& law = next->law();
        own.resumes = std::max(own.resumes, at + law.interruption);
        if (law.drops) own.drops_until = std::max(own.drops_until, at + law.interruption);
        if (!law.to.empty()) {
            const auto which = static_cast<std::size_t>(next - own.handovers.begin());
            own.cell = own.first_cell[which] + next->draw_cell();
            own.cell_since = at;
        }
        ++own.changes;
        own.rebindings += law.new_address || law.nat_rebinding;
        next->pass();
    }
}

std::size_t AccessPath::leg_at(Instant now) const noexcept {
    const Travels& own = *travels_;
    if (own.cell && (!own.day || own.day->began(now) <= own.cell_since)) return *own.cell;
    return own.day ? own.day->at(now) : 0;
}

AccessPath::Leg& AccessPath::leg(std::size_t index) {
    Leg& leg = legs_[index];
    if (leg.up == nullptr) furnish(leg, travels_->links[index], travels_->random.stream(index));
    return leg;
}

Passage AccessPath::pass(Direction direction, Instant now, std::uint32_t bytes) {
    advance(now);
    Travels& own = *travels_;
    if (now < own.drops_until) return {.fate = PacketFate::loss};
    const bool up = direction == Direction::uplink;
    Side& side = up ? own.up : own.down;
    const std::size_t index = leg_at(now);
    if (side.change != own.changes || side.leg != index) {
        side.change = own.changes;
        side.leg = index;
        if (now >= side.moves) {  // What is still under way in the former network is lost.
            side.entered = side.latest = run_start;
        }
        side.moves = next_move(now);
        // A network that forwards keeps the order, however much nearer the new cell is.
        side.floor = side.latest;
    }
    Leg& current = leg(index);
    Instant enters = std::max({now, own.resumes, side.entered});
    if (current.radio) enters = std::max(enters, current.radio->ready(enters, !up));
    side.entered = enters;
    Passage passage = (up ? current.up : current.down)->pass(enters, bytes);
    if (passage.fate == PacketFate::delivered) {
        passage.arrives = std::max(passage.arrives, side.floor);
        side.latest = std::max(side.latest, passage.arrives);
    }
    return passage;
}

std::uint64_t AccessPath::rebindings(Instant now) noexcept {
    if (travels_ == nullptr) return 0;
    advance(now);
    return travels_->rebindings;
}

Instant AccessPath::next_move(Instant now) noexcept {
    if (travels_ == nullptr) return never;
    advance(now);
    Instant moves = travels_->day ? travels_->day->next_move(now) : never;
    for (const HandoverProcess& each : travels_->handovers) {
        if (each.law().new_address) moves = std::min(moves, each.next());
    }
    return moves;
}

}  // namespace reshake
