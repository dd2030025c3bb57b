// What a listening kernel keeps for its process: connections that wait to be accepted (the accept
// queue), and handshakes of TCP that are under way (the SYN queue).
//
// A listening socket's connections share it through a pointer; every operation is O(1).
//
// Source: Linux 6. tcp_conn_request (SYNs), tcp_v4_syn_recv_sock and tcp_check_req (the client's
// part), sk_acceptq_is_full (more than the backlog), inet_csk_reqsk_queue_is_full (as many).
// Not modelled: fewer repetitions of a SYN-ACK while the SYN queue is half full
// (reqsk_timer_handler), and sysctl_max_syn_backlog, which is taken to be large enough.
#pragma once

#include <cstdint>

#include "sim/base/check.h"

namespace reshake::net {

struct BacklogLimits {
    std::uint32_t backlog = 511;
    bool syn_cookies = true;
    bool abort_on_overflow = false;
};

/// What a kernel does because a queue is full.
enum class Overflow {
    syn_dropped,     ///< The accept queue is full: no answer to a SYN.
    syn_queue_full,  ///< No answer to a SYN, there being no SYN cookies.
    syn_cookie,      ///< Answered a SYN, and kept nothing of it.
    ack_ignored,     ///< The accept queue is full: the client's part of a handshake is not taken.
    ack_reset,       ///< The same, answered with a RST (abort_on_overflow).
};

class OverflowWitness {
public:
    virtual ~OverflowWitness() = default;
    /// From the depths of ns-3: it may only be noted.
    virtual void overflowed(Overflow what) = 0;
};

class Backlog {
public:
    /// `witness` must outlive it.
    Backlog(const BacklogLimits& limits, OverflowWitness& witness)
        : limits_(limits), witness_(witness) {}
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;

    /// What becomes of a SYN, and of what is kept for it until its handshake is over.
    enum class Request { none, queued, by_cookie };
    /// Request::none: no answer.
    [[nodiscard]] Request take_syn() {
        const bool crowded = requests_ >= limits_.backlog;
        if (crowded && !limits_.syn_cookies) return refuse(Overflow::syn_queue_full);
        if (full()) return refuse(Overflow::syn_dropped);
        if (!crowded) return Request::queued;
        witness_.overflowed(Overflow::syn_cookie);
        return Request::by_cookie;
    }
    /// Whether the client's part of a handshake is taken now.
    enum class Verdict { take, ignore, reset };
    [[nodiscard]] Verdict take_ack() {
        if (!full()) return Verdict::take;
        witness_.overflowed(limits_.abort_on_overflow ? Overflow::ack_reset
                                                      : Overflow::ack_ignored);
        return limits_.abort_on_overflow ? Verdict::reset : Verdict::ignore;
    }

    void request_begins(Request request) noexcept { requests_ += request == Request::queued; }
    void request_ends(Request request) {
        RESHAKE_CHECK(request != Request::queued || requests_ > 0);
        requests_ -= request == Request::queued;
    }
    /// A connection is complete, and waits.
    void arrived() noexcept { ++waiting_; }
    /// The process has taken one, or one has gone with its process.
    void accepted() {
        RESHAKE_CHECK(waiting_ > 0);
        --waiting_;
    }

    [[nodiscard]] bool full() const noexcept { return waiting_ > limits_.backlog; }
    [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::uint32_t requests() const noexcept { return requests_; }

private:
    Request refuse(Overflow what) {
        witness_.overflowed(what);
        return Request::none;
    }

    BacklogLimits limits_;
    OverflowWitness& witness_;
    std::uint32_t waiting_ = 0;
    std::uint32_t requests_ = 0;
};

}  // namespace reshake::net
