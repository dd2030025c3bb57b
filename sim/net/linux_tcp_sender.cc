#include "sim/net/linux_tcp_sender.h"

#include <algorithm>
#include <bit>

#include "sim/base/check.h"

namespace reshake::net::linux_tcp {
namespace {

/// What a timer is set beyond the time that it waits for (TCP_TIMEOUT_MIN_US).
constexpr Microseconds timer_slack = std::chrono::milliseconds(2);

/// ilog2(TCP_RTO_MAX / TCP_RTO_MIN) + 1
constexpr std::uint32_t most_probe_doublings = 10;

/// How long `retries` doubling timeouts last, starting with the shortest (tcp_model_timeout).
Milliseconds patience(std::uint32_t retries) {
    constexpr std::int64_t first = 200;
    constexpr std::int64_t longest = 120'000;
    constexpr std::uint32_t doublings = std::bit_width(std::uint64_t{longest / first}) - 1;
    if (retries <= doublings) return Milliseconds(((2 << retries) - 1) * first);
    return Milliseconds(((2 << doublings) - 1) * first +
                        std::int64_t{retries - doublings} * longest);
}

}  // namespace

void Sender::open(const Opening& opening, Instant now) {
    instant_ = now;
    now_ = stamp_of(now);
    if (opening.rtt) {
        least_rtt_.sample(*opening.rtt, now_);
        rtt_.sample(*opening.rtt, 0, 0);
    } else {
        rtt_.give_up_on_handshake_sample();
    }
    peer_window_ = largest_peer_window_ = opening.peer_window;
    tardiness_ = opening.tardiness;
    window_.start(opening.window, settings_.initial_window, now);
    last_sent_ = jiffies_of(now);
}

void Sender::queue(Position end, Instant now) {
    // tcp_slow_start_after_idle_check
    if (board_.empty()) {
        window_.restart_if_idle(jiffies_of(now) - last_sent_, rtt_.timeout(), now);
    }
    queued_ = end;
}

void Sender::push(Instant now) {
    instant_ = now;
    now_ = std::max(now_, stamp_of(now));
    if (next_ == limit() || gave_up_) return;
    if (!write(false) && board_.empty() && timer_ == Timer::none) await_window();
}

Position Sender::segment_end(Position first, Position room) const noexcept {
    const Position end = std::min(first + room, queued_);
    return finishing_ && end == queued_ ? end + 1 : end;
}

/// A small segment waits while another one is out (tcp_nagle_check, tcp_minshall_check).
bool Sender::held_by_nagle(Position end) const noexcept {
    return settings_.nagle && end - next_ < settings_.segment_size && end == queued_ &&
           !finishing_ && !board_.empty() && last_partial_end_ > acknowledged_;
}

void Sender::send_fresh(Position end) {
    const bool was_empty = board_.empty();
    const bool fin = finishing_ && end == limit();
    const JiffiesPoint at = jiffies_of(instant_);
    if (board_.in_flight() == 0) window_.idled(at - last_sent_, instant_);
    last_sent_ = at;
    if (end - next_ < settings_.segment_size) last_partial_end_ = end;
    const Position first = next_;
    board_.append(first, end, now_, delivered_);
    next_ = end;
    if (was_empty || timer_ == Timer::loss_probe) rearm_timeout();
    output_.transmit(first, end, fin);
}

/// Sends new data as the windows allow, or as a probe one segment regardless of the congestion
/// window. True if anything was sent.
bool Sender::write(bool probe) {
    const std::uint32_t room = segment_room();
    std::uint32_t sent = 0;
    while (next_ < limit()) {
        if (board_.in_flight() >= window_.size() && !probe) break;
        const Position end = segment_end(next_, room);
        if (end > acknowledged_ + peer_window_) break;
        if (!probe && held_by_nagle(end)) break;
        send_fresh(end);
        ++sent;
        if (reducing()) window_.sent_in_reduction();
        if (probe) break;
    }
    window_.note_use({.out = board_.size(),
                      .in_flight = board_.in_flight(),
                      .acknowledged = acknowledged_,
                      .next = next_,
                      .timeout = rtt_.timeout(),
                      .all_is_well = state_ == State::open,
                      .sent = sent > 0},
                     instant_);
    if (sent > 0 && !probe) schedule_loss_probe(false);
    return sent > 0;
}

void Sender::arm(Timer timer, Jiffies delay) {
    if (held_) return;
    timer_ = timer;
    due_ = jiffies_of(instant_) + std::min(delay, longest_timeout);
    fires_ = timer_fires(instant_, due_, tardiness_);
}

void Sender::disarm() noexcept {
    timer_ = Timer::none;
    fires_ = never;
}

/// RFC 8985 section 7.2. `timeout_restarts`: the retransmission timeout would count from now.
bool Sender::schedule_loss_probe(bool timeout_restarts) {
    if (board_.empty() || (state_ != State::open && state_ != State::reducing)) return false;
    Jiffies wait = initial_timeout;
    if (rtt_.measured()) {
        // A lone segment's ACK may be delayed: allow for it.
        wait =
            round_up(rtt_.twice_smoothed() + (board_.size() == 1 ? minimal_variance : timer_slack));
    }
    const Jiffies until = timeout_restarts ? rtt_.timeout() : round_up(until_timeout());
    if (until > Jiffies::zero()) wait = std::min(wait, until);
    arm(Timer::loss_probe, wait);
    return true;
}

Microseconds Sender::until_timeout() { return board_.head().sent + rtt_.timeout() - now_; }

void Sender::rearm_timeout() {
    if (board_.empty()) {
        disarm();
        return;
    }
    Jiffies wait = rtt_.timeout();
    if (timer_ == Timer::reordering || timer_ == Timer::loss_probe) {
        wait = round_up(std::max(until_timeout(), Microseconds(1)));
    }
    arm(Timer::timeout, wait);
}

void Sender::set_timer() {
    if (!schedule_loss_probe(true)) rearm_timeout();
}

void Sender::on_timer(Instant now) {
    instant_ = now;
    now_ = std::max(now_, stamp_of(now));
    if (timer_ == Timer::none || gave_up_) return;
    const Timer rung = timer_;
    fires_ = never;
    if (rung == Timer::reordering) {
        reordering_timer();
    } else if (rung == Timer::loss_probe) {
        send_loss_probe();
    } else {
        timer_ = Timer::none;
        if (rung == Timer::timeout) timeout();
        if (rung == Timer::window_probe) probe_window();
    }
}

/// RFC 8985 section 7.3: new data if there is any, else the last segment once more.
void Sender::send_loss_probe() {
    bool sent = false;
    if (!probed_up_to_) {
        probed_by_repair_ = false;
        if (next_ < limit() && segment_end(next_, segment_room()) <= acknowledged_ + peer_window_) {
            sent = write(true);
        } else if (!board_.empty() && repair(board_.tail(), false)) {
            sent = probed_by_repair_ = true;
        }
    }
    if (sent) {
        probed_up_to_ = next_;
        timer_ = Timer::none;  // The timeout counts from now.
    }
    rearm_timeout();
}

/// RFC 8985 section 6.3 (tcp_rack_reo_timeout).
void Sender::reordering_timer() {
    const std::uint32_t in_flight = board_.in_flight();
    const std::uint64_t losses = board_.losses();
    rack_.detect(board_, circumstances());
    if (board_.in_flight() != in_flight) {
        if (state_ != State::recovery) {
            enter_recovery();
            window_.reduce(1, static_cast<std::uint32_t>(board_.losses() - losses), false,
                           board_.in_flight());
        }
        repair_lost(Repair::lost);
    }
    if (timer_ != Timer::timeout) rearm_timeout();
}

bool Sender::too_long() const {
    if (timeouts_in_row_ == 0 || !first_repair_) return false;
    const auto elapsed = std::chrono::floor<Milliseconds>(now_.time_since_epoch()) - *first_repair_;
    return elapsed >= patience(orphaned_ && rtt_.timeout() < longest_timeout
                                   ? settings_.orphan_retries
                                   : settings_.retries);
}

/// tcp_retransmit_timer
void Sender::timeout() {
    if (board_.empty()) return;
    if (too_long()) {
        gave_up_ = true;
        return;
    }
    enter_loss();
    ++timeouts_in_row_;
    repair(board_.head(), true);
    rtt_.back_off();
    arm(Timer::timeout, rtt_.timeout());
}

/// The peer's window is closed and nothing is out whose ACK could open it.
void Sender::await_window() {
    window_probes_ = probe_doublings_ = 0;
    arm(Timer::window_probe, window_probe_wait());
}

/// tcp_probe0_when
Jiffies Sender::window_probe_wait() const {
    return std::min(rtt_.timeout() * (std::int64_t{1} << probe_doublings_), longest_timeout);
}

/// tcp_send_probe0, tcp_write_wakeup
void Sender::probe_window() {
    if (!board_.empty() || next_ == limit()) return;
    if (window_probes_ >= (orphaned_ ? settings_.orphan_retries : settings_.retries)) {
        gave_up_ = true;
        return;
    }
    const Position edge = acknowledged_ + peer_window_;
    if (next_ < edge) {
        // Too small a window for a whole segment: fill it.
        send_fresh(segment_end(next_, std::min<Position>(edge - next_, segment_room())));
        return;
    }
    output_.probe();
    ++window_probes_;
    probe_doublings_ = std::min(probe_doublings_ + 1, most_probe_doublings);
    arm(Timer::window_probe, window_probe_wait());
}

}  // namespace reshake::net::linux_tcp
