#include "sim/net/stream_socket.h"

#include <algorithm>
#include <array>
#include <utility>

#include <ns3/node.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-tx-buffer.h>

#include "sim/base/check.h"
#include "sim/net/ns3_time.h"

namespace reshake::net {
namespace {

using ns3::SequenceNumber32;
using ns3::TcpHeader;

constexpr std::uint32_t fixed_header = 20;

}  // namespace

/// What this layer needs of a TCP header, read without building an ns3::TcpHeader.
struct StreamSocket::Segment {
    SequenceNumber32 sequence;
    SequenceNumber32 acknowledged;
    std::uint32_t payload = 0;
    std::uint8_t flags = 0;

    explicit Segment(const ns3::Packet& packet) {
        std::array<std::uint8_t, fixed_header> bytes{};
        RESHAKE_CHECK(packet.CopyData(bytes.data(), fixed_header) == fixed_header);
        const auto word = [&](std::size_t at) {
            return SequenceNumber32(std::uint32_t{bytes[at]} << 24 |
                                    std::uint32_t{bytes[at + 1]} << 16 |
                                    std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3]);
        };
        sequence = word(4);
        acknowledged = word(8);
        payload = packet.GetSize() - (bytes[12] >> 4u) * 4u;
        flags = bytes[13];
    }
    [[nodiscard]] bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
};

StreamSocket::StreamSocket(const StreamSocket& parent)
    : TcpSocketBase(parent),
      acceptor(parent.acceptor),
      backlog(parent.backlog),
      home_(parent.home_),
      syn_ack_tries_(parent.syn_ack_tries_),
      fin_retries_(parent.fin_retries_),
      first_window_probe_(parent.first_window_probe_),
      orphan_wait_(parent.orphan_wait_) {}

void StreamSocket::configure(const TcpSettings& settings) {
    SetSegSize(settings.segment_size);
    SetInitialCwnd(settings.initial_window);
    SetSndBufSize(settings.send_buffer);
    SetRcvBufSize(settings.receive_buffer);
    SetConnTimeout(to_ns3(settings.syn_timeout));
    SetSynRetries(settings.syn_tries);
    SetDataRetries(settings.data_retries);
    SetMinRto(to_ns3(settings.minimal_retransmission_timeout));
    SetClockGranularity(to_ns3(settings.clock_granularity));
    SetDelAckTimeout(to_ns3(settings.delayed_ack));
    SetDelAckMaxCount(settings.delayed_ack_segments);
    SetPersistTimeout(to_ns3(settings.first_window_probe));
    SetTcpNoDelay(true);
    m_msl = std::chrono::duration<double>(settings.maximal_segment_lifetime).count();
    syn_ack_tries_ = settings.syn_ack_tries;
    fin_retries_ = settings.fin_retries;
    first_window_probe_ = settings.first_window_probe;
    orphan_wait_ = settings.orphan_wait;
}

ns3::Ptr<StreamSocket> StreamSocket::copy_for(const ns3::Ptr<ns3::Node>& node,
                                              const ns3::Ptr<ns3::TcpL4Protocol>& tcp,
                                              SocketHome& home) {
    ns3::Ptr<StreamSocket> socket = ns3::StaticCast<StreamSocket>(Fork());
    socket->SetNode(node);
    socket->SetTcp(tcp);
    socket->home_ = &home;
    home.born(*socket);
    return socket;
}

ns3::Ptr<StreamSocket> StreamSocket::copy() { return ns3::CopyObject<StreamSocket>(this); }

ns3::Ptr<ns3::TcpSocketBase> StreamSocket::Fork() {
    const ns3::Ptr<StreamSocket> child = copy();
    if (home_ != nullptr) home_->born(*child);
    if (backlog != nullptr) {
        child->request_ = std::exchange(next_request_, Backlog::Request::none);
        backlog->request_begins(child->request_);
    }
    return child;
}

void StreamSocket::CompleteFork(ns3::Ptr<ns3::Packet> packet, const TcpHeader& header,
                                const ns3::Address& from, const ns3::Address& to) {
    if (ended_) return;
    TcpSocketBase::CompleteFork(packet, header, from, to);
    if (has_end_point()) {
        connection_ = connection_number(there());
    } else if (!ended_) {
        // The same four numbers belong to a connection that has not ended: no answer to the SYN.
        m_tcp->RemoveSocket(this);
        end();
    }
}

