// What a receiver reports beside its cumulative ACK: what it holds out of order, and what it got
// twice.
//
// Source: RFC 2018 section 4 (most recent block first), RFC 2883 (DSACK); Linux's
// tcp_sack_new_ofo_skb, tcp_sack_remove, tcp_dsack_set.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/net/linux_tcp_rtt.h"

namespace reshake::net::linux_tcp {

/// Bytes [first, end) of a stream.
struct Range {
    Position first = 0;
    Position end = 0;

    bool operator==(const Range&) const = default;
};

class SackReport {
public:
    /// A segment has been put aside, out of order.
    void arrived_early(Range range);
    /// Everything below `next` has been delivered in order.
    void advance(Position next);
    /// A segment, or part of it, had been there before. Reported once, with the next ACK.
    void arrived_twice(Range range);
    /// A new segment is about to be looked at.
    void forget_duplicate() noexcept { duplicate_ = {}; }

    /// Whether `range` lies within what is held out of order.
    [[nodiscard]] bool holds(Range range) const noexcept;
    [[nodiscard]] bool empty() const noexcept { return blocks_.empty(); }
    /// How many blocks there are to report.
    [[nodiscard]] std::size_t size() const noexcept {
        return blocks_.size() + (duplicate_.first != duplicate_.end ? 1 : 0);
    }

    /// At most `room` blocks for the ACK that is about to leave, the duplicate first.
    [[nodiscard]] std::vector<Range> take(std::size_t room);

private:
    std::vector<Range> blocks_;  ///< Most recently changed first.
    Range duplicate_{};          ///< Empty if there is none.
};

}  // namespace reshake::net::linux_tcp
