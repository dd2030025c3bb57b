#include "models/lane.h"

#include <algorithm>

#include "sim/base/check.h"

namespace reshake {
namespace {

constexpr std::uint32_t bytes_per_opportunity = 1504;

using std::chrono::milliseconds;

std::variant<RateLine, TraceLine> line_of(const Access& access, Direction direction,
                                          const Random& random) {
    if (const auto* link = std::get_if<Link>(&access)) return RateLine(link->rate);
    const auto& link = std::get<TraceLink>(access);
    const DeliveryTrace& trace =
        direction == Direction::uplink && link.uplink ? *link.uplink : link.downlink;
    return TraceLine(trace, milliseconds(random.stream("shift").below(trace.opportunities.back())));
}

const Loss& loss_of(const Access& access) {
    return std::visit([](const auto& link) -> const Loss& { return link.loss; }, access);
}

}  // namespace

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

Lane::Lane(const Access& access, Direction direction, const Random& random)
    : delay_(std::visit([](const auto& link) { return link.delay; }, access)),
      queue_packets_(std::visit([](const auto& link) { return link.queue_packets; }, access)),
      line_(line_of(access, direction, random)),
      loss_(loss_of(access), random.stream("loss")) {}

Passage Lane::pass(Instant now, std::uint32_t bytes) {
    while (!departures_.empty() && departures_.front() <= now) departures_.pop_front();
    if (departures_.size() >= queue_packets_) return {.fate = PacketFate::queue_full};
    const Instant departs =
        std::visit([&](auto& line) { return line.departure(now, bytes); }, line_);
    if (departs > now) departures_.push_back(departs);
    if (loss_.loses(departs)) return {.fate = PacketFate::lost};
    return {.fate = PacketFate::delivered, .arrives = departs + delay_};
}

}  // namespace reshake
