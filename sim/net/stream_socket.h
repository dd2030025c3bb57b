// One TCP connection on a machine: ns-3's socket, with the parts of the connection's life that
// ns-3 3.37 gets wrong taken over.
//
// ns-3's state machine knows this socket only as closed, listening, opening or established. FINs
// are taken out of segments before ns-3 sees them and are sent, repeated and acknowledged here,
// because ns-3 forgets a FIN in LAST_ACK, repeats one for ever in FIN_WAIT_1, takes any ACK for
// that of its FIN, returns from FIN_WAIT_2 to CLOSE_WAIT when a gap is filled, and says nothing in
// TIME_WAIT. RSTs are handled here too: ns-3 ignores "connection refused", and reports a reset in
// the words of an orderly close.
//
// Source: RFC 9293 section 3.3.2 (states), 3.10.7 (segment arrives).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <ns3/tcp-socket-base.h>

#include "sim/base/byte_queue.h"
#include "sim/base/time.h"
#include "sim/net/address.h"
#include "sim/net/backlog.h"
#include "sim/net/fast_open.h"
#include "sim/net/stream.h"

namespace reshake::net {

class StreamSocket;

/// Who uses a connection. Calls come from the depths of ns-3: they may only be noted.
class SocketUser {
public:
    virtual ~SocketUser() = default;
    virtual void established() = 0;
    virtual void bytes_arrived() = 0;
    virtual void room_available() = 0;
    virtual void peer_finished() = 0;
    /// The last call.
    virtual void broken(StreamEnd end) = 0;
};

/// Where sockets live. Calls come from the depths of ns-3.
class SocketHome {
public:
    virtual ~SocketHome() = default;
    virtual void born(StreamSocket& socket) = 0;
    /// A connection that came in is established; the home names its user.
    virtual void accepted(StreamSocket& socket) = 0;
    /// The socket has ended for good. ns-3 may still have events of this instant for it, without
    /// holding it: the home keeps it until time has moved on.
    virtual void ended(StreamSocket& socket) = 0;
    /// What stands for the client's address in a Fast Open cookie.
    [[nodiscard]] virtual std::uint64_t subscriber_at(ns3::Ipv4Address address) const = 0;
};

/// How the kernel of a machine is set. Each value is explained where it is given.
struct TcpSettings {
    std::uint32_t segment_size = 0;    ///< Payload. Units: bytes.
    std::uint32_t initial_window = 0;  ///< Units: segments.
    std::uint32_t send_buffer = 0;
    std::uint32_t receive_buffer = 0;
    Duration syn_timeout{};  ///< The first; it doubles.
    std::uint32_t syn_tries = 0;
    std::uint32_t syn_ack_tries = 0;
    std::uint32_t data_retries = 0;
    std::uint32_t fin_retries = 0;
    Duration minimal_retransmission_timeout{};
    Duration clock_granularity{};
    Duration delayed_ack{};
    std::uint32_t delayed_ack_segments = 0;
    Duration first_window_probe{};
    Duration maximal_segment_lifetime{};
    Duration orphan_wait{};  ///< For the FIN of a peer whose connection has no user any more.
};

class StreamSocket : public ns3::TcpSocketBase {
public:
    StreamSocket() = default;
    StreamSocket(const StreamSocket& parent);
    StreamSocket& operator=(const StreamSocket&) = delete;

    void configure(const TcpSettings& settings);
    /// A closed socket with the same settings, on the machine of `node` and `tcp`.
    [[nodiscard]] ns3::Ptr<StreamSocket> copy_for(const ns3::Ptr<ns3::Node>& node,
                                                  const ns3::Ptr<ns3::TcpL4Protocol>& tcp,
                                                  SocketHome& home);

    void set_user(SocketUser* user) noexcept { user_ = user; }
    /// Its place among the sockets of its home, for the home's use.
    std::size_t position = 0;
    /// Inherited by the connections that a listening socket accepts.
    Acceptor* acceptor = nullptr;
    Backlog* backlog = nullptr;  ///< Likewise.

    // Before `open` or `listen`. ns-3's TCP has no Fast Open: it is asked for in vain.
    virtual void set_nodelay(bool nodelay) { SetTcpNoDelay(nodelay); }
    /// Before `open`: the largest IP packet that the machine's link takes. ns-3's TCP cannot tell
    /// its peer.
    virtual void limit_packets(std::uint32_t) {}
    virtual void use_fast_open(std::optional<FastOpenCookie>) {}
    virtual void grant_fast_open(const FastOpenKey&) {}
    [[nodiscard]] virtual FastOpenReport fast_open() const { return {}; }

    /// Sends the SYN, or has the first bytes written send it. False if no local port is free.
    [[nodiscard]] bool open(const TransportAddress& to);
    [[nodiscard]] bool listen(IpVersion ip, std::uint16_t port);
    /// Whether it listens on `port`, or has answered a SYN to it and not heard the client again.
    [[nodiscard]] bool awaits_peer_on(std::uint16_t port) const;
    /// The client's address and port, on both ends. Zero before `open` and while listening.
    [[nodiscard]] std::uint64_t connection() const noexcept { return connection_; }