std::size_t StreamSocket::write(std::span<const std::byte> bytes) {
    if (ended_ || finishing_) return 0;
    const auto size =
        static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), m_txBuffer->Available()));
    wants_room_ = size < bytes.size();
    if (size == 0) return 0;
    RESHAKE_CHECK(m_txBuffer->Add(
        ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(bytes.data()), size)));
    if (m_state == ESTABLISHED) {
        push();
    } else if (m_state == CLOSED && waits_for_data()) {
        RESHAKE_CHECK(Connect(to_ns3(there())) == 0);
    }
    return size;
}

void StreamSocket::announce() {
    come_in();
    if (user_ != nullptr && m_tcb->m_rxBuffer->Available() > 0) user_->bytes_arrived();
}

/// Our ACK of the SYN-ACK was lost. ns-3 would start its windows anew and not answer.
void StreamSocket::answer_repeated_syn() { SendEmptyPacket(TcpHeader::ACK); }

/// At once, where ns-3's Send() waits a nanosecond: what two writes give leaves as two segments, as
/// from a kernel with TCP_NODELAY, and no time passes between a machine and its network.
void StreamSocket::push() {
    if (AvailableWindow() > 0) SendPendingData(m_connected);
    watch_window();
}

/// Data that the peer's window keeps back, and nothing under way whose ACK could open it: a lost
/// window update must not stall the connection. ns-3 only watches windows of exactly zero, and may
/// watch one although there is nothing to send.
void StreamSocket::watch_window() {
    if (m_state != ESTABLISHED || UnAckDataCount() > 0 || m_persistEvent.IsRunning()) return;
    if (m_txBuffer->SizeFromSequence(m_tcb->m_highTxMark) == 0) return;
    m_retxEvent.Cancel();  // Armed by ns-3 for as long as there is data, sent or not.
    m_persistEvent =
        ns3::Simulator::Schedule(m_persistTimeout, &StreamSocket::PersistTimeout, this);
}

std::size_t StreamSocket::read(ByteQueue& into) {
    const ns3::Ptr<ns3::Packet> packet = m_tcb->m_rxBuffer->Extract(m_tcb->m_rxBuffer->Available());
    if (packet == nullptr) return 0;
    const std::uint32_t size = packet->GetSize();
    packet->CopyData(reinterpret_cast<std::uint8_t*>(into.extend(size).data()), size);
    after_read();
    return size;
}

/// Tells the peer that the window has opened, by the rule of Linux's tcp_cleanup_rbuf: when what it
/// may still send is less than half of the buffer, and has at least doubled. ns-3 never does.
void StreamSocket::after_read() {
    if (m_state != ESTABLISHED || ended_ || fin_received_) return;
    const SequenceNumber32 next = m_tcb->m_rxBuffer->NextRxSequence();
    const std::int64_t known = std::max(announced_ - next, 0);
    const std::int64_t open = m_tcb->m_rxBuffer->MaxRxSequence() - next;
    if (2 * known <= std::int64_t{m_tcb->m_rxBuffer->MaxBufferSize()} && open >= 2 * known &&
        open >= std::int64_t{m_tcb->m_segmentSize}) {
        SendEmptyPacket(TcpHeader::ACK);
    }
}

void StreamSocket::finish() {
    finishing_ = true;
    send_fin_when_due();
}

void StreamSocket::reset() {
    if (ended_) return;
    const bool both_closed = fin_acknowledged_ && fin_received_;
    if ((m_state == ESTABLISHED || m_state == SYN_RCVD) && !both_closed) {
        SendEmptyPacket(TcpHeader::RST);
    }
    end();
}

void StreamSocket::orphan() {
    user_ = nullptr;
    orphaned_ = true;
    if (ended_) return;
    if (!finishing_ || m_state != ESTABLISHED) {
        reset();
    } else {
        settle();
    }
}

void StreamSocket::vanish() {
    user_ = nullptr;
    if (!ended_) end();
}

void StreamSocket::detach() noexcept {
    user_ = nullptr;
    home_ = nullptr;
    ended_ = true;
    stop_timers();
}

void StreamSocket::stop_timers() noexcept {
    CancelAllTimers();
    fin_event_.Cancel();
    linger_event_.Cancel();
}

void StreamSocket::broken(StreamEnd end_of_stream) {
    if (user_ != nullptr) user_->broken(end_of_stream);
    user_ = nullptr;
    end();
}

void StreamSocket::end() {
    RESHAKE_CHECK(!ended_);
    ended_ = true;
    m_state = CLOSED;
    stop_timers();
    leave_syn_queue();
    const ns3::Ptr<StreamSocket> alive(this);
    DeallocateEndPoint();
    if (home_ != nullptr) home_->ended(*this);
}

