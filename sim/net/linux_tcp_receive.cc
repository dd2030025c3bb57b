// What arrives at a Linux socket: is it of this time, is it in the window, what does it
// acknowledge, where do its bytes belong, and is it to be acknowledged at once.
#include <algorithm>
#include <utility>

#include <ns3/tcp-header.h>
#include <ns3/tcp-option-sack.h>
#include <ns3/tcp-option-ts.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-tx-buffer.h>

#include "sim/base/random.h"
#include "sim/net/linux_tcp_socket.h"
#include "sim/net/ns3_time.h"

namespace reshake::net {
namespace {

using linux_tcp::Milliseconds;
using linux_tcp::Position;
using ns3::SequenceNumber32;
using ns3::TcpHeader;
using ns3::TcpOption;

/// The time nearest to `near` whose last 32 bits of milliseconds are `stamp`.
Milliseconds unwrap(std::uint32_t stamp, Milliseconds near) {
    const auto ago = static_cast<std::int32_t>(static_cast<std::uint32_t>(near.count()) - stamp);
    return near - Milliseconds(ago);
}

std::optional<std::uint32_t> stamp_in(const TcpHeader& header) {
    if (!header.HasOption(TcpOption::TS)) return std::nullopt;
    return ns3::StaticCast<const ns3::TcpOptionTS>(header.GetOption(TcpOption::TS))->GetTimestamp();
}

}  // namespace

void LinuxSocket::process(const ns3::Ptr<ns3::Packet>& packet, const ns3::Address& from,
                          const ns3::Address& to) {
    if (m_state == LISTEN || m_state == CLOSED) {
        StreamSocket::process(packet, from, to);
        return;
    }
    TcpHeader header;
    packet->RemoveHeader(header);
    m_rxTrace(packet, header, this);
    if (m_state == SYN_SENT) {
        take_syn_ack(header);
    } else if (m_state == SYN_RCVD) {
        take_ack_of_syn_ack(packet, header);
    } else if ((header.GetFlags() & TcpHeader::ACK) != 0) {
        take_segment(packet, header);
    }
}

/// RFC 7323 section 4.3: remembers what to echo, of segments that began at or before our last ACK.
void LinuxSocket::take_timestamp(const TcpHeader& header) {
    const std::optional<std::uint32_t> stamp = stamp_in(header);
    if (!m_timestampEnabled || !stamp) return;
    if (m_state == ESTABLISHED || m_state == SYN_RCVD) {
        if (received_position(header.GetSequenceNumber()) > acked_ &&
            header.GetSequenceNumber() > peer_first_ + static_cast<std::uint32_t>(acked_)) {
            return;
        }
        if (older_stamp(*stamp, 0)) return;
    }
    m_timestampToEcho = *stamp;
    stamped_at_ = ns3_now();
}

/// Than the one to echo. Stamps wrap around every 50 days: after 24 of silence they tell nothing
/// (TCP_PAWS_WRAP).
bool LinuxSocket::older_stamp(std::uint32_t stamp, std::int32_t tolerated) const {
    constexpr Duration silence = std::chrono::hours(24 * 24);
    const auto behind = static_cast<std::int32_t>(m_timestampToEcho - stamp);
    return behind > tolerated && ns3_now() - stamped_at_ < silence;
}

/// PAWS, RFC 7323 section 5.3 (tcp_paws_discard): what left before a segment that has been taken in
/// order may be of an earlier round of the sequence numbers.
bool LinuxSocket::from_the_past(const TcpHeader& header, std::uint32_t payload) const {
    constexpr std::int32_t window = 1;  // TCP_PAWS_WINDOW
    const std::optional<std::uint32_t> stamp = stamp_in(header);
    if (!m_timestampEnabled || !stamp || !older_stamp(*stamp, window)) return false;
    // tcp_disordered_ack: an ACK overtaken by another does no harm.
    linux_tcp::Sender::Ack ack;
    ack.acknowledged = sent_position(header.GetAckNumber());
    ack.sequence = received_position(header.GetSequenceNumber());
    ack.window = std::uint64_t{header.GetWindowSize()} << m_sndWindShift;
    const auto timeout = std::chrono::duration_cast<Milliseconds>(sender_.rtt().timeout());
    const bool overtaken = payload == 0 && ack.sequence == received_ &&
                           ack.acknowledged == sender_.acknowledged() &&
                           !sender_.updates_window(ack) &&
                           !older_stamp(*stamp, static_cast<std::int32_t>(timeout.count()));
    return !overtaken;
}

std::optional<Milliseconds> LinuxSocket::echo(const TcpHeader& header) const {
    if (!m_timestampEnabled || !header.HasOption(TcpOption::TS)) return std::nullopt;
    const auto option = ns3::StaticCast<const ns3::TcpOptionTS>(header.GetOption(TcpOption::TS));
    if (option->GetEcho() == 0) return std::nullopt;
    return unwrap(option->GetEcho(),
                  std::chrono::floor<Milliseconds>(ns3_now().time_since_epoch()));
}

/// A function of the connection and the instant: no other draw depends on it.
linux_tcp::Microseconds LinuxSocket::stamped_late() const {
    if (settings_.stamping <= linux_tcp::Microseconds::zero()) return {};
    Random noise(lot_ ^ static_cast<std::uint64_t>(ns3_now().time_since_epoch().count()));
    return linux_tcp::Microseconds(
        noise.below(static_cast<std::uint32_t>(settings_.stamping.count())));
}

/// tcp_sequence
bool LinuxSocket::in_window(const TcpHeader& header, std::uint32_t payload) const {
    const auto first = static_cast<std::int64_t>(received_position(header.GetSequenceNumber()));
    // Beyond a FIN there is none.
    const std::int64_t window =
        std::max(m_tcb->m_rxBuffer->MaxRxSequence() - m_tcb->m_rxBuffer->NextRxSequence(), 0);
    const std::int64_t repeated_fin = fin_received_ ? 1 : 0;  // Taken off by StreamSocket.
    return first + payload + repeated_fin >= static_cast<std::int64_t>(acked_) &&
           first <= static_cast<std::int64_t>(received_) + window;
}

/// A segment beside the window is answered with where the window is (tcp_send_dupack), but not
/// every ACK of a storm (tcp_invalid_ratelimit).
void LinuxSocket::take_stray(const TcpHeader& header, std::uint32_t payload) {
    constexpr Duration at_most_every = Milliseconds(500);
    const Instant now = ns3_now();
    if (payload == 0) {
        if (now - stray_answered_ < at_most_every) return;
        stray_answered_ = now;
    } else {
        const auto first = static_cast<std::int64_t>(received_position(header.GetSequenceNumber()));
        sack_.forget_duplicate();
        if (first >= 0 && std::cmp_less(first, received_)) {
            acks_.data_repeated(AdvertisedWindowSize(false));
            const Position end = std::min(static_cast<Position>(first) + payload, received_);
            sack_.arrived_twice({static_cast<Position>(first), end});
        }
    }
    acknowledge_now();
}

void LinuxSocket::take_segment(const ns3::Ptr<ns3::Packet>& packet, const TcpHeader& header) {
    if (from_the_past(header, packet->GetSize()) || !in_window(header, packet->GetSize())) {
        take_stray(header, packet->GetSize());
        return;
    }
    take_timestamp(header);
    take_ack(header, packet->GetSize());
    if (sender_.gave_up()) return;
    take_data(packet, header);
}

void LinuxSocket::take_ack(const TcpHeader& header, std::uint32_t payload) {
    linux_tcp::Sender::Ack ack;
    ack.acknowledged = sent_position(header.GetAckNumber());
    // StreamSocket has taken the ACK of our FIN off the number.
    if (fin_acknowledged_ && header.GetAckNumber() == fin_sequence_) ++ack.acknowledged;
    ack.window = std::uint64_t{header.GetWindowSize()} << m_sndWindShift;
    ack.sequence = received_position(header.GetSequenceNumber());
    ack.has_data = payload > 0;
    ack.echo = echo(header);
    ack.stamped_late = stamped_late();
    if (m_sackEnabled && header.HasOption(TcpOption::SACK)) {
        const auto option =
            ns3::StaticCast<const ns3::TcpOptionSack>(header.GetOption(TcpOption::SACK));
        for (const auto& [first, end] : option->GetSackList()) {
            ack.sacks.push_back({sent_position(first), sent_position(end)});
        }
    }
    sender_.acknowledge(ack, ns3_now());
    if (awaiting_ack_) syn_ack_arrived(header);
    m_rWnd = static_cast<std::uint32_t>(std::min<std::uint64_t>(ack.window, UINT32_MAX));
    const SequenceNumber32 head = sequence_of(sender_.acknowledged());
    m_txBuffer->DiscardUpTo(std::min(head, m_txBuffer->TailSequence()));
}

/// tcp_data_queue
void LinuxSocket::take_data(const ns3::Ptr<ns3::Packet>& packet, const TcpHeader& header) {
    const std::uint32_t payload = packet->GetSize();
    if (payload == 0) return;
    const Position first = received_position(header.GetSequenceNumber());
    const linux_tcp::Range range{first, first + payload};
    const auto signed_first = static_cast<std::int64_t>(first);
    const auto signed_end = signed_first + std::int64_t{payload};
    const auto next = static_cast<std::int64_t>(received_);
    const std::uint32_t window = AdvertisedWindowSize(false);
    sack_.forget_duplicate();
    const linux_tcp::AckPolicy::Arrival arrival{
        .payload = payload,
        .header = header.GetSerializedSize(),
        .pushed = (header.GetFlags() & TcpHeader::PSH) != 0,
        .pure_data = (header.GetFlags() & TcpHeader::PSH) == 0};

    if (signed_end <= next) {
        if (signed_first >= 0) sack_.arrived_twice(range);
        acks_.data_repeated(window);
        return;
    }
    if (signed_first > next) {
        acks_.data_out_of_order(arrival);
        if (sack_.holds(range)) sack_.arrived_twice(range);
        m_tcb->m_rxBuffer->Add(packet, header);
        sack_.arrived_early(range);
        return;
    }
    if (signed_first < next) sack_.arrived_twice({first, received_});
    const bool gap = !sack_.empty();
    m_tcb->m_rxBuffer->Add(packet, header);
    received_ = received_position(m_tcb->m_rxBuffer->NextRxSequence());
    acks_.data_in_order(arrival, window, sender_.rtt().timeout(), ns3_now());
    sack_.advance(received_);
    if (gap && sack_.empty()) acks_.demand_at_once();
}

/// tcp_data_snd_check, tcp_ack_snd_check
void LinuxSocket::after_segment() {
    if (m_state != ESTABLISHED) return;
    if (sender_.gave_up()) {
        broken(StreamEnd::timeout);
        return;
    }
    received_ = received_position(m_tcb->m_rxBuffer->NextRxSequence());  // The FIN counts.
    sender_.push(ns3_now());
    using Verdict = linux_tcp::AckPolicy::Verdict;
    const Verdict verdict = acks_.check(unacknowledged(), !sack_.empty());
    if (verdict == Verdict::at_once ||
        (verdict == Verdict::later && acks_.delay(sender_.rtt(), ns3_now()))) {
        acknowledge_now();
    } else if (verdict == Verdict::later) {
        delayed_ack_.set(fires(acks_.timer()));
    }
    set_timer();
}

void LinuxSocket::answer_fin() { acks_.fin_arrived(); }

/// tcp_cleanup_rbuf
void LinuxSocket::after_read() {
    if (ended_) return;
    if (acks_.due_after_read(unacknowledged())) {
        reader_.set(ns3_now() + settings_.reader_wakes);
    } else {
        StreamSocket::after_read();
    }
}

void LinuxSocket::reader_timer() {
    if (m_state == ESTABLISHED && acks_.due_after_read(unacknowledged())) acknowledge_now();
}

}  // namespace reshake::net
