#include "sim/net/linux_tcp_window.h"

#include <algorithm>

namespace reshake::net::linux_tcp {

void CongestionWindow::start(std::uint32_t initial, std::uint32_t usual_initial,
                             Instant now) noexcept {
    size_ = initial;
    initial_ = usual_initial;
    threshold_ = infinite;
    stamped_ = jiffies_of(now);
}

bool CongestionWindow::limiting() const noexcept {
    return limited_ || (in_slow_start() && size_ < 2 * most_out_);
}

std::uint32_t CongestionWindow::present_threshold(bool reducing) const noexcept {
    return reducing ? threshold_ : std::max(threshold_, size_ / 2 + size_ / 4);
}

void CongestionWindow::grow(std::uint32_t segments, Instant now) noexcept {
    stamped_ = jiffies_of(now);
    if (!limiting()) return;
    if (in_slow_start()) {
        const std::uint32_t grown = std::min(segments, threshold_ - size_);
        size_ += grown;
        segments -= grown;
        if (segments == 0) return;
    }
    const std::uint32_t per_segment = cubic_.acks_per_segment(size_, segments, now);
    if (towards_next_ >= per_segment) {
        towards_next_ = 0;
        ++size_;
    }
    towards_next_ += segments;
    size_ += towards_next_ / per_segment;
    towards_next_ %= per_segment;
}

void CongestionWindow::measured(const Microseconds& rtt, Position acknowledged, Position next,
                                Instant now) noexcept {
    const Cubic::Round round{rtt, acknowledged, next, size_, in_slow_start()};
    if (cubic_.end_slow_start(round, now)) threshold_ = size_;
}

void CongestionWindow::note_use(const Use& use, Instant now) noexcept {
    const bool limited = use.in_flight >= size_;
    if (!use.sent && !limited) return;
    if (use.acknowledged >= usage_round_ends_ || limited || (!limited_ && use.out > most_out_)) {
        limited_ = limited;
        most_out_ = use.out;
        usage_round_ends_ = use.next;
    }
    if (limiting()) {
        used_ = 0;
        stamped_ = jiffies_of(now);
        return;
    }
    used_ = std::max(used_, use.out);
    if (jiffies_of(now) - stamped_ < use.timeout) return;
    // The sender has not made use of it for a whole timeout: half of the unused goes.
    if (use.all_is_well) {
        const std::uint32_t needed = std::max(used_, initial_);
        if (needed < size_) {
            threshold_ = present_threshold(false);
            size_ = (size_ + needed) / 2;
        }
        used_ = 0;
    }
    stamped_ = jiffies_of(now);
}

void CongestionWindow::restart_if_idle(Jiffies silence, Jiffies timeout, Instant now) noexcept {
    if (silence <= timeout) return;
    threshold_ = present_threshold(false);
    const std::uint32_t least = std::min(initial_, size_);
    while ((silence -= timeout) > Jiffies::zero() && size_ > least) size_ /= 2;
    size_ = std::max(size_, least);
    stamped_ = jiffies_of(now);
    used_ = 0;
}

void CongestionWindow::begin_reduction() noexcept {
    towards_next_ = 0;
    before_reduction_ = size_;
    reduction_delivered_ = 0;
    reduction_sent_ = 0;
    threshold_ = cubic_.after_loss(size_);
}

void CongestionWindow::reduce(std::uint32_t delivered, std::uint32_t newly_lost, bool advanced,
                              std::uint32_t in_flight) noexcept {
    if (delivered == 0 || before_reduction_ == 0) return;
    reduction_delivered_ += delivered;
    const auto done = static_cast<std::int64_t>(reduction_delivered_);
    const auto sent = static_cast<std::int64_t>(reduction_sent_);
    const std::int64_t room = std::int64_t{threshold_} - std::int64_t{in_flight};
    std::int64_t quota = 0;
    if (room < 0) {
        // Proportional: spread over a round trip.
        quota =
            (std::int64_t{threshold_} * done + before_reduction_ - 1) / before_reduction_ - sent;
    } else {
        // Below the target: packet conservation, or slow start when nothing new is lost.
        quota = std::max(done - sent, std::int64_t{delivered});
        if (advanced && newly_lost == 0) ++quota;
        quota = std::min(room, quota);
    }
    // The first repair leaves at once.
    quota = std::max<std::int64_t>(quota, reduction_sent_ > 0 ? 0 : 1);
    size_ = in_flight + static_cast<std::uint32_t>(quota);
}

void CongestionWindow::end_reduction(bool at_threshold, Instant now) noexcept {
    if (!at_threshold || threshold_ == infinite) return;
    size_ = threshold_;
    stamped_ = jiffies_of(now);
}

void CongestionWindow::collapse(bool first, std::uint32_t in_flight, Instant now) noexcept {
    if (first) {
        before_reduction_ = size_;
        threshold_ = cubic_.after_loss(size_);
    }
    cubic_.forget();
    size_ = in_flight + 1;
    towards_next_ = 0;
    stamped_ = jiffies_of(now);
}

void CongestionWindow::remember(bool reducing) noexcept {
    remembered_threshold_ = present_threshold(reducing);
}

void CongestionWindow::undo(Instant now) noexcept {
    if (remembered_threshold_ != 0) {
        size_ = std::max(size_, before_reduction_);
        threshold_ = std::max(threshold_, remembered_threshold_);
    }
    stamped_ = jiffies_of(now);
}

}  // namespace reshake::net::linux_tcp
