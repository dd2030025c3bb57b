// CUBIC: how the congestion window grows and how far it falls, with HyStart to end slow start.
//
// Source: RFC 9438 (C = 0.4, beta = 0.7, fast convergence, Reno-friendly region); Linux's
// tcp_cubic.c for HyStart (cf. RFC 9406) and for the integer arithmetic, which keeps runs equal
// from one machine to the next.
//
// Units: windows in segments.
#pragma once

#include <cstdint>

#include "sim/net/linux_tcp_rtt.h"

namespace reshake::net::linux_tcp {

class Cubic {
public:
    struct Round {
        Microseconds rtt{};  ///< Of the segment just acknowledged.
        Position acknowledged = 0;
        Position next = 0;  ///< SND.NXT
        std::uint32_t window = 0;
        bool slow_start = false;
    };
    /// Sees each measured round trip. True: slow start should end at the present window.
    [[nodiscard]] bool end_slow_start(const Round& round, Instant now) noexcept;

    /// How many segments must be acknowledged for the window to grow by one.
    [[nodiscard]] std::uint32_t acks_per_segment(std::uint32_t window, std::uint32_t acknowledged,
                                                 Instant now) noexcept;

    /// What the window should fall to upon a loss.
    [[nodiscard]] std::uint32_t after_loss(std::uint32_t window) noexcept;
    /// Upon a retransmission timeout everything known of the path is forgotten.
    void forget() noexcept;
    /// Nothing was sent for a while: time has stood still for the growth.
    void idled(Jiffies duration, Instant now) noexcept;

private:
    void start_round(Instant now, Position next) noexcept;
    [[nodiscard]] std::uint32_t target(Instant now) const noexcept;

    std::uint32_t last_maximum_ = 0;  // W_max
    std::uint32_t origin_ = 0;
    std::uint32_t inflection_ = 0;  // K, in 1/1024 s
    bool epoch_running_ = false;
    JiffiesPoint epoch_start_{};
    JiffiesPoint updated_{};
    std::uint32_t updated_window_ = 0;
    std::uint32_t acks_per_segment_ = 0;
    std::uint32_t acknowledged_ = 0;  // Since the Reno estimate last grew.
    std::uint32_t reno_window_ = 0;   // W_est
    Microseconds least_delay_{};

    bool round_started_ = false;
    bool slow_start_done_ = false;
    Position round_ends_ = 0;
    Stamp round_start_{};
    Stamp last_ack_{};
    Microseconds round_least_delay_{};
    std::uint32_t round_samples_ = 0;
};

}  // namespace reshake::net::linux_tcp
