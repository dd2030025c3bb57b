#include "sim/net/linux_tcp_scoreboard.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/base/check.h"

namespace reshake::net::linux_tcp {

void Scoreboard::enlist(Segment& segment) noexcept {
    segment.sent_earlier = sent_last_;
    segment.sent_later = nullptr;
    (sent_last_ != nullptr ? sent_last_->sent_later : sent_first_) = &segment;
    sent_last_ = &segment;
}

void Scoreboard::enlist_after(Segment& segment, Segment& earlier) noexcept {
    segment.sent_earlier = &earlier;
    segment.sent_later = earlier.sent_later;
    (earlier.sent_later != nullptr ? earlier.sent_later->sent_earlier : sent_last_) = &segment;
    earlier.sent_later = &segment;
}

/// Does nothing if the segment is not listed.
void Scoreboard::delist(Segment& segment) noexcept {
    if (segment.sent_earlier == nullptr && sent_first_ != &segment) return;
    (segment.sent_earlier != nullptr ? segment.sent_earlier->sent_later : sent_first_) =
        segment.sent_later;
    (segment.sent_later != nullptr ? segment.sent_later->sent_earlier : sent_last_) =
        segment.sent_earlier;
    segment.sent_earlier = segment.sent_later = nullptr;
}

void Scoreboard::append(Position first, Position end, Stamp now, std::uint64_t delivered) {
    RESHAKE_CHECK(first < end && (segments_.empty() || tail().end == first));
    Segment& segment = segments_.emplace_hint(segments_.end(), first, Segment{})->second;
    segment.first = first;
    segment.end = end;
    segment.sent = now;
    segment.sending = ++sendings_;
    segment.delivered_before = delivered;
    enlist(segment);
}

void Scoreboard::sent_again(Segment& segment, Stamp now, std::uint64_t delivered, bool counted) {
    delist(segment);
    segment.sent = now;
    segment.sending = ++sendings_;
    segment.delivered_before = delivered;
    segment.ever_repaired = true;
    if (!segment.sacked) enlist(segment);
    if (counted && !segment.in_repair) {
        segment.in_repair = true;
        ++in_repair_;
    }
}

void Scoreboard::take_out_of_repair(Segment& segment) {
    if (!segment.in_repair) return;
    segment.in_repair = false;
    --in_repair_;
}

void Scoreboard::mark_lost(Segment& segment) {
    if (segment.sacked) return;
    if (segment.lost) {
        if (!segment.in_repair) return;
        take_out_of_repair(segment);  // The repair has been lost as well.
    } else {
        segment.lost = true;
        ++lost_;
    }
    ++losses_;
}

void Scoreboard::mark_sacked(Segment& segment) {
    if (segment.lost) {
        segment.lost = false;
        --lost_;
        take_out_of_repair(segment);
    }
    // A repair of a segment that was not thought lost (the probe's case) may still be on its way.
    segment.sacked = true;
    ++sacked_;
    highest_sacked_ = std::max(highest_sacked_, segment.end);
    delist(segment);
}

void Scoreboard::forget_losses() {
    for (auto& [first, segment] : segments_) segment.lost = false;
    lost_ = 0;
}

void Scoreboard::forget_sacks() {
    for (auto& [first, segment] : segments_) segment.sacked = false;
    sacked_ = 0;
    highest_sacked_ = 0;
}

void Scoreboard::merge_with_next(Segment& segment) {
    const auto next = std::next(segments_.find(segment.first));
    Segment& other = next->second;
    RESHAKE_CHECK(!segment.sacked && !other.sacked);
    if (other.lost) --lost_;
    take_out_of_repair(other);
    segment.end = other.end;
    segment.ever_repaired |= other.ever_repaired;
    delist(other);
    segments_.erase(next);
}

void Scoreboard::split(Segment& segment, Position at) {
    RESHAKE_CHECK(segment.first < at && at < segment.end && !segment.sacked);
    Segment& rest = segments_.emplace(at, segment).first->second;
    rest.first = segment.end = at;
    enlist_after(rest, segment);
    if (rest.lost) ++lost_;
    if (rest.in_repair) ++in_repair_;
}

void Scoreboard::drop_head() {
    Segment& segment = head();
    delist(segment);
    take_out_of_repair(segment);
    if (segment.sacked) --sacked_;
    if (segment.lost) --lost_;
    segments_.erase(segments_.begin());
}

void Scoreboard::trim_head(Position first) {
    auto node = segments_.extract(segments_.begin());
    node.key() = first;
    node.mapped().first = first;
    segments_.insert(segments_.begin(), std::move(node));
}

}  // namespace reshake::net::linux_tcp
