#include "models/middleboxes.h"

#include <algorithm>
#include <chrono>

namespace reshake {
namespace {

/// RFC 5382 REQ-5: of connections that are not open yet, or not any more.
constexpr Duration transitory = std::chrono::minutes(4);
/// Of connections that nobody closes, where a box plans their end: as long as a NAT would keep
/// them.
constexpr Duration remembered = std::chrono::minutes(124);

constexpr std::uint16_t first_port = 1024;

BoxVerdict forgotten(PacketFate fate, OnForgotten answer, const Segment& segment) {
    return {.dropped = fate, .reset_sender = segment.tcp && answer == OnForgotten::reset};
}

KnownFlow flow_of(const Segment& segment, Instant now) {
    return {.client = segment.client,
            .peer = segment.peer,
            .client_port = segment.client_port,
            .peer_port = segment.peer_port,
            .last = now};
}

KnownFlow* find(std::vector<KnownFlow>& flows, const Segment& segment) {
    const auto found =
        std::ranges::find_if(flows, [&](const KnownFlow& flow) { return flow.is_of(segment); });
    return found == flows.end() ? nullptr : &*found;
}

std::uint32_t behind(const Segment& segment) {
    return segment.sequence + segment.payload + (segment.syn ? 1 : 0) + (segment.fin ? 1 : 0);
}

/// What was sent by the other end, in its place (RFC 9293 section 3.10.7.1).
Segment reset_against(const Segment& segment) {
    Segment reset = segment;
    reset.payload = 0;
    reset.sequence = segment.ack ? segment.acknowledgment : 0;
    reset.acknowledgment = segment.ack ? 0 : behind(segment);
    reset.ack = !segment.ack;
    reset.syn = reset.fin = false;
    reset.rst = true;
    return reset;
}

/// In the place of the sender's next segment.
Segment reset_behind(const Segment& segment) {
    Segment reset = reset_against(segment);
    reset.sequence = behind(segment);
    reset.acknowledgment = 0;
    reset.ack = false;
    return reset;
}

constexpr Direction opposite(Direction direction) noexcept {
    return direction == Direction::uplink ? Direction::downlink : Direction::uplink;
}

}  // namespace

bool NatBox::live(const Mapping& mapping, Instant now) const noexcept {
    if (!mapping.tcp) return now - mapping.last < settings_.udp_timeout;
    const bool open = mapping.answered && !mapping.closing;
    return now - mapping.last <
           (open ? settings_.tcp_timeout : std::min(settings_.tcp_timeout, transitory));
}

NatBox::Mapping* NatBox::find(Instant now, const Segment& segment, std::uint16_t Mapping::* port) {
    const auto found = std::ranges::find_if(mappings_, [&](const Mapping& mapping) {
        return mapping.tcp == segment.tcp && mapping.client == segment.client &&
               mapping.*port == segment.client_port && live(mapping, now);
    });
    return found == mappings_.end() ? nullptr : &*found;
}

NatBox::Mapping& NatBox::make(Instant now, const Segment& segment) {
    std::erase_if(mappings_, [&](const Mapping& mapping) { return !live(mapping, now); });
    Mapping mapping{.tcp = segment.tcp, .client = segment.client, .inside = segment.client_port};
    const auto taken = [&](const Mapping& other) {
        return other.tcp == mapping.tcp && other.client == mapping.client &&
               other.outside == mapping.outside;
    };
    if (segment.tcp) {
        mapping.outside = segment.client_port;
        return mappings_.emplace_back(mapping);
    }
    do {
        mapping.outside =
            static_cast<std::uint16_t>(first_port + random_.below(65'536 - first_port));
    } while (std::ranges::any_of(mappings_, taken));
    return mappings_.emplace_back(mapping);
}

BoxVerdict NatBox::see(Instant now, Direction direction, Segment& segment) {
    const bool up = direction == Direction::uplink;
    Mapping* mapping = find(now, segment, up ? &Mapping::inside : &Mapping::outside);
    if (mapping == nullptr) {
        if (!up || (segment.tcp && !segment.opens())) {
            return forgotten(PacketFate::nat, settings_.on_forgotten, segment);
        }
        mapping = &make(now, segment);
    }
    if (up && segment.opens()) mapping->answered = mapping->closing = false;
    mapping->answered |= !up;
    mapping->closing |= segment.fin || segment.rst;
    if (up || segment.tcp) mapping->last = now;
    segment.client_port = up ? mapping->outside : mapping->inside;
    return {};
}

BoxVerdict FirewallBox::see(Instant now, Direction, Segment& segment) {
    if (!segment.tcp) {
        if (settings_.drop_udp) return {.dropped = PacketFate::firewall};
        return {};
    }
    if (!settings_.tcp_idle_timeout) return {};
    const auto idle = [&](const KnownFlow& flow) {
        return now - flow.last >= *settings_.tcp_idle_timeout;
    };
    KnownFlow* flow = find(flows_, segment);
    if (flow == nullptr || (idle(*flow) && !segment.opens())) {
        if (!segment.opens()) {
            return forgotten(PacketFate::firewall, settings_.on_forgotten, segment);
        }
        std::erase_if(flows_, idle);
        flow = &flows_.emplace_back(flow_of(segment, now));
    }
    flow->last = now;
    return {};
}

BoxVerdict BlackHoleBox::see(Instant, Direction direction, Segment& segment) const {
    const BoxWays way = direction == Direction::uplink ? BoxWays::up : BoxWays::down;
    if (settings_.ways != BoxWays::both && settings_.ways != way) return {};
    if (segment.bytes <= settings_.larger_than) return {};
    return {.dropped = PacketFate::black_hole};
}

BoxVerdict ResetBox::see(Instant now, Direction, Segment& segment) {
    if (!segment.tcp || segment.rst) return {};
    KnownFlow* flow = find(flows_, segment);
    // A SYN that is repeated is the same connection's.
    if (segment.opens() && (flow == nullptr || flow->first != segment.sequence)) {
        std::erase_if(flows_, [&](const KnownFlow& known) {
            return known.is_of(segment) || now - known.last >= remembered;
        });
        flow = &flows_.emplace_back(flow_of(segment, now));
        flow->first = segment.sequence;
        flow->doomed = random_.chance(settings_.probability);
    }
    if (flow == nullptr) return {};
    flow->last = now;
    const std::uint64_t before = flow->bytes;
    flow->bytes += segment.payload;
    return {.reset_both = flow->doomed && before < settings_.after_bytes &&
                          flow->bytes >= settings_.after_bytes};
}

Middleboxes::Middleboxes(const std::vector<Middlebox>& boxes, const Random& random,
                         AccessPath* path)
    : path_(path) {
    for (const Middlebox& box : boxes) {
        Random own = random.stream(static_cast<std::uint64_t>(boxes_.size()));
        if (const auto* nat = std::get_if<Nat>(&box)) {
            boxes_.emplace_back(NatBox(*nat, std::move(own)));
        } else if (const auto* firewall = std::get_if<Firewall>(&box)) {
            boxes_.emplace_back(FirewallBox(*firewall, own));
        } else if (const auto* hole = std::get_if<BlackHole>(&box)) {
            boxes_.emplace_back(BlackHoleBox(*hole, own));
        } else {
            boxes_.emplace_back(ResetBox(std::get<ResetInjection>(box), std::move(own)));
        }
    }
}

Middleboxes::Outcome Middleboxes::pass(Instant now, Direction direction, const Segment& segment) {
    if (path_ != nullptr) {
        if (const std::uint64_t all = path_->rebindings(now); all != rebindings_) {
            rebindings_ = all;
            rebind();
        }
    }
    Outcome outcome;
    Segment seen = segment;
    const std::size_t first = direction == Direction::uplink ? 0 : boxes_.size() - 1;
    outcome.fate = walk(now, direction, first, seen, outcome.resets);
    outcome.client_port = seen.client_port;
    return outcome;
}

PacketFate Middleboxes::walk(Instant now, Direction direction, std::size_t at, Segment& segment,
                             std::vector<Reset>& resets) {
    // Beyond either end the index is beyond the last box: it wraps around.
    const std::size_t step = direction == Direction::uplink ? 1 : static_cast<std::size_t>(-1);
    for (; at < boxes_.size(); at += step) {
        const BoxVerdict verdict =
            std::visit([&](auto& box) { return box.see(now, direction, segment); }, boxes_[at]);
        const bool answers = verdict.reset_sender || verdict.reset_both;
        if (answers && !segment.rst) {  // Nobody answers a RST.
            emit(now, opposite(direction), at, reset_against(segment), resets);
        }
        if (verdict.reset_both && !segment.rst) {
            emit(now, direction, at, reset_behind(segment), resets);
        }
        if (verdict.dropped) return *verdict.dropped;
    }
    return PacketFate::delivered;
}

void Middleboxes::emit(Instant now, Direction direction, std::size_t from, Segment segment,
                       std::vector<Reset>& resets) {
    const std::size_t step = direction == Direction::uplink ? 1 : static_cast<std::size_t>(-1);
    if (walk(now, direction, from + step, segment, resets) != PacketFate::delivered) return;
    resets.push_back({direction, segment});
}

void Middleboxes::rebind() noexcept {
    for (auto& box : boxes_) {
        if (auto* const nat = std::get_if<NatBox>(&box)) nat->rebind();
    }
}

}  // namespace reshake
