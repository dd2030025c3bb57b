#include "sim/net/linux_tcp_rack.h"

#include <algorithm>

namespace reshake::net::linux_tcp {
namespace {

constexpr std::uint32_t usual_reordering = 3;      // tcp_reordering
constexpr std::uint32_t largest_reordering = 300;  // tcp_max_reordering

}  // namespace

void Rack::delivered(const Segment& segment, Stamp now, const WindowedMinimum& minimum) noexcept {
    const Microseconds rtt = now - segment.sent;
    // Too quick for the repair: it is the original that has arrived.
    if (segment.ever_repaired && minimum.known() && rtt < minimum.value()) return;
    advanced_ = true;
    rtt_ = rtt;
    if (sent_after(segment.sending, segment.end, sending_, end_)) {
        sending_ = segment.sending;
        end_ = segment.end;
    }
}

Microseconds Rack::window(const Scoreboard& board, const Circumstances& at) const {
    if (!reordering_seen_ && (at.in_recovery || board.sacked() >= reordering_)) return {};
    return std::min(at.minimal_rtt / 4 * window_steps_, at.smoothed_rtt);
}

Microseconds Rack::detect(Scoreboard& board, const Circumstances& at) const {
    const Microseconds reordering_window = window(board, at);
    Microseconds longest{};
    for (Segment* segment = board.sent_first(); segment != nullptr; segment = segment->sent_later) {
        if (segment->lost && !segment->in_repair) continue;
        if (!sent_after(sending_, end_, segment->sending, segment->end)) break;
        const Microseconds rest = remaining(*segment, at.now, reordering_window);
        if (rest <= Microseconds::zero()) {
            board.mark_lost(*segment);
        } else {
            longest = std::max(longest, rest);
        }
    }
    return longest;
}

void Rack::reordering_seen(std::uint32_t segments_apart) noexcept {
    reordering_ = std::max(reordering_, std::min(segments_apart, largest_reordering));
    reordering_seen_ = true;
}

void Rack::reset_reordering_degree() noexcept {
    reordering_ = std::min(reordering_, usual_reordering);
}

void Rack::adjust_window(std::uint64_t delivered_then, std::uint64_t delivered) noexcept {
    if (delivered_then < adjusted_at_) dsack_seen_ = false;
    if (dsack_seen_) {
        window_steps_ = std::min(window_steps_ + 1, 255u);
        dsack_seen_ = false;
        adjusted_at_ = delivered;
        window_persists_ = recoveries_to_persist;
    } else if (window_persists_ == 0) {
        window_steps_ = 1;
    }
}

}  // namespace reshake::net::linux_tcp
