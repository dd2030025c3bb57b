// The congestion window: slow start, congestion avoidance, proportional rate reduction.
//
// Source: RFC 5681 section 3.1, RFC 6937 (tcp_cwnd_reduction), RFC 2861 and 7661 in Linux's reading
// (tcp_cwnd_validate, tcp_cwnd_restart), RFC 6928 (initial window of 10).
//
// Units: segments.
#pragma once

#include <cstdint>
#include <limits>

#include "sim/net/linux_tcp_cubic.h"

namespace reshake::net::linux_tcp {

class CongestionWindow {
public:
    /// The connection is open.
    void start(std::uint32_t initial, std::uint32_t usual_initial, Instant now) noexcept;

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] bool in_slow_start() const noexcept { return size_ < threshold_; }

    /// An ACK has delivered `segments` and nothing speaks against growing.
    void grow(std::uint32_t segments, Instant now) noexcept;
    void measured(const Microseconds& rtt, Position acknowledged, Position next,
                  Instant now) noexcept;

    /// Notes how much of the window is in use; called after sending.
    struct Use {
        std::uint32_t out = 0;  ///< Segments sent and not acknowledged.
        std::uint32_t in_flight = 0;
        Position acknowledged = 0;
        Position next = 0;
        Jiffies timeout{};
        bool all_is_well = false;  ///< State Open.
        bool sent = false;         ///< Something has just been sent.
    };
    void note_use(const Use& use, Instant now) noexcept;
    /// Before new data: has the connection been silent for longer than a timeout?
    void restart_if_idle(Jiffies silence, Jiffies timeout, Instant now) noexcept;
    void idled(Jiffies duration, Instant now) noexcept { cubic_.idled(duration, now); }

    /// Recovery begins (tcp_init_cwnd_reduction): `reduce` sets the pace of each ACK, `end` is the
    /// new window.
    void begin_reduction() noexcept;
    void reduce(std::uint32_t delivered, std::uint32_t newly_lost, bool advanced,
                std::uint32_t in_flight) noexcept;
    void sent_in_reduction() noexcept { ++reduction_sent_; }
    void end_reduction(bool at_threshold, Instant now) noexcept;

    /// Upon a retransmission timeout. `first`: nothing has been reduced yet in this window of data.
    void collapse(bool first, std::uint32_t in_flight, Instant now) noexcept;

    /// What to return to should the reduction prove wrong; none if it cannot.
    void remember(bool reducing) noexcept;
    void forget() noexcept { remembered_threshold_ = 0; }
    void undo(Instant now) noexcept;

private:
    static constexpr std::uint32_t infinite = std::numeric_limits<std::uint32_t>::max();

    /// Whether the window is what keeps the sender from sending more (tcp_is_cwnd_limited).
    [[nodiscard]] bool limiting() const noexcept;
    [[nodiscard]] std::uint32_t present_threshold(bool reducing) const noexcept;

    Cubic cubic_;
    std::uint32_t size_ = 10;
    std::uint32_t initial_ = 10;
    std::uint32_t threshold_ = infinite;  // ssthresh
    std::uint32_t towards_next_ = 0;      // snd_cwnd_cnt

    std::uint32_t before_reduction_ = 0;      // prior_cwnd, RecoverFS of RFC 6937
    std::uint32_t reduction_delivered_ = 0;   // prr_delivered
    std::uint32_t reduction_sent_ = 0;        // prr_out
    std::uint32_t remembered_threshold_ = 0;  // prior_ssthresh

    bool limited_ = false;           // is_cwnd_limited
    std::uint32_t most_out_ = 0;     // max_packets_out
    Position usage_round_ends_ = 0;  // cwnd_usage_seq
    std::uint32_t used_ = 0;         // snd_cwnd_used
    JiffiesPoint stamped_{};         // snd_cwnd_stamp
};

}  // namespace reshake::net::linux_tcp
