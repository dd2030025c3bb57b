#include "sim/net/linux_tcp_acks.h"

#include <algorithm>

namespace reshake::net::linux_tcp {
namespace {

constexpr Jiffies least_delay(10);              // 40 ms: TCP_DELACK_MIN, TCP_ATO_MIN
constexpr Jiffies longest_delay(50);            // 200 ms: TCP_DELACK_MAX
constexpr std::uint32_t most_quick_acks = 16;   // TCP_MAX_QUICKACKS
constexpr std::uint32_t default_segment = 536;  // TCP_MSS_DEFAULT
constexpr std::uint32_t smallest_segment = 88;  // TCP_MIN_MSS
constexpr std::uint32_t bare_header = 20;

}  // namespace

void AckPolicy::connection_opened(std::uint32_t segment_size, Instant now) noexcept {
    segment_size_ = segment_size;
    largest_ = std::min(segment_size, default_segment);
    last_arrival_ = jiffies_of(now);
}

void AckPolicy::start_quick(std::uint32_t window, std::uint32_t most) noexcept {
    const std::uint32_t acks = std::max(window / (2 * largest_), 2u);
    quick_ = std::max(quick_, std::min(acks, most));
}

/// Learns the size of the peer's segments, which "a full segment" is measured by.
void AckPolicy::measure(const Arrival& arrival) noexcept {
    const std::uint32_t before = last_size_;
    last_size_ = 0;
    if (arrival.payload >= largest_) {
        largest_ = std::min(arrival.payload, segment_size_);
        pushed_ |= arrival.pushed;
        return;
    }
    const std::uint32_t length = arrival.payload + arrival.header;
    if (length >= default_segment + bare_header ||
        (length >= smallest_segment + bare_header && arrival.pure_data)) {
        last_size_ = arrival.payload;
        if (last_size_ == before) {
            largest_ = last_size_;
            return;
        }
    }
    pushed_twice_ |= pushed_;
    pushed_ = true;
}

void AckPolicy::data_in_order(const Arrival& arrival, std::uint32_t window, Jiffies timeout,
                              Instant now) noexcept {
    scheduled_ = true;
    measure(arrival);
    const JiffiesPoint at = jiffies_of(now);
    const Jiffies gap = at - last_arrival_;
    if (delay_ == Jiffies::zero()) {
        start_quick(window, most_quick_acks);
        delay_ = least_delay;
    } else if (gap <= least_delay / 2) {
        delay_ = delay_ / 2 + least_delay / 2;
    } else if (gap < delay_) {
        delay_ = std::min(delay_ / 2 + gap, timeout);
    } else if (gap > timeout) {
        start_quick(window, most_quick_acks);
    }
    last_arrival_ = at;
}

void AckPolicy::data_out_of_order(const Arrival& arrival) noexcept {
    measure(arrival);
    scheduled_ = true;
}

void AckPolicy::data_repeated(std::uint32_t window) noexcept {
    start_quick(window, most_quick_acks);
    interactive_ = false;
    delay_ = least_delay;
    scheduled_ = true;
}

void AckPolicy::fin_arrived() noexcept {
    scheduled_ = true;
    interactive_ = true;
}

AckPolicy::Verdict AckPolicy::check(std::uint64_t unacknowledged, bool gap) const noexcept {
    if (!scheduled_) return Verdict::nothing;
    if (unacknowledged > largest_ || quick() || at_once_ || gap) return Verdict::at_once;
    return Verdict::later;
}

bool AckPolicy::delay(const RttEstimator& rtt, Instant now) noexcept {
    Jiffies wait = delay_;
    if (wait > least_delay) {
        Jiffies most = interactive_ || pushed_ ? longest_delay : Jiffies(125);
        if (rtt.measured()) most = std::min(most, std::max(round_up(rtt.smoothed()), least_delay));
        wait = std::min(wait, most);
    }
    wait = std::min(wait, longest_delay - Jiffies(1));
    JiffiesPoint due = jiffies_of(now) + wait;
    if (timer_running_) {
        if (timer_ <= jiffies_of(now) + wait / 4) return true;
        due = std::min(due, timer_);
    }
    scheduled_ = timer_running_ = true;
    timer_ = due;
    return false;
}

bool AckPolicy::due_after_read(std::uint64_t unacknowledged) const noexcept {
    return scheduled_ && (unacknowledged > largest_ || pushed_twice_ || (pushed_ && !interactive_));
}

void AckPolicy::acknowledged() noexcept {
    if (quick_ > 0 && scheduled_) {
        if (--quick_ == 0) delay_ = least_delay;
    }
    scheduled_ = at_once_ = pushed_ = pushed_twice_ = timer_running_ = false;
}

void AckPolicy::answered(Instant now) noexcept {
    if (jiffies_of(now) - last_arrival_ < delay_) interactive_ = true;
}

bool AckPolicy::on_timer(Jiffies timeout) noexcept {
    timer_running_ = false;
    if (!scheduled_) return false;
    if (interactive_) {
        interactive_ = false;
        delay_ = least_delay;
    } else {
        delay_ = std::min(delay_ * 2, timeout);
    }
    return true;
}

}  // namespace reshake::net::linux_tcp