    [[nodiscard]] std::size_t write(std::span<const std::byte> bytes);
    [[nodiscard]] std::size_t read(ByteQueue& into);
    void finish();
    /// RST, where the peer knows of the connection.
    void reset();
    /// The user has gone: a finished connection closes by itself, another one is reset.
    void orphan();
    /// Ends without a word to anybody but the home.
    void vanish();
    /// The home is going away together with the user: no call to either any more.
    void detach() noexcept;

protected:
    ns3::Ptr<ns3::TcpSocketBase> Fork() override;
    void CompleteFork(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header,
                      const ns3::Address& from, const ns3::Address& to) override;
    void DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from,
                     const ns3::Address& to) override;
    void SendEmptyPacket(std::uint8_t flags) override;
    std::uint32_t SendDataPacket(ns3::SequenceNumber32 sequence, std::uint32_t size,
                                 bool with_ack) override;
    std::uint16_t AdvertisedWindowSize(bool scale = true) const override;
    void ReTxTimeout() override;
    void PersistTimeout() override;

    // What a TCP of its own overrides.

    /// A closed socket with the same settings.
    [[nodiscard]] virtual ns3::Ptr<StreamSocket> copy();
    /// Deals with a segment, of which the FIN and an ACK of our FIN have been taken off.
    virtual void process(const ns3::Ptr<ns3::Packet>& packet, const ns3::Address& from,
                         const ns3::Address& to);
    /// A segment and its FIN have been dealt with.
    virtual void after_segment() { watch_window(); }
    /// Sends what may be sent of the bytes in the buffer.
    virtual void push();
    /// The user has emptied the receive buffer.
    virtual void after_read();
    /// A SYN has arrived at an established connection.
    virtual void answer_repeated_syn();
    /// Whether the SYN is to leave with the first bytes written.
    [[nodiscard]] virtual bool waits_for_data() const { return false; }
    /// While it waits for the SYN-ACK: whether that number is one that its SYN asks for.
    [[nodiscard]] virtual bool acknowledges_syn(ns3::SequenceNumber32 acknowledged) const;
    /// The peer's FIN has arrived in order while our side is still open.
    virtual void answer_fin();
    virtual void send_fin_when_due();
    virtual void stop_timers() noexcept;

    void broken(StreamEnd end);
    [[nodiscard]] bool has_end_point() const noexcept {
        return m_endPoint != nullptr || m_endPoint6 != nullptr;
    }
    // Both ends of a connection. Errors: abort without an end point.
    [[nodiscard]] TransportAddress here() const;
    [[nodiscard]] TransportAddress there() const;
    /// Tells the home of a connection that has come in, and its user of what it brought.
    void announce();
    [[nodiscard]] std::uint64_t subscriber_at(ns3::Ipv4Address address) const {
        return home_ != nullptr ? home_->subscriber_at(address) : 0;
    }
    [[nodiscard]] bool fin_sent() const noexcept { return fins_sent_ > 0; }
    /// Whether the kernel keeps nothing of this connection, which its client may still complete.
    [[nodiscard]] bool by_cookie() const noexcept {
        return request_ == Backlog::Request::by_cookie;
    }

    bool finishing_ = false;  ///< FIN once everything has been sent.
    bool fin_acknowledged_ = false;
    bool fin_received_ = false;  ///< In order: everything before it has arrived.
    bool closed_first_ = false;  ///< Our FIN left before the peer's arrived.
    bool orphaned_ = false;
    bool ended_ = false;
    std::uint32_t fins_sent_ = 0;
    ns3::SequenceNumber32 fin_sequence_{0};

private:
    struct Segment;

    void receive(const Segment& segment, const ns3::Ptr<ns3::Packet>& packet,
                 const ns3::Address& from, const ns3::Address& to);
    void answer_stray(const Segment& segment, const ns3::Address& from, const ns3::Address& to);
    [[nodiscard]] bool turned_away(const Segment& segment);
    void come_in();
    void leave_syn_queue();
    void take_reset(const Segment& segment);
    void take_fin(const Segment& segment);
    void tell_room();
    void send_fin();
    void fin_timeout();
    void settle();
    void wait_for_stragglers();
    void watch_window();
    void end();

    SocketHome* home_ = nullptr;
    SocketUser* user_ = nullptr;
    std::uint32_t syn_ack_tries_ = 0;
    std::uint32_t fin_retries_ = 0;
    Duration first_window_probe_{};
    Duration orphan_wait_{};

    std::uint64_t connection_ = 0;
    Backlog::Request request_ = Backlog::Request::none;  ///< While its handshake is under way.
    Backlog::Request next_request_ =
        Backlog::Request::none;                      ///< Of a listening socket's next fork.
    bool wants_room_ = false;                        ///< A write took less than it was given.
    std::uint32_t window_probes_ = 0;                ///< Since the peer was last heard of.
    std::optional<ns3::SequenceNumber32> peer_fin_;  ///< Seen, perhaps ahead of its turn.
    mutable ns3::SequenceNumber32 announced_{0};     ///< Right edge of the window last announced.
    ns3::EventId fin_event_;
    ns3::EventId linger_event_;  ///< TIME_WAIT, or an orphan's wait in FIN_WAIT_2.
};

}  // namespace reshake::net
