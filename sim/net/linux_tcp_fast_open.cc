// Fast Open at a Linux socket, and what it means to a sender that data left before the handshake
// was over.
//
// Source: RFC 7413 section 4.2. Client: tcp_send_syn_data, tcp_rcv_fastopen_synack,
// tcp_non_congestion_loss_retransmit. Server: tcp_try_fastopen, tcp_fastopen_create_child,
// tcp_fastopen_synack_timer, tcp_rcv_synrecv_state_fastopen. Pausing Fast Open after repeated
// timeouts is off in Linux since 5.14 (tcp_fastopen_blackhole_timeout_sec = 0), and so it is here;
// no limit is set to the connections that await their ACK (the backlog of TCP_FASTOPEN).
#include <algorithm>

#include <ns3/tcp-header.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-tx-buffer.h>

#include "sim/base/check.h"
#include "sim/net/fast_open_option.h"
#include "sim/net/linux_tcp_socket.h"
#include "sim/net/ns3_time.h"

namespace reshake::net {
namespace {

using linux_tcp::Microseconds;
using linux_tcp::Position;
using ns3::TcpHeader;

/// What a SYN keeps free beside its data: MAX_TCP_OPTION_SPACE, whatever options it has.
constexpr std::uint32_t option_space = 40;

}  // namespace

namespace linux_tcp {

void Sender::syn_data_arrived(Position end) noexcept {
    acknowledged_ = next_ = end;
    queued_ = std::max(queued_, end);
    ++delivered_;
}

/// The loss says nothing about congestion: the window stays as it is.
void Sender::syn_data_missing(Position end, Instant sent, Instant now) {
    instant_ = now;
    now_ = std::max(now_, stamp_of(now));
    board_.append(0, end, stamp_of(sent), delivered_);
    next_ = end;
    queued_ = std::max(queued_, end);
    board_.mark_lost(board_.head());
    recovery_ends_ = next_;
    window_.forget();
    undo_from_.reset();
    state_ = State::loss;
    repair_lost(Repair::lost);
}

void Sender::syn_ack_timed_out(std::uint32_t times, Instant now) {
    instant_ = now;
    now_ = std::max(now_, stamp_of(now));
    if (times == 2) enter_loss();
    if (!first_repair_) first_repair_ = std::chrono::floor<Milliseconds>(now_.time_since_epoch());
}

void Sender::syn_ack_acknowledged(std::optional<Microseconds> rtt,
                                  std::optional<Milliseconds> echoed, Instant now) {
    instant_ = now;
    held_ = false;
    if (rtt && !rtt_.measured()) {
        least_rtt_.sample(*rtt, now_);
        rtt_.sample(*rtt, acknowledged_, next_);
    }
    if (state_ == State::loss && board_.empty()) {
        News news;
        news.echo = echoed;
        try_undo_recovery(news);
    }
    timeouts_in_row_ = 0;
    if (!any_repair_done()) first_repair_.reset();
    last_sent_ = jiffies_of(now);
    rearm_timeout();  // Not for a probe: tcp_rcv_synrecv_state_fastopen.
}

}  // namespace linux_tcp

/// Into the first SYN or SYN-ACK; repetitions do without.
void LinuxSocket::add_fast_open(TcpHeader& header) const {
    if (opening_.sent > 1) return;
    if (fast_open_.asks) {
        add_fast_open_field(header, {fast_open_.in_syn > 0 ? fast_open_.cookie : std::nullopt});
    } else if (fast_open_.grants) {
        add_fast_open_field(header, {fast_open_.grants});
    }
}

// Client -------------------------------------------------------------------------------------

void LinuxSocket::use_fast_open(std::optional<FastOpenCookie> cookie) {
    fast_open_.asks = true;
    fast_open_.cookie = cookie;
    fast_open_.report.outcome = cookie ? FastOpen::unanswered : FastOpen::cookie_requested;
}

/// What the first SYN takes along of the bytes in the buffer.
ns3::Ptr<ns3::Packet> LinuxSocket::syn_payload() {
    const std::uint32_t room = m_tcb->m_segmentSize + timestamp_bytes - option_space;
    const std::uint32_t size = std::min(room, m_txBuffer->Size());
    if (!fast_open_.cookie || size == 0) return ns3::Create<ns3::Packet>();
    m_txBuffer->SetHeadSequence(sequence_of(0));
    fast_open_.in_syn = size;
    return m_txBuffer->CopyFromSequence(size, sequence_of(0))->GetPacketCopy();
}

bool LinuxSocket::acknowledges_syn(ns3::SequenceNumber32 acknowledged) const {
    return acknowledged == sequence_of(0) || acknowledged == sequence_of(fast_open_.in_syn);
}

/// The SYN-ACK has arrived. True if it leaves nothing of the SYN's data to be sent again.
bool LinuxSocket::settle_syn_payload(const TcpHeader& header) {
    if (fast_open_.asks) {
        const auto field = fast_open_field(header);
        if (field) fast_open_.report.granted = field->cookie;
    }
    if (fast_open_.in_syn == 0) return true;
    const Position end = fast_open_.in_syn;
    if (header.GetAckNumber() == sequence_of(end)) {
        fast_open_.report.outcome = FastOpen::accepted;
        sender_.syn_data_arrived(end);
        m_txBuffer->DiscardUpTo(sequence_of(end));
        m_tcb->m_nextTxSequence = m_tcb->m_highTxMark = sequence_of(end);
        return true;
    }
    fast_open_.report.outcome = opening_.sent > 1 ? FastOpen::lost : FastOpen::refused;
    sender_.syn_data_missing(end, opening_.first_sent, ns3_now());
    return false;
}

// Server -------------------------------------------------------------------------------------

/// Looks at the option of a SYN: is its data to be taken, is a cookie to be granted?
void LinuxSocket::consider_fast_open(const ns3::Ptr<ns3::Packet>& packet, const TcpHeader& header,
                                     const ns3::Address& from) {
    if (!settings_.fast_open) return;
    const auto field = fast_open_field(header);
    if (!field) return;
    const std::uint64_t client = subscriber_at(transport_address(from).machine);
    const FastOpenCookie valid = cookie_for(*settings_.fast_open, client);
    if (field->cookie == valid) {
        fast_open_.early = packet;
    } else {
        fast_open_.grants = valid;
    }
}

/// Before the SYN-ACK leaves, so that it acknowledges the data.
void LinuxSocket::take_early_data() {
    const std::uint32_t size = fast_open_.early->GetSize();
    if (size == 0) return;
    TcpHeader header;
    header.SetSequenceNumber(peer_first_);
    m_tcb->m_rxBuffer->Add(fast_open_.early, header);
    received_ = acked_ = size;
}

/// The connection is open to its user before the client has answered the SYN-ACK.
void LinuxSocket::open_early(const TcpHeader& header) {
    const Instant now = ns3_now();
    awaiting_ack_ = true;
    m_state = ESTABLISHED;
    m_connected = true;
    m_rWnd = header.GetWindowSize();
    m_tcb->m_nextTxSequence = m_tcb->m_highTxMark = sequence_of(0);
    m_txBuffer->SetHeadSequence(sequence_of(0));
    sender_.hold_timers();
    limit_segments();
    sender_.open({.rtt = std::nullopt,
                  .window = settings_.sender.initial_window,
                  .peer_window = header.GetWindowSize(),
                  .tardiness = tardiness()},
                 now);
    acks_.connection_opened(m_tcb->m_segmentSize, now);
    fast_open_.early = nullptr;
    announce();
}

/// After what the segment acknowledges has been taken into account.
void LinuxSocket::syn_ack_arrived(const TcpHeader& header) {
    awaiting_ack_ = false;
    retransmission_.stop();
    sender_.syn_ack_acknowledged(opening_round_trip(header), echo(header), ns3_now());
}

/// A SYN at an open connection: the SYN-ACK, or our ACK of it, has been lost.
void LinuxSocket::answer_repeated_syn() {
    if (!awaiting_ack_) {
        StreamSocket::answer_repeated_syn();
        return;
    }
    // The timer stays as it is (tcp_check_req).
    ++opening_.sent;
    send(ns3::Create<ns3::Packet>(), TcpHeader::SYN | TcpHeader::ACK, sequence_of(0) - 1);
}

}  // namespace reshake::net
