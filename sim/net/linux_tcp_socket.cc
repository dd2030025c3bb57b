#include "sim/net/linux_tcp_socket.h"

#include <algorithm>

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv4-end-point.h>
#include <ns3/ipv6-end-point.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-option-rfc793.h>
#include <ns3/tcp-option-sack.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-tx-buffer.h>

#include "sim/base/check.h"
#include "sim/base/random.h"
#include "sim/net/device.h"
#include "sim/net/fast_open_option.h"
#include "sim/net/ns3_time.h"

namespace reshake::net {
namespace {

using linux_tcp::Jiffies;
using linux_tcp::Milliseconds;
using linux_tcp::Position;
using ns3::SequenceNumber32;
using ns3::TcpHeader;
using ns3::TcpOption;

/// The number of a stream's first byte of ours: ns-3's initial number is zero.
constexpr std::uint32_t first_sequence = 1;

/// That fit into a header beside the timestamps option.
constexpr std::size_t most_sack_blocks = 3;

constexpr Duration given_up_at = std::chrono::seconds(127);  // tcp_model_timeout of a SYN
constexpr Duration cookie_valid = std::chrono::minutes(2);   // TCP_SYNCOOKIE_VALID

Milliseconds milliseconds_of(Instant now) {
    return std::chrono::floor<Milliseconds>(now.time_since_epoch());
}

}  // namespace

void LinuxSocket::Timer::set(Instant when) {
    when_ = when;
    if (when >= event_at_) return;  // The event moves on by itself.
    event_.Cancel();
    event_at_ = when;
    const Duration delay = std::max(when - ns3_now(), Duration::zero());
    event_ = ns3::Simulator::Schedule(to_ns3(delay), &Timer::ring, this);
}

void LinuxSocket::Timer::stop() noexcept {
    when_ = event_at_ = never;
    event_.Cancel();
}

void LinuxSocket::Timer::ring() {
    event_at_ = never;
    if (when_ == never) return;
    if (when_ > ns3_now()) {
        set(when_);
        return;
    }
    when_ = never;
    const ns3::Ptr<LinuxSocket> alive(&socket_);
    (socket_.*action_)();
}

ns3::Ptr<StreamSocket> LinuxSocket::copy() { return ns3::CopyObject<LinuxSocket>(this); }

void LinuxSocket::set_nodelay(bool nodelay) {
    settings_.sender.nagle = !nodelay;
    sender_.set_nagle(!nodelay);
}

/// By the device's MTU (dst_metric_advmss).
void LinuxSocket::limit_packets(std::uint32_t bytes) {
    m_tcb->m_segmentSize -= mtu - std::min<std::uint32_t>(bytes, mtu);
}

/// RFC 9293 section 3.7.1 (tcp_parse_options, mss_clamp).
void LinuxSocket::note_largest(const TcpHeader& header) {
    if (!header.HasOption(TcpOption::MSS)) return;
    const auto option = ns3::StaticCast<const ns3::TcpOptionMSS>(header.GetOption(TcpOption::MSS));
    peers_largest_ = option->GetMSS() - timestamp_bytes;
}

void LinuxSocket::limit_segments() {
    m_tcb->m_segmentSize = std::min(m_tcb->m_segmentSize, peers_largest_);
    sender_.limit_segments(m_tcb->m_segmentSize);
}

void LinuxSocket::stop_timers() noexcept {
    StreamSocket::stop_timers();
    retransmission_.stop();
    delayed_ack_.stop();
    reader_.stop();
}

// Numbers ------------------------------------------------------------------------------------

SequenceNumber32 LinuxSocket::sequence_of(Position at) const {
    return SequenceNumber32(first_sequence + static_cast<std::uint32_t>(at));
}

Position LinuxSocket::sent_position(SequenceNumber32 sequence) const {
    const std::int64_t distance = sequence - sequence_of(sender_.acknowledged());
    return sender_.acknowledged() + static_cast<Position>(distance);
}

Position LinuxSocket::received_position(SequenceNumber32 sequence) const {
    const std::int64_t distance = sequence - (peer_first_ + static_cast<std::uint32_t>(received_));
    return received_ + static_cast<Position>(distance);
}

std::uint64_t LinuxSocket::unacknowledged() const { return received_ - acked_; }

// Opening ------------------------------------------------------------------------------------

/// ns-3's TcpSocketBase::ForwardUp answers segments outside of the window by itself, without the
/// DSACK that tells the peer of a needless repair.
void LinuxSocket::listen_to_endpoint() {
    const ns3::Ptr<LinuxSocket> self(this);
    if (m_endPoint != nullptr) {
        m_endPoint->SetRxCallback(ns3::MakeCallback(&LinuxSocket::arrived, self));
    }
    if (m_endPoint6 != nullptr) {
        m_endPoint6->SetRxCallback(ns3::MakeCallback(&LinuxSocket::arrived6, self));
    }
}

void LinuxSocket::arrived(ns3::Ptr<ns3::Packet> packet, ns3::Ipv4Header header, std::uint16_t port,
                          ns3::Ptr<ns3::Ipv4Interface>) {
    DoForwardUp(packet, ns3::InetSocketAddress(header.GetSource(), port),
                ns3::InetSocketAddress(header.GetDestination(), m_endPoint->GetLocalPort()));
}

void LinuxSocket::arrived6(ns3::Ptr<ns3::Packet> packet, ns3::Ipv6Header header, std::uint16_t port,
                           ns3::Ptr<ns3::Ipv6Interface>) {
    DoForwardUp(packet, ns3::Inet6SocketAddress(header.GetSource(), port),
                ns3::Inet6SocketAddress(header.GetDestination(), m_endPoint6->GetLocalPort()));
}

void LinuxSocket::send_opening(std::uint8_t flags) {
    const Instant now = ns3_now();
    const bool answers = (flags & TcpHeader::ACK) != 0;
    ns3::Ptr<ns3::Packet> payload;
    if (opening_.sent++ == 0) {
        listen_to_endpoint();
        lot_ = draw_lot();
        opening_.first_sent = now;
        opening_.first_stamp = milliseconds_of(now);
        if (fast_open_.early != nullptr) take_early_data();
        if (!answers) payload = syn_payload();
    }
    if (payload == nullptr) payload = ns3::Create<ns3::Packet>();
    send(payload, flags, SequenceNumber32(first_sequence - 1));
    // A repeated SYN puts the SYN-ACK's own repetition off.
    const Jiffies wait =
        answers ? opening_.timeout * (std::int64_t{1} << opening_.timeouts) : opening_.timeout;
    // Of a SYN that was answered with a cookie nothing is known any more that could be repeated.
    retransmission_.set(by_cookie() ? now + cookie_valid
                                    : fires(linux_tcp::jiffies_of(now) + wait));
}

void LinuxSocket::opening_timer() {
    if (m_state == SYN_RCVD || awaiting_ack_) {
        // One more for Fast Open, whose connection may be in use already.
        if (by_cookie() ||
            opening_.timeouts++ >= settings_.syn_ack_retries + (awaiting_ack_ ? 1 : 0)) {
            broken(StreamEnd::timeout);
        } else {
            if (awaiting_ack_) sender_.syn_ack_timed_out(opening_.timeouts, ns3_now());
            send_opening(TcpHeader::SYN | TcpHeader::ACK);
        }
        return;
    }
    const bool given_up =
        opening_.timeouts >= settings_.syn_retries + settings_.linear_syn_timeouts ||
        (opening_.timeouts > 0 && ns3_now() - opening_.first_sent >= given_up_at);
    if (given_up) {
        broken(StreamEnd::timeout);
        return;
    }
    if (++opening_.timeouts > settings_.linear_syn_timeouts) opening_.timeout *= 2;
    send_opening(TcpHeader::SYN);
}

void LinuxSocket::CompleteFork(ns3::Ptr<ns3::Packet> packet, const TcpHeader& header,
                               const ns3::Address& from, const ns3::Address& to) {
    peer_first_ = header.GetSequenceNumber() + 1;
    // Every SYN-ACK echoes the first SYN, also one that answers a repeated SYN.
    m_timestampToEcho = 0;
    take_timestamp(header);
    note_largest(header);
    consider_fast_open(packet, header, from);
    StreamSocket::CompleteFork(packet, header, from, to);
    if (!ended_ && fast_open_.early != nullptr) open_early(header);
}

/// Of the SYN or the SYN-ACK, when it is acknowledged by `header`.
std::optional<linux_tcp::Microseconds> LinuxSocket::opening_round_trip(
    const TcpHeader& header) const {
    const Instant now = ns3_now();
    if (opening_.sent == 1) {
        return linux_tcp::stamp_of(now) + stamped_late() - linux_tcp::stamp_of(opening_.first_sent);
    }
    // If the first SYN came through and only SYN-ACKs were lost, that is the time since then.
    const std::optional<Milliseconds> echoed = echo(header);
    if (!echoed) return std::nullopt;
    return std::max(milliseconds_of(now) - *echoed, Milliseconds(1));
}

/// The connection is established; `header` is of the segment that made it so.
void LinuxSocket::opened(const TcpHeader& header) {
    const Instant now = ns3_now();
    const std::optional<Milliseconds> echoed = echo(header);
    linux_tcp::Sender::Opening opening;
    opening.rtt = opening_round_trip(header);
    // Timeouts in the handshake count as congestion, unless they were spurious.
    const bool spurious = echoed && *echoed == opening_.first_stamp;
    const bool congested = opening_.timeouts > 0 && opening_.sent > 2 && !spurious;
    opening.window = congested ? 1 : settings_.sender.initial_window;
    opening.peer_window = std::uint64_t{header.GetWindowSize()}
                          << ((header.GetFlags() & TcpHeader::SYN) != 0 ? 0 : m_sndWindShift);

    retransmission_.stop();
    m_state = ESTABLISHED;
    m_connected = true;
    opening.tardiness = tardiness();
    limit_segments();
    m_tcb->m_nextTxSequence = m_tcb->m_highTxMark = sequence_of(0);
    if (fast_open_.in_syn == 0) m_txBuffer->SetHeadSequence(sequence_of(0));
    sender_.open(opening, now);
    sender_.queue(sent_position(m_txBuffer->TailSequence()), now);
    acks_.connection_opened(m_tcb->m_segmentSize, now);
}

void LinuxSocket::take_syn_ack(const TcpHeader& header) {
    constexpr std::uint8_t both = TcpHeader::SYN | TcpHeader::ACK;
    if ((header.GetFlags() & both) != both || !acknowledges_syn(header.GetAckNumber())) return;
    if (header.HasOption(TcpOption::WINSCALE) && m_winScalingEnabled) {
        ProcessOptionWScale(header.GetOption(TcpOption::WINSCALE));
    } else {
        m_winScalingEnabled = false;
        m_rcvWindShift = m_sndWindShift = 0;
    }
    m_sackEnabled = m_sackEnabled && header.HasOption(TcpOption::SACKPERMITTED);
    m_timestampEnabled = m_timestampEnabled && header.HasOption(TcpOption::TS);
    peer_first_ = header.GetSequenceNumber() + 1;
    m_tcb->m_rxBuffer->SetNextRxSequence(peer_first_);
    take_timestamp(header);
    note_largest(header);
    opened(header);
    if (settle_syn_payload(header)) acknowledge_now();
}

void LinuxSocket::take_ack_of_syn_ack(const ns3::Ptr<ns3::Packet>& packet,
                                      const TcpHeader& header) {
    if ((header.GetFlags() & TcpHeader::SYN) != 0) {
        if ((header.GetFlags() & TcpHeader::ACK) == 0) {
            send_opening(TcpHeader::SYN | TcpHeader::ACK);
        }
        return;
    }
    if ((header.GetFlags() & TcpHeader::ACK) == 0 || header.GetAckNumber() != sequence_of(0))
        return;
    opened(header);
    take_segment(packet, header);
}

// Segments out -------------------------------------------------------------------------------

void LinuxSocket::push() {
    const Instant now = ns3_now();
    sender_.queue(sent_position(m_txBuffer->TailSequence()), now);
    sender_.push(now);
    set_timer();
}

void LinuxSocket::send_fin_when_due() {
    if (!finishing_ || fin_sent() || ended_ || m_state != ESTABLISHED) return;
    sender_.finish();
    sender_.push(ns3_now());
    set_timer();
}

void LinuxSocket::transmit(Position first, Position end, bool fin) {
    const auto payload = static_cast<std::uint32_t>(end - first - (fin ? 1 : 0));
    const SequenceNumber32 sequence = sequence_of(first);
    ns3::Ptr<ns3::Packet> packet;
    if (payload > 0) {
        ns3::TcpTxItem* item = m_txBuffer->CopyFromSequence(payload, sequence);
        RESHAKE_CHECK(item != nullptr);
        packet = item->GetPacketCopy();
        RESHAKE_CHECK(packet->GetSize() == payload);
    } else {
        packet = ns3::Create<ns3::Packet>();
    }
    std::uint8_t flags = TcpHeader::ACK;
    const SequenceNumber32 after = sequence + payload;
    if (payload > 0 && after == m_txBuffer->TailSequence()) flags |= TcpHeader::PSH;
    if (fin) {
        flags |= TcpHeader::FIN;
        if (!fin_sent()) {
            fin_sequence_ = after;
            closed_first_ = !fin_received_;
        }
        ++fins_sent_;
    }
    send(packet, flags, sequence);
    if (payload > 0) acks_.answered(ns3_now());
    const SequenceNumber32 next = sequence_of(end);
    m_tcb->m_nextTxSequence = m_tcb->m_highTxMark = std::max(m_tcb->m_highTxMark.Get(), next);
}

/// tcp_xmit_probe_skb
void LinuxSocket::probe() {
    send(ns3::Create<ns3::Packet>(), TcpHeader::ACK, sequence_of(sender_.acknowledged()) - 1);
}

std::size_t LinuxSocket::sack_blocks() const {
    return m_sackEnabled ? std::min(sack_.size(), most_sack_blocks) : 0;
}

std::uint32_t LinuxSocket::option_bytes() const {
    const std::size_t blocks = sack_blocks();
    return blocks > 0 ? static_cast<std::uint32_t>(4 + 8 * blocks) : 0;
}

void LinuxSocket::acknowledge_now() {
    send(ns3::Create<ns3::Packet>(), TcpHeader::ACK, sequence_of(sender_.next()));
}

void LinuxSocket::SendEmptyPacket(std::uint8_t flags) {
    if (!has_end_point()) return;
    if ((flags & TcpHeader::SYN) != 0) {
        send_opening(flags);
    } else {
        send(ns3::Create<ns3::Packet>(), flags, sequence_of(sender_.next()));
    }
}

void LinuxSocket::send(const ns3::Ptr<ns3::Packet>& packet, std::uint8_t flags,
                       SequenceNumber32 sequence) {
    const bool syn = (flags & TcpHeader::SYN) != 0;
    TcpHeader header;
    header.SetFlags(flags);
    header.SetSequenceNumber(sequence);
    header.SetAckNumber(m_tcb->m_rxBuffer->NextRxSequence());
    header.SetWindowSize(AdvertisedWindowSize(!syn));
    AddOptions(header);
    if (syn) {
        const auto largest = ns3::CreateObject<ns3::TcpOptionMSS>();
        largest->SetMSS(static_cast<std::uint16_t>(m_tcb->m_segmentSize + timestamp_bytes));
        header.AppendOption(largest);
        if (m_winScalingEnabled) AddOptionWScale(header);
        if (m_sackEnabled) AddOptionSackPermitted(header);
        add_fast_open(header);
    } else if ((flags & TcpHeader::ACK) != 0 && sack_blocks() > 0) {
        const auto option = ns3::CreateObject<ns3::TcpOptionSack>();
        for (const linux_tcp::Range& block : sack_.take(sack_blocks())) {
            option->AddSackBlock({peer_first_ + static_cast<std::uint32_t>(block.first),
                                  peer_first_ + static_cast<std::uint32_t>(block.end)});
        }
        header.AppendOption(option);
    }
    if (!syn && (flags & TcpHeader::ACK) != 0) {
        acks_.acknowledged();
        acked_ = received_ = received_position(m_tcb->m_rxBuffer->NextRxSequence());
    }
    if (m_endPoint != nullptr) {
        header.SetSourcePort(m_endPoint->GetLocalPort());
        header.SetDestinationPort(m_endPoint->GetPeerPort());
        m_txTrace(packet, header, this);
        m_tcp->SendPacket(packet, header, m_endPoint->GetLocalAddress(),
                          m_endPoint->GetPeerAddress(), m_boundnetdevice);
    } else {
        header.SetSourcePort(m_endPoint6->GetLocalPort());
        header.SetDestinationPort(m_endPoint6->GetPeerPort());
        m_txTrace(packet, header, this);
        m_tcp->SendPacket(packet, header, m_endPoint6->GetLocalAddress(),
                          m_endPoint6->GetPeerAddress(), m_boundnetdevice);
    }
}

// Timers -------------------------------------------------------------------------------------

/// By the client's number rather than by its address: which machine of the pool a client uses
/// depends on all the others.
std::uint64_t LinuxSocket::draw_lot() const {
    const TransportAddress ours = here();
    const TransportAddress theirs = there();
    const std::uint64_t own = subscriber_at(ours.machine);
    std::uint64_t whose = own != 0 ? own << 1u | 1u : subscriber_at(theirs.machine) << 1u;
    if (whose == 0) {
        whose = std::uint64_t{ours.machine.Get()} << 32u | theirs.machine.Get();
        whose = whose * 65'537 + ours.port + theirs.port;
    }
    return Random(whose).next_u64() | 1u;
}

linux_tcp::Tardiness LinuxSocket::tardiness() const {
    return {settings_.late_ticks ? lot_ : linux_tcp::Tardiness::punctual};
}

Instant LinuxSocket::fires(linux_tcp::JiffiesPoint due) const {
    return linux_tcp::timer_fires(ns3_now(), due, tardiness());
}

void LinuxSocket::set_timer() {
    if (!awaiting_ack_) retransmission_.set(sender_.wake_up());
}

void LinuxSocket::retransmission_timer() {
    if (m_state != ESTABLISHED || awaiting_ack_) {
        opening_timer();
        return;
    }
    if (orphaned_) sender_.orphaned();
    sender_.on_timer(ns3_now());
    if (sender_.gave_up()) {
        broken(StreamEnd::timeout);
    } else {
        set_timer();
    }
}

void LinuxSocket::delayed_ack_timer() {
    if (m_state != ESTABLISHED || !acks_.timer_running()) return;
    if (acks_.on_timer(sender_.rtt().timeout())) acknowledge_now();
}

}  // namespace reshake::net
