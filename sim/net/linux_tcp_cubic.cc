#include "sim/net/linux_tcp_cubic.h"

#include <algorithm>

namespace reshake::net::linux_tcp {
namespace {

constexpr std::uint32_t beta = 717;                                          // of 1024
constexpr std::uint64_t c = 410;                                             // C = 0.4, of 1024
constexpr std::uint32_t reno_scale = 8 * (1024 + beta) / 3 / (1024 - beta);  // 1 / alpha, times 8

constexpr std::uint32_t hystart_low_window = 16;
constexpr std::uint32_t hystart_samples = 8;
constexpr Microseconds hystart_ack_gap = std::chrono::milliseconds(2);
constexpr Microseconds hystart_ack_train_slack = std::chrono::milliseconds(1);

constexpr std::uint64_t cube_root(std::uint64_t value) noexcept {
    std::uint64_t low = 0;
    std::uint64_t high = std::uint64_t{1} << 21;
    while (high - low > 1) {
        const std::uint64_t middle = (low + high) / 2;
        (middle * middle * middle <= value ? low : high) = middle;
    }
    return low;
}

}  // namespace

void Cubic::start_round(Instant now, Position next) noexcept {
    round_started_ = true;
    round_start_ = last_ack_ = stamp_of(now);
    round_ends_ = next;
    round_least_delay_ = Microseconds::max();
    round_samples_ = 0;
}

bool Cubic::end_slow_start(const Round& round, Instant now) noexcept {
    // The first second after a reduction tells of the queue that there was.
    if (epoch_running_ && jiffies_of(now) - epoch_start_ < std::chrono::seconds(1)) return false;
    const Microseconds delay = std::max(round.rtt, Microseconds(1));
    if (least_delay_ == Microseconds::zero() || delay < least_delay_) least_delay_ = delay;
    if (slow_start_done_ || !round.slow_start) return false;

    if (!round_started_ || round.acknowledged > round_ends_) start_round(now, round.next);
    if (round.window < hystart_low_window) return false;
    const Stamp at = stamp_of(now);
    if (at - last_ack_ <= hystart_ack_gap) {
        last_ack_ = at;
        slow_start_done_ = at - round_start_ > (least_delay_ + hystart_ack_train_slack) / 2;
    }
    round_least_delay_ = std::min(round_least_delay_, delay);
    if (round_samples_ < hystart_samples) {
        ++round_samples_;
    } else {
        const Microseconds tolerated = std::clamp<Microseconds>(
            least_delay_ / 8, std::chrono::milliseconds(4), std::chrono::milliseconds(16));
        slow_start_done_ |= round_least_delay_ > least_delay_ + tolerated;
    }
    return slow_start_done_;
}

std::uint32_t Cubic::target(Instant now) const noexcept {
    const Jiffies elapsed = jiffies_of(now) - epoch_start_ + round_up(least_delay_);
    const auto t = static_cast<std::uint64_t>(elapsed.count()) * 1024 / Jiffies::period::den;
    const std::uint64_t distance = t < inflection_ ? inflection_ - t : t - inflection_;
    const std::uint64_t capped = std::min<std::uint64_t>(distance, 1u << 17u);
    const auto delta = static_cast<std::uint32_t>((c * capped * capped * capped) >> 40u);
    return t < inflection_ ? origin_ - std::min(delta, origin_) : origin_ + delta;
}

std::uint32_t Cubic::acks_per_segment(std::uint32_t window, std::uint32_t acknowledged,
                                      Instant now) noexcept {
    const JiffiesPoint at = jiffies_of(now);
    acknowledged_ += acknowledged;
    if (updated_window_ == window && epoch_running_ && at - updated_ <= Jiffies(7)) {
        return acks_per_segment_;
    }
    if (!epoch_running_ || at != updated_) {
        updated_window_ = window;
        updated_ = at;
        if (!epoch_running_) {
            epoch_running_ = true;
            epoch_start_ = at;
            acknowledged_ = acknowledged;
            reno_window_ = window;
            origin_ = std::max(last_maximum_, window);
            inflection_ =
                static_cast<std::uint32_t>(cube_root((std::uint64_t{origin_ - window} << 40u) / c));
        }
        const std::uint32_t aim = target(now);
        acks_per_segment_ = aim > window ? window / (aim - window) : 100 * window;
        // Nothing is known of the path yet: grow by at least five percent a round trip.
        if (last_maximum_ == 0) acks_per_segment_ = std::min(acks_per_segment_, 20u);
    }
    // What Reno would have by now (RFC 9438 section 4.3).
    const std::uint32_t per_reno_segment = std::max(window * reno_scale / 8, 1u);
    while (acknowledged_ > per_reno_segment) {
        acknowledged_ -= per_reno_segment;
        ++reno_window_;
    }
    if (reno_window_ > window) {
        acks_per_segment_ = std::min(acks_per_segment_, window / (reno_window_ - window));
    }
    acks_per_segment_ = std::max(acks_per_segment_, 2u);
    return acks_per_segment_;
}

std::uint32_t Cubic::after_loss(std::uint32_t window) noexcept {
    epoch_running_ = false;
    // Fast convergence: leave room to a newcomer (RFC 9438 section 4.7).
    last_maximum_ = window < last_maximum_ ? window * (1024 + beta) / 2048 : window;
    return std::max(window * beta / 1024, 2u);
}

void Cubic::forget() noexcept { *this = Cubic(); }

void Cubic::idled(Jiffies duration, Instant now) noexcept {
    if (!epoch_running_ || duration <= Jiffies::zero()) return;
    epoch_start_ = std::min(epoch_start_ + duration, jiffies_of(now));
}

}  // namespace reshake::net::linux_tcp
