#include "sim/net/linux_tcp_rtt.h"

#include <algorithm>

namespace reshake::net::linux_tcp {
namespace {

constexpr Microseconds minimum_window = std::chrono::seconds(300);  // tcp_min_rtt_wlen

}  // namespace

void WindowedMinimum::sample(Microseconds value, Stamp now) noexcept {
    const Sample fresh{now, value};
    if (!known_ || value <= best_[0].value || now - best_[2].at > minimum_window) {
        known_ = true;
        best_.fill(fresh);
        return;
    }
    if (value <= best_[1].value) {
        best_[1] = best_[2] = fresh;
    } else if (value <= best_[2].value) {
        best_[2] = fresh;
    }
    const Stamp::duration age = now - best_[0].at;
    if (age > minimum_window) {
        best_ = {best_[1], best_[2], fresh};
        if (now - best_[0].at > minimum_window) best_ = {best_[1], best_[2], fresh};
    } else if (best_[1].at == best_[0].at && age > minimum_window / 4) {
        best_[1] = best_[2] = fresh;
    } else if (best_[2].at == best_[1].at && age > minimum_window / 2) {
        best_[2] = fresh;
    }
}

void RttEstimator::sample(Microseconds rtt, Position acknowledged, Position next) noexcept {
    rtt = std::max(rtt, Microseconds(1));
    if (!measured()) {
        smoothed_x8_ = rtt * 8;
        deviation_x4_ = rtt * 2;
        variance_x4_ = std::max(deviation_x4_, minimal_variance);
        largest_deviation_x4_ = variance_x4_;
        round_ends_ = next;
    } else {
        const Microseconds error = rtt - smoothed();
        smoothed_x8_ += error;
        std::int64_t change =
            (error < Microseconds::zero() ? -error : error).count() - (deviation_x4_.count() >> 2);
        if (error < Microseconds::zero() && change > 0) change >>= 3;
        deviation_x4_ += Microseconds(change);
        if (deviation_x4_ > largest_deviation_x4_) {
            largest_deviation_x4_ = deviation_x4_;
            variance_x4_ = std::max(variance_x4_, largest_deviation_x4_);
        }
        if (acknowledged > round_ends_) {
            if (largest_deviation_x4_ < variance_x4_) {
                variance_x4_ -= Microseconds((variance_x4_ - largest_deviation_x4_).count() >> 2);
            }
            round_ends_ = next;
            largest_deviation_x4_ = minimal_variance;
        }
    }
    timeout_ = std::min(round_up(smoothed() + variance_x4_), longest_timeout);
}

void RttEstimator::back_off() noexcept { timeout_ = std::min(timeout_ * 2, longest_timeout); }

void RttEstimator::give_up_on_handshake_sample() noexcept {
    if (measured()) return;
    variance_x4_ = deviation_x4_ = largest_deviation_x4_ =
        std::chrono::duration_cast<Microseconds>(unmeasured_timeout);
    timeout_ = unmeasured_timeout;
}

}  // namespace reshake::net::linux_tcp