void StreamSocket::SendEmptyPacket(std::uint8_t flags) {
    const ns3::Ptr<StreamSocket> alive(this);
    if (fin_sent() && !(flags & TcpHeader::SYN)) {
        // ns-3, which does not know of the FIN, would number the segment as if there were none.
        const SequenceNumber32 next = m_tcb->m_nextTxSequence;
        m_tcb->m_nextTxSequence = flags & TcpHeader::FIN ? fin_sequence_ : fin_sequence_ + 1;
        TcpSocketBase::SendEmptyPacket(flags);
        m_tcb->m_nextTxSequence = next;
        return;
    }
    TcpSocketBase::SendEmptyPacket(flags);
    if (flags & TcpHeader::SYN && m_state == CLOSED && !has_end_point() && !ended_) {
        broken(StreamEnd::timeout);
    }
}

std::uint32_t StreamSocket::SendDataPacket(SequenceNumber32 sequence, std::uint32_t size,
                                           bool with_ack) {
    // ns-3 notes what it has acknowledged only when the ACK travels alone, and echoes stale
    // timestamps from then on (RFC 7323 section 4.3).
    m_highTxAck = std::max(m_highTxAck, m_tcb->m_rxBuffer->NextRxSequence());
    return TcpSocketBase::SendDataPacket(sequence, size, with_ack);
}

std::uint16_t StreamSocket::AdvertisedWindowSize(bool scale) const {
    const std::uint16_t window = TcpSocketBase::AdvertisedWindowSize(scale);
    announced_ = m_tcb->m_rxBuffer->NextRxSequence() + m_advWnd.Get();
    return window;
}

void StreamSocket::ReTxTimeout() {
    const ns3::Ptr<StreamSocket> alive(this);
    TcpSocketBase::ReTxTimeout();
    if (!has_end_point() && !ended_) {
        broken(StreamEnd::timeout);
    } else {
        send_fin_when_due();
    }
}

void StreamSocket::PersistTimeout() {
    const ns3::Ptr<StreamSocket> alive(this);
    const std::uint32_t unsent = m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence);
    if (unsent == 0) return;
    if (const std::uint32_t window = AvailableWindow(); window > 0) {
        // Less than a segment, waited for long enough (RFC 9293 section 3.8.6.2.1).
        const std::uint32_t size = std::min({window, unsent, m_tcb->m_segmentSize});
        m_tcb->m_nextTxSequence += SendDataPacket(m_tcb->m_nextTxSequence, size, m_connected);
    } else if (++window_probes_ > m_dataRetries) {
        broken(StreamEnd::timeout);
    } else {
        TcpSocketBase::PersistTimeout();
    }
}

void StreamSocket::DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from,
                               const ns3::Address& to) {
    if (ended_) return;
    const ns3::Ptr<StreamSocket> alive(this);
    const Segment segment(*packet);
    if (segment.has(TcpHeader::RST)) {
        take_reset(segment);
    } else if (m_state == LISTEN && segment.has(TcpHeader::ACK)) {
        answer_stray(segment, from, to);
    } else if (m_state == ESTABLISHED && segment.has(TcpHeader::SYN)) {
        answer_repeated_syn();
    } else if (backlog == nullptr || !turned_away(segment)) {
        receive(segment, packet, from, to);
    }
}

void StreamSocket::receive(const Segment& segment, const ns3::Ptr<ns3::Packet>& packet,
                           const ns3::Address& from, const ns3::Address& to) {
    const auto state_before = m_state.Get();
    const SequenceNumber32 next_before = m_tcb->m_rxBuffer->NextRxSequence();
    const bool connected = state_before == ESTABLISHED || state_before == SYN_RCVD;
    const bool acknowledges_fin =
        fin_sent() && segment.has(TcpHeader::ACK) && segment.acknowledged == fin_sequence_ + 1;
    if (connected && (segment.has(TcpHeader::FIN) || acknowledges_fin)) {
        TcpHeader header;
        packet->RemoveHeader(header);
        if (segment.has(TcpHeader::FIN)) {
            header.SetFlags(static_cast<std::uint8_t>(segment.flags & ~TcpHeader::FIN));
            if (!peer_fin_) peer_fin_ = segment.sequence + SequenceNumber32(segment.payload);
        }
        if (acknowledges_fin) {
            header.SetAckNumber(fin_sequence_);
            fin_acknowledged_ = true;
        }
        packet->AddHeader(header);
    }

    if (state_before == SYN_RCVD && segment.has(TcpHeader::SYN)) {
        ++m_synCount;  // Answering a repeated SYN is not one of our own tries.
    }
    process(packet, from, to);

    if (ended_) return;
    if (m_state == CLOSED) {
        broken(StreamEnd::reset);  // Flags that make no sense: ns-3 has sent a RST.
        return;
    }
    if (state_before == SYN_SENT && m_state == ESTABLISHED && user_ != nullptr) {
        user_->established();
    } else if (state_before == SYN_RCVD && m_state == ESTABLISHED) {
        come_in();
    }
    if (state_before != SYN_SENT && m_tcb->m_rxBuffer->NextRxSequence() != next_before) {
        if (orphaned_) {
            reset();  // As Linux: nobody will ever read it.
            return;
        }
        if (user_ != nullptr) user_->bytes_arrived();
    }
    window_probes_ = 0;
    if (m_rWnd.Get() != 0) m_persistTimeout = to_ns3(first_window_probe_);
    take_fin(segment);
    tell_room();
    after_segment();
    if (ended_) return;
    send_fin_when_due();
    settle();
}

