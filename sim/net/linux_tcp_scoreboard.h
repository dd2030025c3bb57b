// What has been sent and not yet been acknowledged cumulatively, segment by segment.
//
// Source: RFC 2018, RFC 6675 section 3 (scoreboard); the tags and counters are Linux's
// (tcp_rtx_queue, tsorted_sent_queue, TCPCB_SACKED_ACKED, TCPCB_LOST, TCPCB_SACKED_RETRANS,
// TCPCB_EVER_RETRANS, tcp_packets_in_flight, tcp_collapse_retrans).
#pragma once

#include <cstdint>
#include <map>

#include "sim/net/linux_tcp_rtt.h"

namespace reshake::net::linux_tcp {

struct Segment {
    Position first = 0;
    Position end = 0;
    Stamp sent{};                        ///< Most recently.
    std::uint64_t sending = 0;           ///< Which sending that was, of all on this connection.
    bool sacked = false;                 ///< The peer has it, out of order.
    bool lost = false;                   ///< Taken for lost and not delivered since.
    bool in_repair = false;              ///< A retransmission of it is thought to be on its way.
    bool ever_repaired = false;          ///< Some of it has been sent more than once.
    std::uint64_t delivered_before = 0;  ///< Segments delivered when it was sent.

    Segment* sent_earlier = nullptr;  ///< In order of sending, the sacked and the lost left out.
    Segment* sent_later = nullptr;
};

class Scoreboard {
public:
    using Segments = std::map<Position, Segment>;

    Scoreboard() = default;
    Scoreboard(const Scoreboard&) = delete;
    Scoreboard& operator=(const Scoreboard&) = delete;

    [[nodiscard]] bool empty() const noexcept { return segments_.empty(); }
    [[nodiscard]] Segments& segments() noexcept { return segments_; }
    [[nodiscard]] Segment& head() { return segments_.begin()->second; }
    [[nodiscard]] Segment& tail() { return segments_.rbegin()->second; }
    /// The one whose last sending is longest ago, of those neither sacked nor given up.
    [[nodiscard]] Segment* sent_first() const noexcept { return sent_first_; }

    [[nodiscard]] std::uint32_t size() const noexcept {
        return static_cast<std::uint32_t>(segments_.size());
    }
    [[nodiscard]] std::uint32_t sacked() const noexcept { return sacked_; }
    [[nodiscard]] std::uint32_t lost() const noexcept { return lost_; }
    [[nodiscard]] std::uint32_t in_repair() const noexcept { return in_repair_; }
    [[nodiscard]] std::uint32_t in_flight() const noexcept {
        return size() - sacked_ - lost_ + in_repair_;
    }
    /// Times that a segment, or a repair, has been marked lost so far.
    [[nodiscard]] std::uint64_t losses() const noexcept { return losses_; }
    /// End of the highest sacked segment above `floor`; `floor` if none.
    [[nodiscard]] Position highest_sacked(Position floor) const noexcept {
        return sacked_ > 0 && highest_sacked_ > floor ? highest_sacked_ : floor;
    }

    void append(Position first, Position end, Stamp now, std::uint64_t delivered);
    /// The segment leaves once more. `counted`: as a repair (a tail loss probe is none).
    void sent_again(Segment& segment, Stamp now, std::uint64_t delivered, bool counted);
    void mark_lost(Segment& segment);
    void mark_sacked(Segment& segment);
    void take_out_of_repair(Segment& segment);
    /// After a spurious timeout: nothing is lost.
    void forget_losses();
    /// The peer has dropped what it had sacked (RFC 2018 section 8).
    void forget_sacks();
    /// Makes one segment of this and the next.
    void merge_with_next(Segment& segment);
    /// Makes two segments of one, the second beginning at `at`.
    void split(Segment& segment, Position at);
    void drop_head();
    /// The head has been acknowledged in part.
    void trim_head(Position first);

private:
    void enlist(Segment& segment) noexcept;
    void enlist_after(Segment& segment, Segment& earlier) noexcept;
    void delist(Segment& segment) noexcept;

    Segments segments_;
    Segment* sent_first_ = nullptr;
    Segment* sent_last_ = nullptr;
    std::uint32_t sacked_ = 0;
    std::uint32_t lost_ = 0;
    std::uint32_t in_repair_ = 0;
    std::uint64_t losses_ = 0;
    Position highest_sacked_ = 0;
    std::uint64_t sendings_ = 0;
};

}  // namespace reshake::net::linux_tcp
