// How a stream ends: its FIN, how often it is repeated, and what follows from the two FINs.
//
// Source: RFC 9293 section 3.6 (closing a connection); Linux tcp_send_fin, tcp_time_wait.
#include <algorithm>

#include <ns3/simulator.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-tx-buffer.h>

#include "sim/net/ns3_time.h"
#include "sim/net/stream_socket.h"

namespace reshake::net {
namespace {

using ns3::TcpHeader;

/// The longest that a timer grows to by doubling: ns-3's own limit for data (Linux has 120 s).
constexpr Duration longest_timeout = std::chrono::seconds(60);

}  // namespace

void StreamSocket::send_fin_when_due() {
    if (!finishing_ || fin_sent() || ended_ || m_state != ESTABLISHED) return;
    if (m_txBuffer->SizeFromSequence(m_tcb->m_highTxMark) > 0) return;
    fin_sequence_ = m_txBuffer->TailSequence();
    closed_first_ = !fin_received_;
    send_fin();
}

void StreamSocket::send_fin() {
    const std::uint32_t doublings = fins_sent_++;
    const bool timer_was_free = m_retxEvent.IsExpired();
    SendEmptyPacket(TcpHeader::FIN);
    if (timer_was_free) m_retxEvent.Cancel();  // ns-3's own repetition knows no end.
    const Duration timeout(m_rto.Get().GetNanoSeconds());
    fin_event_ = ns3::Simulator::Schedule(
        to_ns3(std::min(timeout * (1 << std::min(doublings, 16u)), longest_timeout)),
        &StreamSocket::fin_timeout, this);
}

void StreamSocket::fin_timeout() {
    const ns3::Ptr<StreamSocket> alive(this);
    if (m_txBuffer->Size() > 0) {
        // Data before the FIN is missing too, and has its own timer and its own limit.
        fin_event_ = ns3::Simulator::Schedule(m_rto.Get(), &StreamSocket::fin_timeout, this);
    } else if (fins_sent_ > fin_retries_) {
        broken(StreamEnd::timeout);
    } else {
        send_fin();
    }
}

/// Goes on to the state that follows from the two FINs.
void StreamSocket::settle() {
    if (!fin_acknowledged_) return;
    fin_event_.Cancel();
    if (!fin_received_) {
        if (orphaned_ && linger_event_.IsExpired()) {
            linger_event_ =
                ns3::Simulator::Schedule(to_ns3(orphan_wait_), &StreamSocket::end, this);
        }
    } else if (closed_first_) {
        wait_for_stragglers();
    } else {
        end();
    }
}

/// TIME_WAIT: a repeated FIN finds somebody to acknowledge it.
void StreamSocket::wait_for_stragglers() {
    if (m_timewaitEvent.IsRunning()) return;
    CancelAllTimers();
    linger_event_.Cancel();
    m_timewaitEvent = ns3::Simulator::Schedule(ns3::Seconds(2 * m_msl), &StreamSocket::end, this);
}

}  // namespace reshake::net