/// Whether there is no room for what this segment asks for.
bool StreamSocket::turned_away(const Segment& segment) {
    if (m_state == LISTEN && segment.has(TcpHeader::SYN)) {
        next_request_ = backlog->take_syn();
        return next_request_ == Backlog::Request::none;
    }
    if (m_state != SYN_RCVD || segment.has(TcpHeader::SYN) || !segment.has(TcpHeader::ACK)) {
        return false;
    }
    const Backlog::Verdict verdict = backlog->take_ack();
    if (verdict == Backlog::Verdict::reset) reset();
    return verdict != Backlog::Verdict::take;
}

/// The connection is complete, and waits for its user.
void StreamSocket::come_in() {
    leave_syn_queue();
    if (backlog != nullptr) backlog->arrived();
    if (home_ != nullptr) home_->accepted(*this);
}

void StreamSocket::leave_syn_queue() {
    if (backlog != nullptr) {
        backlog->request_ends(std::exchange(request_, Backlog::Request::none));
    }
}

void StreamSocket::process(const ns3::Ptr<ns3::Packet>& packet, const ns3::Address& from,
                           const ns3::Address& to) {
    TcpSocketBase::DoForwardUp(packet, from, to);
}

/// A listening socket hears from a connection that no longer exists here. RFC 9293 section
/// 3.10.7.2; ns-3 leaves the peer waiting.
void StreamSocket::answer_stray(const Segment& segment, const ns3::Address& from,
                                const ns3::Address& to) {
    TcpHeader header;
    header.SetFlags(TcpHeader::RST);
    header.SetSequenceNumber(segment.acknowledged);
    header.SetSourcePort(transport_address(to).port);
    header.SetDestinationPort(transport_address(from).port);
    m_tcp->SendPacket(ns3::Create<ns3::Packet>(), header, to, from, m_boundnetdevice);
}

bool StreamSocket::acknowledges_syn(SequenceNumber32 acknowledged) const {
    return acknowledged == m_tcb->m_nextTxSequence.Get() + 1;
}

void StreamSocket::take_reset(const Segment& segment) {
    if (m_state == LISTEN) return;
    const bool ours = m_state == SYN_SENT ? acknowledges_syn(segment.acknowledged)
                                          : segment.sequence >= m_tcb->m_rxBuffer->NextRxSequence();
    if (ours) broken(StreamEnd::reset);
}

void StreamSocket::take_fin(const Segment& segment) {
    if (!peer_fin_) return;
    if (!fin_received_ && m_tcb->m_rxBuffer->NextRxSequence() == *peer_fin_) {
        m_tcb->m_rxBuffer->SetFinSequence(*peer_fin_);
        fin_received_ = true;
        if (user_ != nullptr) user_->peer_finished();
        if (fin_sent()) {
            SendEmptyPacket(TcpHeader::ACK);
        } else {
            answer_fin();
        }
    } else if (segment.has(TcpHeader::FIN)) {
        SendEmptyPacket(TcpHeader::ACK);  // Repeated, or ahead of missing data.
    }
}

/// As in Linux (tcp_fin), the ACK waits a moment for an answer to travel with.
void StreamSocket::answer_fin() {
    if (m_delAckEvent.IsRunning()) return;
    m_delAckEvent = ns3::Simulator::Schedule(m_delAckTimeout, &StreamSocket::DelAckTimeout, this);
}

/// A third of the buffer free, as in Linux's sk_stream_write_space: not a call per ACK.
void StreamSocket::tell_room() {
    if (wants_room_ && m_txBuffer->Available() >= m_txBuffer->MaxBufferSize() / 3) {
        wants_room_ = false;
        if (user_ != nullptr) user_->room_available();
    }
}

}  // namespace reshake::net
