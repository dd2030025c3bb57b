// RACK: a segment is lost when one sent sufficiently later has arrived.
//
// Source: RFC 8985 section 6 and 7.1 (tcp_rack_advance, tcp_rack_detect_loss, tcp_rack_reo_wnd,
// tcp_rack_update_reo_wnd). Linux's reordering window: nothing once recovery has begun or three
// segments have been sacked, as long as no reordering has ever been seen; else a quarter of the
// minimal round trip, growing by as much for each round trip with a DSACK.
#pragma once

#include <cstdint>

#include "sim/net/linux_tcp_scoreboard.h"

namespace reshake::net::linux_tcp {

class Rack {
public:
    /// A segment has been delivered: acknowledged or sacked for the first time.
    void delivered(const Segment& segment, Stamp now, const WindowedMinimum& minimum) noexcept;

    struct Circumstances {
        Stamp now{};
        bool in_recovery = false;  ///< Recovery or Loss.
        bool sack = true;
        Microseconds minimal_rtt{};
        Microseconds smoothed_rtt{};
    };
    /// Marks what is lost. Returns how long until more may be, zero if nothing is to be awaited.
    Microseconds detect(Scoreboard& board, const Circumstances& at) const;
    /// The rest of a segment's time: lost when it is not positive.
    [[nodiscard]] Microseconds remaining(const Segment& segment, Stamp now,
                                         Microseconds window) const noexcept {
        return rtt_ + window - (now - segment.sent);
    }
    /// Whether there is news since the last time this was asked.
    [[nodiscard]] bool take_advance() noexcept {
        const bool news = advanced_;
        advanced_ = false;
        return news;
    }
    void force_another_look() noexcept { advanced_ = true; }

    void reordering_seen(std::uint32_t segments_apart) noexcept;
    [[nodiscard]] bool reordered() const noexcept { return reordering_seen_; }
    /// How many segments late a segment may come and not be taken for lost (tcp_reordering).
    [[nodiscard]] std::uint32_t reordering() const noexcept { return reordering_; }
    void reset_reordering_degree() noexcept;

    void dsack_seen() noexcept { dsack_seen_ = reordering_seen_; }
    /// After an ACK of something that was sent when `delivered_then` segments had been delivered;
    /// by now `delivered` have.
    void adjust_window(std::uint64_t delivered_then, std::uint64_t delivered) noexcept;
    void recovery_ended() noexcept {
        if (window_persists_ > 0) --window_persists_;
    }
    void recovery_was_undone() noexcept {
        if (window_persists_ < recoveries_to_persist) ++window_persists_;
    }

private:
    static constexpr std::uint32_t recoveries_to_persist = 16;  // TCP_RACK_RECOVERY_THRESH

    [[nodiscard]] Microseconds window(const Scoreboard& board, const Circumstances& at) const;

    std::uint64_t sending_ = 0;  // RACK.xmit_ts
    Position end_ = 0;           // RACK.end_seq
    Microseconds rtt_{};         // RACK.rtt
    bool advanced_ = false;
    bool reordering_seen_ = false;
    std::uint32_t reordering_ = 3;  // tcp_reordering
    bool dsack_seen_ = false;
    std::uint32_t window_steps_ = 1;
    std::uint32_t window_persists_ = 0;
    std::uint64_t adjusted_at_ = 0;  // Segments delivered then.
};

/// Whether of two sendings the first came later; of two halves of one, the higher did.
///
/// A kernel compares times, and of two at the same microsecond takes the higher segment for the
/// later (tcp_skb_sent_after, tcp_rack_sent_after). Its clock moves on from one packet to the next;
/// ours stands still while packets arrive in one instant, hence the count.
[[nodiscard]] constexpr bool sent_after(std::uint64_t sending_a, Position end_a,
                                        std::uint64_t sending_b, Position end_b) noexcept {
    return sending_a > sending_b || (sending_a == sending_b && end_a > end_b);
}

}  // namespace reshake::net::linux_tcp
