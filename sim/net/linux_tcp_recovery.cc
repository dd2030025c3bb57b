// From the suspicion of a loss to its repair, and back when it was none.
#include <algorithm>
#include <iterator>

#include "sim/net/linux_tcp_sender.h"

namespace reshake::net::linux_tcp {

Rack::Circumstances Sender::circumstances() const {
    return {.now = now_,
            .in_recovery = state_ >= State::recovery,
            .minimal_rtt = least_rtt_.known() ? least_rtt_.value() : rtt_.smoothed(),
            .smoothed_rtt = rtt_.smoothed()};
}

/// tcp_fastretrans_alert: moves between the states; says what to repair.
Sender::Repair Sender::alert(Position before, bool duplicate_ack, News& news) {
    if (news.reneging && news.advanced) {
        // The peer has dropped what it had sacked, or seems to: wait a little for it to say more.
        const Jiffies half = round_up(rtt_.smoothed() / 2);
        arm(Timer::timeout, std::max(half, round_up(std::chrono::milliseconds(10))));
        news.set_timer = false;
        return Repair::none;
    }
    if (state_ == State::open) {
        first_repair_.reset();
    } else if (acknowledged_ >= recovery_ends_) {
        if (state_ == State::reducing && acknowledged_ != recovery_ends_) {
            window_.end_reduction(true, instant_);
            state_ = State::open;
        } else if (state_ == State::recovery) {
            const bool undone = may_undo(news);
            try_undo_recovery(news);
            window_.end_reduction(!undone && undo_from_.has_value(), instant_);
        }
    }
    if (state_ == State::recovery) {
        if (news.advanced && try_undo_partial(before, news)) return Repair::none;
        if (try_undo_dsack()) try_to_open();
        identify_losses(news);
        if (state_ != State::recovery) {
            if (board_.lost() == 0) return Repair::none;
            enter_recovery();
        }
        return Repair::lost;
    }
    if (state_ == State::loss) {
        const Repair kind = process_loss(duplicate_ack, news);
        identify_losses(news);
        if (state_ != State::open && !news.repair_lost) return kind;
    }
    if (state_ <= State::disorder) try_undo_dsack();
    identify_losses(news);
    if (board_.lost() == 0) {
        try_to_open();
        return Repair::none;
    }
    enter_recovery();
    return Repair::lost;
}

void Sender::identify_losses(News& news) {
    if (board_.empty() || !rack_.take_advance()) return;
    const std::uint32_t in_repair = board_.in_repair();
    const Microseconds wait = rack_.detect(board_, circumstances());
    if (wait > Microseconds::zero()) {
        arm(Timer::reordering, round_up(wait + std::chrono::milliseconds(2)));
        news.set_timer = false;
    }
    if (board_.in_repair() < in_repair) news.repair_lost = true;
}

/// tcp_init_undo
void Sender::remember_for_undo() {
    undo_from_ = acknowledged_;
    undo_repairs_ = board_.in_repair();
    if (probed_up_to_ && probed_by_repair_) ++undo_repairs_;
    if (undo_repairs_ == 0) undo_repairs_ = -1;  // Nothing repaired yet is not all repairs in vain.
}

/// tcp_init_cwnd_reduction
void Sender::begin_reduction() {
    recovery_ends_ = next_;
    probed_up_to_.reset();
    window_.begin_reduction();
}

void Sender::enter_recovery() {
    if (!any_repair_done()) first_repair_.reset();
    window_.forget();
    remember_for_undo();
    if (!reducing()) {
        window_.remember(false);
        begin_reduction();
    }
    state_ = State::recovery;
}

/// tcp_enter_loss: everything is lost except what was sent too recently to tell.
void Sender::enter_loss() {
    const bool fresh = state_ < State::recovery;
    if (!board_.empty() && board_.head().sacked) {
        board_.forget_sacks();
        for (auto& [first, segment] : board_.segments()) board_.mark_lost(segment);
    } else {
        for (auto& [first, segment] : board_.segments()) {
            if (&segment != &board_.head() &&
                rack_.remaining(segment, now_, Microseconds::zero()) > Microseconds::zero()) {
                continue;
            }
            board_.mark_lost(segment);
        }
    }
    const bool first_in_window = state_ <= State::disorder || recovery_ends_ <= acknowledged_ ||
                                 (state_ == State::loss && timeouts_in_row_ == 0);
    if (first_in_window) {
        window_.remember(reducing());
        remember_for_undo();
    }
    window_.collapse(first_in_window, board_.in_flight(), instant_);
    if (state_ <= State::disorder && board_.sacked() >= 3) rack_.reset_reordering_degree();
    state_ = State::loss;
    recovery_ends_ = next_;
    probed_up_to_.reset();
    frto_ = fresh || timeouts_in_row_ > 0;
}

/// An ACK during Loss; F-RTO (RFC 5682 section 3.1) tells whether the timeout was spurious.
Sender::Repair Sender::process_loss(bool duplicate_ack, const News& news) {
    const bool recovered = acknowledged_ >= recovery_ends_;
    if (news.advanced && try_undo_loss(false, news)) return Repair::none;
    if (frto_) {
        if (news.original_delivered && try_undo_loss(true, news)) return Repair::none;
        if (next_ > recovery_ends_) {
            if (news.sacked || duplicate_ack) frto_ = false;
        } else if (news.advanced && !recovered) {
            recovery_ends_ = next_;
            if (next_ < limit() && acknowledged_ + peer_window_ > next_) return Repair::fresh;
            frto_ = false;
        }
    }
    if (recovered) {
        try_undo_recovery(news);
        return Repair::none;
    }
    return Repair::lost;
}

bool Sender::any_repair_done() {
    return board_.in_repair() > 0 || (!board_.empty() && board_.head().ever_repaired);
}

/// Whether the ACK was caused by something sent before the first repair (Eifel, RFC 3522).
bool Sender::delayed_not_lost(const News& news) const {
    return !first_repair_ || (news.echo && *news.echo < *first_repair_);
}

bool Sender::may_undo(const News& news) const {
    return undo_from_ && (undo_repairs_ == 0 || delayed_not_lost(news));
}

void Sender::undo(bool nothing_lost) {
    if (nothing_lost) board_.forget_losses();
    window_.undo(instant_);
    undo_from_.reset();
    rack_.force_another_look();
}

void Sender::try_undo_recovery(const News& news) {
    if (may_undo(news)) {
        undo(false);
    } else {
        rack_.recovery_ended();
    }
    state_ = State::open;
}

bool Sender::try_undo_dsack() {
    if (!undo_from_ || undo_repairs_ != 0) return false;
    rack_.recovery_was_undone();
    undo(false);
    return true;
}

bool Sender::try_undo_loss(bool spurious_timeout, const News& news) {
    if (!spurious_timeout && !may_undo(news)) return false;
    undo(true);
    timeouts_in_row_ = 0;
    state_ = State::open;
    return true;
}

/// A delayed original has filled the hole.
bool Sender::try_undo_partial(Position before, const News& news) {
    if (!undo_from_ || !delayed_not_lost(news)) return false;
    check_reordering(before);
    if (board_.in_repair() > 0) return true;
    if (!any_repair_done()) first_repair_.reset();
    undo(true);
    try_to_open();
    return false;
}

/// tcp_try_to_open, tcp_try_keep_open
void Sender::try_to_open() {
    if (!any_repair_done()) first_repair_.reset();
    if (state_ == State::reducing) return;
    const bool in_order = board_.sacked() == 0 && board_.lost() == 0 && !any_repair_done();
    const State state = in_order ? State::open : State::disorder;
    if (state_ == state) return;
    state_ = state;
    recovery_ends_ = next_;
}

/// One segment leaves again, together with the small ones behind it (tcp_retrans_try_collapse).
/// False if the peer's window forbids it.
bool Sender::repair(Segment& segment, bool counted) {
    Segment* again = &segment;
    if (again->first < acknowledged_) {
        board_.trim_head(acknowledged_);
        again = &board_.head();
    }
    const Position edge = acknowledged_ + peer_window_;
    if (edge <= again->first && again->first != acknowledged_) return false;
    const std::uint32_t room = segment_room();
    if (std::min(again->end, queued_) > again->first + room) {
        board_.split(*again, again->first + room);
    }
    while (!again->sacked) {
        const auto next = board_.segments().upper_bound(again->first);
        if (next == board_.segments().end() || next->second.sacked) break;
        // The FIN takes no room.
        const Position end = std::min(next->second.end, queued_);
        if (end - again->first > room || next->second.end > edge) break;
        board_.merge_with_next(*again);
    }
    ++repairs_;
    const JiffiesPoint at = jiffies_of(instant_);
    last_sent_ = at;
    board_.sent_again(*again, now_, delivered_, counted);
    if (counted) {
        if (!first_repair_)
            first_repair_ = std::chrono::floor<Milliseconds>(now_.time_since_epoch());
        undo_repairs_ = std::max<std::int64_t>(undo_repairs_, 0) + 1;
    }
    output_.transmit(again->first, again->end, finishing_ && again->end == limit());
    return true;
}

/// tcp_xmit_recovery, tcp_xmit_retransmit_queue
void Sender::repair_lost(Repair kind) {
    if (kind == Repair::none) return;
    if (kind == Repair::fresh) {
        write(false);
        if (next_ > recovery_ends_) return;
        frto_ = false;
    }
    bool head_repaired = false;
    auto& segments = board_.segments();
    for (auto at = segments.begin(); at != segments.end(); ++at) {
        if (board_.in_flight() >= window_.size() || board_.in_repair() >= board_.lost()) break;
        Segment& segment = at->second;
        if (!segment.lost || segment.sacked || segment.in_repair) continue;
        const bool is_head = at == segments.begin();
        const Position first = std::max(segment.first, acknowledged_);
        if (!repair(segment, true)) break;
        if (reducing()) window_.sent_in_reduction();
        if (is_head && timer_ != Timer::reordering) head_repaired = true;
        at = segments.find(first);  // Trimming may have moved it.
    }
    if (head_repaired) arm(Timer::timeout, rtt_.timeout());
}

}  // namespace reshake::net::linux_tcp
