// What an ACK tells: which segments have arrived, how long they took, in which order.
#include <algorithm>

#include "sim/net/linux_tcp_sender.h"

namespace reshake::net::linux_tcp {
namespace {

constexpr std::uint64_t largest_window_ever = std::uint64_t{1} << 30u;

}  // namespace

void Sender::acknowledge(const Ack& ack, Instant now) {
    if (ack.acknowledged > next_ || gave_up_) return;
    instant_ = now;
    now_ = std::max(now_, stamp_of(now) + ack.stamped_late);
    const Position before = acknowledged_;
    const std::uint64_t delivered_before = delivered_;
    const std::uint64_t losses_before = board_.losses();
    News news;
    news.echo = ack.echo;
    news.has_data = ack.has_data;
    news.lowest_reordered = next_;
    if (ack.acknowledged < before) {
        // An old ACK may still bring news of what arrived out of order.
        if (ack.sacks.empty() || before - ack.acknowledged > largest_window_ever) return;
        take_sacks(ack, before, news);
        repair_lost(alert(before, false, news));
        return;
    }
    news.advanced = ack.acknowledged > before;
    if (news.advanced) timeouts_in_row_ = 0;
    const Position sacked_before = board_.highest_sacked(before);
    news.window_changed = take_window(ack);
    acknowledged_ = ack.acknowledged;
    take_sacks(ack, before, news);
    window_probes_ = 0;
    if (board_.empty()) {
        nothing_was_out(ack, before, news);
        return;
    }
    clean(before, sacked_before, news);
    if (news.delivered_then) rack_.adjust_window(*news.delivered_then, delivered_);
    if (probed_up_to_) take_probe_ack(ack.acknowledged, news);

    const bool plain = news.has_data || news.window_changed || news.data_acked;
    Repair kind = Repair::none;
    if (!plain || news.sacked || news.dsack || state_ != State::open) {
        kind = alert(before, !news.advanced && !plain && !news.dsack, news);
    }
    if (news.set_timer) set_timer();

    const auto delivered = static_cast<std::uint32_t>(delivered_ - delivered_before);
    const auto lost = static_cast<std::uint32_t>(board_.losses() - losses_before);
    if (reducing()) {
        window_.reduce(delivered, lost, news.advanced, board_.in_flight());
    } else if (news.data_acked || (rack_.reordering() > 3 && news.sacked)) {
        window_.grow(delivered, now);
    }
    repair_lost(kind);
}

bool Sender::updates_window(const Ack& ack) const noexcept {
    return ack.acknowledged > acknowledged_ || ack.sequence > window_taken_from_ ||
           (ack.sequence == window_taken_from_ && (ack.window > peer_window_ || ack.window == 0));
}

bool Sender::take_window(const Ack& ack) {
    if (!updates_window(ack)) return false;
    window_taken_from_ = ack.sequence;
    if (ack.window != peer_window_ && board_.empty() && next_ < limit()) {
        window_.restart_if_idle(jiffies_of(instant_) - last_sent_, rtt_.timeout(), instant_);
    }
    peer_window_ = ack.window;
    largest_peer_window_ = std::max(largest_peer_window_, peer_window_);
    return true;
}

/// No segment is out that the ACK could be for.
void Sender::nothing_was_out(const Ack& ack, Position before, News& news) {
    if (news.dsack) alert(before, false, news);
    if (next_ < limit()) {  // tcp_ack_probe
        if (segment_end(next_, segment_room()) <= acknowledged_ + peer_window_) {
            if (timer_ == Timer::window_probe) disarm();
        } else {
            arm(Timer::window_probe, window_probe_wait());
        }
    }
    if (probed_up_to_) take_probe_ack(ack.acknowledged, news);
}

/// RFC 2883 section 4: a first block below the cumulative ACK, or inside of the second block.
bool Sender::take_dsack(const Ack& ack, Position before, News& news) {
    if (ack.sacks.empty()) return false;
    const Range& block = ack.sacks.front();
    if (block.first >= block.end) return false;
    const bool duplicate =
        block.first < ack.acknowledged || (ack.sacks.size() > 1 && block.end <= ack.sacks[1].end &&
                                           block.first >= ack.sacks[1].first);
    if (!duplicate || block.end - block.first > largest_peer_window_) return false;

    std::uint64_t segments = 1;
    if (block.end - block.first > settings_.segment_size) {
        segments = (block.end - block.first + settings_.segment_size - 1) / settings_.segment_size;
    } else if (probed_up_to_ && *probed_up_to_ == block.end) {
        news.dsack_of_probe = true;
    }
    duplicates_ += segments;
    if (duplicates_ > repairs_) return false;  // Not of our making.
    if (!news.dsack_of_probe) rack_.dsack_seen();
    news.dsack = true;
    delivered_ += segments;
    if (undo_from_ && undo_repairs_ > 0 && block.end <= before && block.end > *undo_from_) {
        undo_repairs_ =
            std::max<std::int64_t>(0, undo_repairs_ - static_cast<std::int64_t>(segments));
    }
    return true;
}

void Sender::take_sacks(const Ack& ack, Position before, News& news) {
    const bool first_is_duplicate = take_dsack(ack, before, news);
    if (board_.empty()) return;
    for (std::size_t i = 0; i < ack.sacks.size(); ++i) {
        const Range& block = ack.sacks[i];
        const bool duplicate = i == 0 && first_is_duplicate;
        if (block.first >= block.end || block.end > next_ || block.end <= before) continue;
        if (block.first <= acknowledged_ && !duplicate) continue;
        auto& segments = board_.segments();
        for (auto at = segments.lower_bound(block.first);
             at != segments.end() && at->second.end <= block.end; ++at) {
            sack(at->second, duplicate, news);
        }
    }
    if (state_ != State::loss || undo_from_) check_reordering(news.lowest_reordered);
}

/// tcp_sacktag_one
void Sender::sack(Segment& segment, bool duplicate, News& news) {
    if (duplicate && segment.ever_repaired) {
        if (undo_from_ && undo_repairs_ > 0 && segment.end > *undo_from_) --undo_repairs_;
        if (segment.sacked) {
            news.lowest_reordered = std::min(news.lowest_reordered, segment.first);
        }
    }
    if (segment.end <= acknowledged_) return;
    if (!segment.sacked) {
        rack_.delivered(segment, now_, least_rtt_);
        if (!segment.ever_repaired) {
            if (segment.first < board_.highest_sacked(acknowledged_)) {
                news.lowest_reordered = std::min(news.lowest_reordered, segment.first);
            }
            if (segment.end <= recovery_ends_) news.original_delivered = true;
            if (!news.first_sacked_sent) news.first_sacked_sent = segment.sent;
            news.last_sacked_sent = segment.sent;
        }
        board_.mark_sacked(segment);
        news.sacked = true;
        ++delivered_;
        note_delivery(segment, news);
    }
    if (duplicate) board_.take_out_of_repair(segment);
}

/// Which of the segments delivered by this ACK left last (tcp_rate_skb_delivered).
void Sender::note_delivery(const Segment& segment, News& news) {
    if (news.delivered_then &&
        !sent_after(segment.sending, segment.end, news.latest_sending, news.latest_end)) {
        return;
    }
    news.delivered_then = segment.delivered_before;
    news.latest_sending = segment.sending;
    news.latest_end = segment.end;
}

void Sender::check_reordering(Position lowest) {
    const Position highest = board_.highest_sacked(acknowledged_);
    if (lowest >= highest) return;
    rack_.reordering_seen(static_cast<std::uint32_t>(
        (highest - lowest + settings_.segment_size - 1) / settings_.segment_size));
}

/// tcp_clean_rtx_queue
void Sender::clean(Position before, Position sacked_before, News& news) {
    const bool sacks_before = board_.sacked() > 0;
    std::optional<Stamp> first_sent;
    Stamp last_sent{};
    Position lowest = next_;
    std::uint32_t count = 0;
    while (!board_.empty() && board_.head().end <= acknowledged_) {
        const Segment segment = board_.head();
        if (segment.ever_repaired) {
            news.repaired_acked = true;
        } else if (!segment.sacked) {
            last_sent = segment.sent;
            if (!first_sent) first_sent = segment.sent;
            lowest = std::min(lowest, segment.first);
            if (segment.end <= recovery_ends_) news.original_delivered = true;
        }
        if (!segment.sacked) {
            ++delivered_;
            note_delivery(segment, news);
            // An echo from before the repair left: what has arrived is not the repair.
            const bool original =
                segment.ever_repaired && news.echo &&
                *news.echo < std::chrono::floor<Milliseconds>(segment.sent.time_since_epoch());
            if (!original) rack_.delivered(segment, now_, least_rtt_);
        }
        news.data_acked = true;
        ++count;
        board_.drop_head();
    }
    news.reneging = !board_.empty() && board_.head().sacked;

    std::optional<Microseconds> of_acked;
    std::optional<Microseconds> of_sacked;
    std::optional<Microseconds> latest;
    if (first_sent && !news.repaired_acked) {
        of_acked = now_ - *first_sent;
        latest = now_ - last_sent;
        news.maybe_delayed = count == 1 && !sacks_before && !news.sacked && !news.dsack &&
                             acknowledged_ - before < settings_.segment_size;
    }
    if (news.first_sacked_sent) {
        of_sacked = now_ - *news.first_sacked_sent;
        latest = now_ - *news.last_sacked_sent;
    }
    const bool sampled = take_rtt(news, of_acked, of_sacked, latest);
    if (news.data_acked) {
        news.set_timer = true;
        if (lowest < sacked_before) check_reordering(lowest);
    } else if (!board_.empty() && sampled && of_sacked && *of_sacked > now_ - board_.head().sent) {
        // Sacked is something sent before the head's last repair, whose timeout need not move.
        news.set_timer = true;
    }
    if (latest) window_.measured(*latest, acknowledged_, next_, instant_);
}

/// tcp_ack_update_rtt: timestamps help where repairs make the ACK ambiguous (RFC 7323 section 4).
bool Sender::take_rtt(const News& news, std::optional<Microseconds> of_acked,
                      std::optional<Microseconds> of_sacked, std::optional<Microseconds> latest) {
    std::optional<Microseconds> rtt = of_acked ? of_acked : of_sacked;
    if (!rtt && news.data_acked && news.echo) {
        const auto elapsed = std::chrono::floor<Milliseconds>(now_.time_since_epoch()) - *news.echo;
        rtt = latest = std::max(elapsed, Milliseconds(1));
    }
    if (!rtt || !latest) return false;
    if (!(news.maybe_delayed && least_rtt_.known() && *latest > least_rtt_.value())) {
        least_rtt_.sample(*latest, now_);
    }
    rtt_.sample(*rtt, acknowledged_, next_);
    return true;
}

/// RFC 8985 section 7.4: has the probe repaired a loss?
void Sender::take_probe_ack(Position acknowledged, const News& news) {
    if (acknowledged < *probed_up_to_) return;
    const bool only_a_duplicate = !news.advanced && !news.has_data && !news.window_changed &&
                                  !news.data_acked && !news.sacked;
    const bool both_arrived = acknowledged == *probed_up_to_ && only_a_duplicate;
    if (!probed_by_repair_ || news.dsack_of_probe || both_arrived) {
        probed_up_to_.reset();  // Nothing was lost: the original arrived, or was not repeated.
    } else if (acknowledged > *probed_up_to_) {
        begin_reduction();
        window_.end_reduction(true, instant_);
        state_ = State::open;
        try_to_open();
    }
}

}  // namespace reshake::net::linux_tcp
