// When a receiver acknowledges: at once, later, or with its next data.
//
// Source: RFC 9293 section 3.8.6.3, RFC 5681 section 4.2; Linux's rules (tcp_event_data_recv,
// tcp_measure_rcv_mss, __tcp_ack_snd_check, tcp_send_delayed_ack, tcp_delack_timer_handler,
// tcp_cleanup_rbuf, tcp_enter_quickack_mode): a connection starts with up to 16 quick ACKs; once it
// answers data within the delayed-ACK time it is interactive ("pingpong") and lets ACKs wait for
// 40 ms and more; more than one full segment is always acknowledged.
//
// Units: sizes in bytes.
#pragma once

#include <cstdint>

#include "sim/net/linux_tcp_rtt.h"

namespace reshake::net::linux_tcp {

class AckPolicy {
public:
    struct Arrival {
        std::uint32_t payload = 0;
        std::uint32_t header = 32;  ///< TCP header, with options.
        bool pushed = false;        ///< PSH
        bool pure_data = true;      ///< None of PSH, FIN, URG, SYN.
    };
    void connection_opened(std::uint32_t segment_size, Instant now) noexcept;
    void data_in_order(const Arrival& arrival, std::uint32_t window, Jiffies timeout,
                       Instant now) noexcept;
    void data_out_of_order(const Arrival& arrival) noexcept;
    /// Data that is there already, or lies outside of the window: the peer has not heard our ACKs.
    void data_repeated(std::uint32_t window) noexcept;
    /// A gap has been filled.
    void demand_at_once() noexcept { at_once_ = scheduled_ = true; }
    void fin_arrived() noexcept;

    enum class Verdict { nothing, at_once, later };
    /// After a segment has been dealt with. `unacknowledged`: bytes in order since our last ACK.
    [[nodiscard]] Verdict check(std::uint64_t unacknowledged, bool gap) const noexcept;
    /// Starts the delayed-ACK timer, or leaves it as it is. True: send the ACK now instead.
    [[nodiscard]] bool delay(const RttEstimator& rtt, Instant now) noexcept;
    /// The user has read everything. Whether an ACK is due.
    [[nodiscard]] bool due_after_read(std::uint64_t unacknowledged) const noexcept;

    /// Any segment with an ACK leaves.
    void acknowledged() noexcept;
    /// Data leaves.
    void answered(Instant now) noexcept;

    [[nodiscard]] bool timer_running() const noexcept { return timer_running_; }
    [[nodiscard]] JiffiesPoint timer() const noexcept { return timer_; }
    /// The timer has gone off. Whether an ACK is to be sent.
    [[nodiscard]] bool on_timer(Jiffies timeout) noexcept;

private:
    void start_quick(std::uint32_t window, std::uint32_t most) noexcept;
    void measure(const Arrival& arrival) noexcept;
    [[nodiscard]] bool quick() const noexcept { return quick_ > 0 && !interactive_; }

    bool scheduled_ = false;      // ICSK_ACK_SCHED
    bool at_once_ = false;        // ICSK_ACK_NOW
    bool pushed_ = false;         // ICSK_ACK_PUSHED
    bool pushed_twice_ = false;   // ICSK_ACK_PUSHED2
    bool timer_running_ = false;  // ICSK_ACK_TIMER
    bool interactive_ = false;    // inet_csk_in_pingpong_mode
    std::uint32_t quick_ = 0;     // icsk_ack.quick
    Jiffies delay_{};             // icsk_ack.ato
    JiffiesPoint timer_{};
    JiffiesPoint last_arrival_{};  // icsk_ack.lrcvtime
    std::uint32_t largest_ = 0;    // icsk_ack.rcv_mss
    std::uint32_t segment_size_ = 0;
    std::uint32_t last_size_ = 0;  // icsk_ack.last_seg_size
};

}  // namespace reshake::net::linux_tcp
