// What a sender knows about the round trip, and the timeout that follows from it.
//
// Source: RFC 6298 with Linux's deviations (tcp_rtt_estimator, tcp_set_rto): the variance has a
// floor of 200 ms instead of the timeout having one of 1 s, so that RTO = SRTT + max(200 ms, 4
// RTTVAR); the variance falls once per round trip, by a quarter of the distance to that round
// trip's largest deviation; deviations downwards count an eighth.
// Minimum: Kathleen Nichols' windowed minimum (lib/win_minmax.c), over 300 s.
#pragma once

#include <array>
#include <cstdint>

#include "sim/net/linux_tcp_timer_wheel.h"

namespace reshake::net::linux_tcp {

/// A byte's number in a stream, from 0. The FIN counts as one byte.
using Position = std::uint64_t;

inline constexpr Microseconds minimal_variance = std::chrono::milliseconds(200);  // TCP_RTO_MIN
inline constexpr Jiffies initial_timeout = std::chrono::seconds(1);     // TCP_TIMEOUT_INIT
inline constexpr Jiffies unmeasured_timeout = std::chrono::seconds(3);  // TCP_TIMEOUT_FALLBACK
inline constexpr Jiffies longest_timeout = std::chrono::seconds(120);   // TCP_RTO_MAX

/// The least of what was seen during the last `window`, in three samples of memory.
class WindowedMinimum {
public:
    void sample(Microseconds value, Stamp now) noexcept;
    [[nodiscard]] bool known() const noexcept { return known_; }
    [[nodiscard]] Microseconds value() const noexcept { return best_[0].value; }

private:
    struct Sample {
        Stamp at{};
        Microseconds value{};
    };
    bool known_ = false;
    std::array<Sample, 3> best_{};
};

class RttEstimator {
public:
    /// Takes a measured round trip. `acknowledged` is SND.UNA with the ACK in question already
    /// taken into account, `next` is SND.NXT: they tell round trips apart.
    void sample(Microseconds rtt, Position acknowledged, Position next) noexcept;

    [[nodiscard]] bool measured() const noexcept { return smoothed_x8_.count() != 0; }
    [[nodiscard]] Microseconds smoothed() const noexcept {
        return Microseconds(smoothed_x8_.count() >> 3);
    }
    /// Twice the smoothed round trip, rounded once.
    [[nodiscard]] Microseconds twice_smoothed() const noexcept {
        return Microseconds(smoothed_x8_.count() >> 2);
    }

    /// The present retransmission timeout, with the doublings since the last sample.
    [[nodiscard]] Jiffies timeout() const noexcept { return timeout_; }
    void back_off() noexcept;
    /// The connection is open and there has been no sample: RFC 6298 section 5.7.
    void give_up_on_handshake_sample() noexcept;

private:
    Microseconds smoothed_x8_{};           // srtt_us
    Microseconds deviation_x4_{};          // mdev_us
    Microseconds largest_deviation_x4_{};  // mdev_max_us, of the present round trip
    Microseconds variance_x4_{};           // rttvar_us
    Position round_ends_ = 0;              // rtt_seq
    Jiffies timeout_ = initial_timeout;
};

}  // namespace reshake::net::linux_tcp
