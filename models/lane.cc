#include "models/lane.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake {
namespace {

constexpr std::uint32_t bytes_per_opportunity = 1504;

using std::chrono::milliseconds;

std::unique_ptr<ActiveQueue> active_queue_of(const LaneSettings& settings) {
    if (!is_active(settings.queue)) return nullptr;
    return std::make_unique<ActiveQueue>(
        settings.queue,
        ActiveQueue::Limit{.packets = settings.queue_packets, .bytes = settings.queue_bytes},
        settings.mtu);
}

template <typename AnyLink>
const std::optional<OneWay>& own_of(const AnyLink& link, Direction direction) {
    return direction == Direction::uplink ? link.up : link.down;
}

using Line = std::variant<RateLine, TraceLine>;

Line line_of(const Link& link, Direction direction, const Random&) {
    const std::optional<OneWay>& own = own_of(link, direction);
    return RateLine(own && own->rate ? own->rate : link.rate);
}

Line line_of(const TraceLink& link, Direction direction, const Random& random) {
    const DeliveryTrace& trace =
        direction == Direction::uplink && link.uplink ? *link.uplink : link.downlink;
    return TraceLine(trace, milliseconds(random.stream("shift").below(trace.opportunities.back())));
}

template <typename AnyLink>
LaneSettings settings_of_any(const AnyLink& link, Direction direction) {
    LaneSettings settings{.delay = link.delay,
                          .queue_packets = link.queue_packets,
                          .queue_bytes = link.queue_bytes,
                          .queue = link.queue,
                          .loss = link.loss,
                          .jitter = link.jitter,
                          .duplication = link.duplication,
                          .corruption = link.corruption,
                          .mtu = link.mtu};
    const std::optional<OneWay>& own = own_of(link, direction);
    if (!own) return settings;
    settings.delay = own->delay.value_or(settings.delay);
    if (own->queue_packets) {
        settings.queue_packets = *own->queue_packets;
        settings.queue_bytes.reset();
    }
    if (own->queue_bytes) settings.queue_bytes = own->queue_bytes;
    if (!std::holds_alternative<std::monostate>(own->loss)) settings.loss = own->loss;
    if (!std::holds_alternative<std::monostate>(own->queue)) settings.queue = own->queue;
    if (own->jitter) settings.jitter = own->jitter;
    settings.duplication = own->duplication.value_or(settings.duplication);
    settings.corruption = own->corruption.value_or(settings.corruption);
    return settings;
}

}  // namespace

LaneSettings settings_of(const Link& link, Direction direction) {
    return settings_of_any(link, direction);
}

LaneSettings settings_of(const TraceLink& link, Direction direction) {
    return settings_of_any(link, direction);
}

LaneSettings settings_of(const Access& access, Direction direction) {
    return std::visit([&](const auto& link) { return settings_of_any(link, direction); }, access);
}

Instant RateLine::departure(Instant now, std::uint32_t bytes) noexcept {
    if (!rate_) return now;
    free_at_ = std::max(free_at_, now) + serialisation(*rate_, bytes);
    return free_at_;
}

TraceLine::TraceLine(const DeliveryTrace& trace, milliseconds shift) noexcept
    : trace_(&trace),
      shift_ms_(static_cast<std::uint64_t>(shift.count())),
      opportunity_(first_at_or_after(run_start)),
      room_(bytes_per_opportunity) {
    RESHAKE_CHECK(!trace.opportunities.empty() && trace.opportunities.back() > 0);
}

Instant TraceLine::time_of(std::uint64_t opportunity) const noexcept {
    const auto& times = trace_->opportunities;
    const std::uint64_t recorded = opportunity / times.size() * times.back() +
                                   times[static_cast<std::size_t>(opportunity % times.size())];
    return run_start + milliseconds(static_cast<std::int64_t>(recorded - shift_ms_));
}

std::uint64_t TraceLine::first_at_or_after(Instant now) const noexcept {
    const auto& times = trace_->opportunities;
    const std::int64_t since_start = (now - run_start).count();
    const std::uint64_t wanted = static_cast<std::uint64_t>((since_start + 999'999) / 1'000'000) +
                                 shift_ms_;  // Whole milliseconds, rounded up.
    // A round ends with its last opportunity, so what falls on that instant belongs to this round.
    const std::uint64_t round = wanted == 0 ? 0 : (wanted - 1) / times.back();
    const auto within = std::ranges::lower_bound(times, wanted - round * times.back());
    return round * times.size() + static_cast<std::uint64_t>(within - times.begin());
}

Instant TraceLine::departure(Instant now, std::uint32_t bytes) noexcept {
    if (time_of(opportunity_) < now) {
        opportunity_ = first_at_or_after(now);
        room_ = bytes_per_opportunity;
    }
    while (room_ < bytes) {
        bytes -= room_;
        ++opportunity_;
        room_ = bytes_per_opportunity;
    }
    room_ -= bytes;
    return time_of(opportunity_);
}

Lane::Lane(const Link& link, Direction direction, const Random& random)
    : Lane(settings_of(link, direction), line_of(link, direction, random), random) {}

Lane::Lane(const TraceLink& link, Direction direction, const Random& random)
    : Lane(settings_of(link, direction), line_of(link, direction, random), random) {}

Lane::Lane(const Access& access, Direction direction, const Random& random)
    : Lane(settings_of(access, direction),
           std::visit([&](const auto& link) { return line_of(link, direction, random); }, access),
           random) {}

Lane::Lane(const LaneSettings& settings, std::variant<RateLine, TraceLine> line,
           const Random& random)
    : delay_(settings.delay),
      mtu_(settings.mtu),
      queue_packets_(settings.queue_packets),
      queue_bytes_(settings.queue_bytes),
      active_(active_queue_of(settings)),
      line_(line),
      loss_(settings.loss, random.stream("loss")),
      jitter_(settings.jitter, random.stream("jitter")),
      duplication_(settings.duplication),
      corruption_(settings.corruption),
      faults_(random.stream("duplication and corruption")) {}

bool Lane::has_room_for(std::uint32_t bytes) const noexcept {
    if (queue_bytes_) return queued_bytes_ + bytes <= *queue_bytes_;
    return departures_.size() < queue_packets_;
}

Passage Lane::pass(Instant now, std::uint32_t bytes) {
    RESHAKE_CHECK(active_ == nullptr);
    if (bytes > mtu_) return {.fate = PacketFate::mtu};
    while (!departures_.empty() && departures_.front().departs <= now) {
        queued_bytes_ -= departures_.front().bytes;
        departures_.pop_front();
    }
    if (!has_room_for(bytes)) return {.fate = PacketFate::queue};
    const Passage passage = send(now, bytes);
    if (free_at_ > now) {
        departures_.push_back({free_at_, bytes});
        queued_bytes_ += bytes;
    }
    return passage;
}

Passage Lane::send(Instant now, std::uint32_t bytes) {
    const Instant departs =
        std::visit([&](auto& line) { return line.departure(now, bytes); }, line_);
    free_at_ = departs;
    if (loss_.loses(departs)) return {.fate = PacketFate::loss};
    Passage passage{.arrives = departs + delay_ + jitter_.delay(departs)};
    if (!jitter_.reorders()) passage.arrives = std::max(passage.arrives, last_arrival_);
    last_arrival_ = passage.arrives;
    if (duplication_ > 0.0) passage.duplicated = faults_.chance(duplication_);
    if (corruption_ > 0.0) passage.corrupted = faults_.chance(corruption_);
    return passage;
}

}  // namespace reshake
