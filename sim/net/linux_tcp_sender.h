// The sending half of a Linux TCP connection: what leaves when, and how losses are repaired.
//
// It does no I/O and knows no network: segments leave through an Output, ACKs come in as values,
// time is an argument, and `wake_up` says when to call again.
//
// Source: RFC 9293 section 3.8, RFC 5681, RFC 6298, RFC 6937 (PRR), RFC 8985 (RACK-TLP), RFC 5682
// (F-RTO), RFC 4015 and RFC 3708 (undo by timestamps and by DSACK), as Linux 6.x puts them together
// (tcp_ack, tcp_fastretrans_alert, tcp_write_xmit, tcp_xmit_retransmit_queue,
// tcp_send_loss_probe, tcp_retransmit_timer). Not modelled: pacing, GSO, ECN, path MTU probing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/net/linux_tcp_rack.h"
#include "sim/net/linux_tcp_sack.h"
#include "sim/net/linux_tcp_window.h"

namespace reshake::net::linux_tcp {

using Milliseconds = std::chrono::milliseconds;

struct SenderSettings {
    std::uint32_t segment_size = 1448;  ///< Payload. Units: bytes.
    std::uint32_t initial_window = 10;  ///< RFC 6928. Units: segments.
    bool nagle = false;                 ///< RFC 896, in Minshall's form.
    std::uint32_t retries = 15;         ///< tcp_retries2: sets for how long, not how often.
    std::uint32_t orphan_retries = 8;   ///< Once the user is gone.
};

class Output {
public:
    virtual ~Output() = default;
    /// A segment leaves: bytes [first, end), of which the last is the FIN if `fin` says so.
    virtual void transmit(Position first, Position end, bool fin) = 0;
    /// An empty segment leaves that the peer must answer: its number is one below SND.UNA.
    virtual void probe() = 0;
    /// Bytes of a full segment that options take which a segment does not always have (SACK).
    [[nodiscard]] virtual std::uint32_t option_bytes() const = 0;
};

class Sender {
public:
    /// `output` must outlive the sender.
    Sender(const SenderSettings& settings, Output& output) : settings_(settings), output_(output) {}
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    struct Opening {
        std::optional<Microseconds> rtt;  ///< Of the SYN or the SYN-ACK.
        std::uint32_t window = 10;        ///< To start with. Units: segments.
        std::uint64_t peer_window = 0;    ///< Units: bytes.
        Tardiness tardiness;
    };
    void open(const Opening& opening, Instant now);

    /// All bytes below `end` may be sent.
    void queue(Position end, Instant now);
    /// No byte follows those queued.
    void finish() noexcept { finishing_ = true; }
    void orphaned() noexcept { orphaned_ = true; }
    /// Before `open`: what the path and the peer take (tcp_initialize_rcv_mss, tcp_sync_mss).
    void limit_segments(std::uint32_t size) noexcept {
        settings_.segment_size = std::min(settings_.segment_size, size);
    }
    void set_nagle(bool on) noexcept { settings_.nagle = on; }
    /// Sends what may be sent; to be called after `queue` and `finish`, and after each ACK.
    void push(Instant now);

    struct Ack {
        Position acknowledged = 0;
        std::vector<Range> sacks;  ///< As they come, DSACK included.
        std::uint64_t window = 0;  ///< Units: bytes.
        Position sequence = 0;     ///< Of the segment, in the peer's stream.
        bool has_data = false;
        std::optional<Milliseconds> echo;  ///< TSecr, as a time of ours.
        Microseconds stamped_late{};       ///< Between its arrival and our looking at the clock.
    };
    void acknowledge(const Ack& ack, Instant now);

    // Fast Open (linux_tcp_fast_open.cc).

    /// Data may be sent, but until the peer has acknowledged our SYN-ACK the only timer is that of
    /// the SYN-ACK, which is not kept here (fastopen_rsk).
    void hold_timers() noexcept { held_ = true; }
    void syn_ack_timed_out(std::uint32_t times, Instant now);
    /// `rtt` is that of the SYN-ACK, if it can be told; `echoed` what its ACK echoes.
    void syn_ack_acknowledged(std::optional<Microseconds> rtt, std::optional<Milliseconds> echoed,
                              Instant now);
    /// After `open`: the bytes below `end` left in the SYN at `sent`. The peer has taken them,
    void syn_data_arrived(Position end) noexcept;
    /// or has not, and they leave once more.
    void syn_data_missing(Position end, Instant sent, Instant now);

    /// When to call `on_timer`; `never` if not at all.
    [[nodiscard]] Instant wake_up() const noexcept { return fires_; }
    void on_timer(Instant now);
    /// Nothing has been heard for too long.
    [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

    /// Whether a segment tells of a window that is not known yet (tcp_may_update_window).
    [[nodiscard]] bool updates_window(const Ack& ack) const noexcept;
    [[nodiscard]] Position acknowledged() const noexcept { return acknowledged_; }
    [[nodiscard]] Position next() const noexcept { return next_; }
    [[nodiscard]] const RttEstimator& rtt() const noexcept { return rtt_; }
    [[nodiscard]] const CongestionWindow& window() const noexcept { return window_; }
    [[nodiscard]] std::uint64_t repairs() const noexcept { return repairs_; }

private:
    enum class State { open, disorder, reducing, recovery, loss };             // TCP_CA_*
    enum class Timer { none, timeout, loss_probe, reordering, window_probe };  // ICSK_TIME_*
    enum class Repair { none, lost, fresh };                                   // REXMIT_*

    /// What an ACK has brought (FLAG_*).
    struct News {
        bool advanced = false;
        bool data_acked = false;
        bool repaired_acked = false;
        bool sacked = false;
        bool original_delivered = false;  ///< Sent before recovery began, and never repaired.
        bool dsack = false;
        bool dsack_of_probe = false;
        bool window_changed = false;
        bool reneging = false;
        bool repair_lost = false;
        bool set_timer = false;
        bool maybe_delayed = false;
        bool has_data = false;
        std::optional<Milliseconds> echo;
        std::optional<Stamp> first_sacked_sent;
        std::optional<Stamp> last_sacked_sent;
        std::optional<Microseconds> rtt;              ///< Of the segment delivered last.
        std::optional<std::uint64_t> delivered_then;  ///< When the latest of them was sent.
        std::uint64_t latest_sending = 0;
        Position latest_end = 0;
        Position lowest_reordered = 0;
    };

    // linux_tcp_ack.cc
    bool take_window(const Ack& ack);
    void take_sacks(const Ack& ack, Position before, News& news);
    bool take_dsack(const Ack& ack, Position before, News& news);
    void sack(Segment& segment, bool duplicate, News& news);
    void clean(Position before, Position sacked_before, News& news);
    bool take_rtt(const News& news, std::optional<Microseconds> of_acked,
                  std::optional<Microseconds> of_sacked, std::optional<Microseconds> latest);
    void note_delivery(const Segment& segment, News& news);
    void check_reordering(Position lowest);
    void take_probe_ack(Position acknowledged, const News& news);
    void nothing_was_out(const Ack& ack, Position before, News& news);

    // linux_tcp_recovery.cc
    Repair alert(Position before, bool duplicate_ack, News& news);
    void identify_losses(News& news);
    void enter_recovery();
    void begin_reduction();
    void enter_loss();
    Repair process_loss(bool duplicate_ack, const News& news);
    bool try_undo_partial(Position before, const News& news);
    bool try_undo_loss(bool spurious_timeout, const News& news);
    void try_undo_recovery(const News& news);
    bool try_undo_dsack();
    void undo(bool nothing_lost);
    [[nodiscard]] bool may_undo(const News& news) const;
    [[nodiscard]] bool delayed_not_lost(const News& news) const;
    void remember_for_undo();
    void try_to_open();
    [[nodiscard]] bool any_repair_done();
    void repair_lost(Repair kind);
    bool repair(Segment& segment, bool counted);
    [[nodiscard]] Rack::Circumstances circumstances() const;
    [[nodiscard]] bool reducing() const noexcept {
        return state_ == State::reducing || state_ == State::recovery;
    }

    // linux_tcp_sender.cc
    [[nodiscard]] Position limit() const noexcept { return queued_ + (finishing_ ? 1 : 0); }
    [[nodiscard]] std::uint32_t segment_room() const {  // tcp_current_mss
        return settings_.segment_size - output_.option_bytes();
    }
    [[nodiscard]] Position segment_end(Position first, Position room) const noexcept;
    [[nodiscard]] bool held_by_nagle(Position end) const noexcept;
    bool write(bool probe);
    void send_fresh(Position end);
    void arm(Timer timer, Jiffies delay);
    void disarm() noexcept;
    bool schedule_loss_probe(bool timeout_restarts);
    void rearm_timeout();
    void set_timer();
    [[nodiscard]] Microseconds until_timeout();
    void send_loss_probe();
    void reordering_timer();
    void timeout();
    void probe_window();
    void await_window();
    [[nodiscard]] Jiffies window_probe_wait() const;
    [[nodiscard]] bool too_long() const;

    SenderSettings settings_;
    Output& output_;
    Scoreboard board_;
    RttEstimator rtt_;
    WindowedMinimum least_rtt_;
    Rack rack_;
    CongestionWindow window_;

    Position acknowledged_ = 0;  // SND.UNA
    Position next_ = 0;          // SND.NXT
    Position queued_ = 0;        // End of what the user has given.
    bool finishing_ = false;
    bool orphaned_ = false;
    std::uint64_t peer_window_ = 0;  // SND.WND
    std::uint64_t largest_peer_window_ = 0;
    Position window_taken_from_ = 0;  // SND.WL1
    Position last_partial_end_ = 0;   // snd_sml

    State state_ = State::open;
    Position recovery_ends_ = 0;  // high_seq
    bool frto_ = false;
    std::optional<Position> undo_from_;         // undo_marker
    std::int64_t undo_repairs_ = -1;            // undo_retrans
    std::optional<Milliseconds> first_repair_;  // retrans_stamp
    std::optional<Position> probed_up_to_;      // tlp_high_seq
    bool probed_by_repair_ = false;             // tlp_retrans

    std::uint64_t delivered_ = 0;
    std::uint64_t repairs_ = 0;          // total_retrans
    std::uint64_t duplicates_ = 0;       // dsack_dups
    std::uint32_t timeouts_in_row_ = 0;  // icsk_retransmits
    std::uint32_t window_probes_ = 0;    // icsk_probes_out: not answered yet
    std::uint32_t probe_doublings_ = 0;  // icsk_backoff, of which an answer takes nothing back
    bool gave_up_ = false;

    Tardiness tardiness_;
    bool held_ = false;  // No timer may run.
    Timer timer_ = Timer::none;
    JiffiesPoint due_{};
    Instant fires_ = never;
    Instant instant_{};         // Of the call being served.
    Stamp now_{};               // tcp_mstamp
    JiffiesPoint last_sent_{};  // lsndtime
};

}  // namespace reshake::net::linux_tcp
