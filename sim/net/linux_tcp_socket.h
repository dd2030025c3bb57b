// A connection whose TCP behaves like Linux's.
//
// The life of the connection (FIN, RST, TIME_WAIT, orphans) is StreamSocket's, ports and buffers
// are ns-3's; what is sent when, acknowledged when and repaired when is decided here and in
// linux_tcp_*.h. ns-3's own timers and congestion control lie idle.
//
// Source: RFC 9293 section 3.5 and 3.10.7; RFC 7323 (timestamps, window scaling). SYNs:
// tcp_retransmit_timer, tcp_rcv_synsent_state_process, tcp_try_undo_spurious_syn,
// tcp_init_transfer. SYN-ACKs: reqsk_timer_handler, tcp_check_req, tcp_create_openreq_child,
// tcp_synack_rtt_meas.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/net/linux_tcp_acks.h"
#include "sim/net/linux_tcp_sender.h"
#include "sim/net/stream_socket.h"

namespace reshake::net {

struct LinuxTcpSettings {
    linux_tcp::SenderSettings sender;
    /// SYNs repeated a second apart before the interval starts to double: tcp_syn_linear_timeouts,
    /// which kernels before 6.5 do not have.
    std::uint32_t linear_syn_timeouts = 4;
    std::uint32_t syn_retries = 6;      ///< tcp_syn_retries; the linear ones come on top.
    std::uint32_t syn_ack_retries = 5;  ///< tcp_synack_retries
    /// How long an application takes to wake up and read what has arrived.
    Duration reader_wakes{};
    /// The kernel stamps a segment up to this long after its arrival, each time differently. On a
    /// path of constant delay nothing else decides whether a probe's round trip is a little shorter
    /// than any before it, in which case RACK takes no notice of it (RFC 8985 section 6.2 step 2).
    linux_tcp::Microseconds stamping{};
    bool late_ticks = false;                 ///< See linux_tcp::Tardiness.
    std::optional<FastOpenKey> fast_open{};  ///< Of a listening socket: grants cookies under it.
};

class LinuxSocket final : public StreamSocket, private linux_tcp::Output {
public:
    explicit LinuxSocket(const LinuxTcpSettings& settings)
        : settings_(settings), sender_(settings.sender, *this) {}
    /// A closed socket with the settings of `parent`.
    LinuxSocket(const LinuxSocket& parent)
        : StreamSocket(parent), settings_(parent.settings_), sender_(settings_.sender, *this) {}

    [[nodiscard]] const linux_tcp::Sender& sender() const noexcept { return sender_; }

    void set_nodelay(bool nodelay) override;
    void limit_packets(std::uint32_t bytes) override;
    void use_fast_open(std::optional<FastOpenCookie> cookie) override;
    void grant_fast_open(const FastOpenKey& key) override { settings_.fast_open = key; }
    [[nodiscard]] FastOpenReport fast_open() const override { return fast_open_.report; }

private:
    /// An event that may be moved to a later time at no cost.
    class Timer {
    public:
        explicit Timer(LinuxSocket& socket, void (LinuxSocket::*action)())
            : socket_(socket), action_(action) {}
        void set(Instant when);
        void stop() noexcept;

    private:
        void ring();

        LinuxSocket& socket_;
        void (LinuxSocket::*action_)();
        Instant when_ = never;
        Instant event_at_ = never;
        ns3::EventId event_;
    };

    /// The opening exchange, until the connection is established.
    struct Opening {
        Instant first_sent{};                   ///< Our SYN or SYN-ACK.
        linux_tcp::Milliseconds first_stamp{};  ///< Its timestamp.
        std::uint32_t sent = 0;
        std::uint32_t timeouts = 0;
        linux_tcp::Jiffies timeout = linux_tcp::initial_timeout;
    };

    struct FastOpening {
        bool asks = false;                       ///< The first SYN has the option.
        std::optional<FastOpenCookie> cookie{};  ///< To bring.
        std::uint32_t in_syn = 0;                ///< Bytes that left in the first SYN.
        FastOpenReport report;
        std::optional<FastOpenCookie> grants{};  ///< In the first SYN-ACK.
        ns3::Ptr<ns3::Packet> early{};           ///< The payload of a SYN with a valid cookie.
    };

    ns3::Ptr<StreamSocket> copy() override;
    void CompleteFork(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header,
                      const ns3::Address& from, const ns3::Address& to) override;
    void SendEmptyPacket(std::uint8_t flags) override;
    void process(const ns3::Ptr<ns3::Packet>& packet, const ns3::Address& from,
                 const ns3::Address& to) override;
    void after_segment() override;
    void push() override;
    void after_read() override;
    [[nodiscard]] bool acknowledges_syn(ns3::SequenceNumber32 acknowledged) const override;
    void answer_fin() override;
    void answer_repeated_syn() override;
    [[nodiscard]] bool waits_for_data() const override {
        return fast_open_.cookie.has_value() && opening_.sent == 0;
    }
    void send_fin_when_due() override;
    void stop_timers() noexcept override;

    void listen_to_endpoint();
    void arrived(ns3::Ptr<ns3::Packet> packet, ns3::Ipv4Header header, std::uint16_t port,
                 ns3::Ptr<ns3::Ipv4Interface> interface);
    void arrived6(ns3::Ptr<ns3::Packet> packet, ns3::Ipv6Header header, std::uint16_t port,
                  ns3::Ptr<ns3::Ipv6Interface> interface);
    void send_opening(std::uint8_t flags);
    void opening_timer();
    void opened(const ns3::TcpHeader& header);
    void note_largest(const ns3::TcpHeader& header);
    void limit_segments();
    [[nodiscard]] std::optional<linux_tcp::Microseconds> opening_round_trip(
        const ns3::TcpHeader& header) const;
    void take_syn_ack(const ns3::TcpHeader& header);
    void take_ack_of_syn_ack(const ns3::Ptr<ns3::Packet>& packet, const ns3::TcpHeader& header);
    [[nodiscard]] ns3::Ptr<ns3::Packet> syn_payload();
    void add_fast_open(ns3::TcpHeader& header) const;
    [[nodiscard]] bool settle_syn_payload(const ns3::TcpHeader& header);
    void consider_fast_open(const ns3::Ptr<ns3::Packet>& packet, const ns3::TcpHeader& header,
                            const ns3::Address& from);
    void take_early_data();
    void open_early(const ns3::TcpHeader& header);
    void syn_ack_arrived(const ns3::TcpHeader& header);
    void take_segment(const ns3::Ptr<ns3::Packet>& packet, const ns3::TcpHeader& header);
    [[nodiscard]] bool older_stamp(std::uint32_t stamp, std::int32_t tolerated) const;
    [[nodiscard]] bool from_the_past(const ns3::TcpHeader& header, std::uint32_t payload) const;
    [[nodiscard]] bool in_window(const ns3::TcpHeader& header, std::uint32_t payload) const;
    void take_stray(const ns3::TcpHeader& header, std::uint32_t payload);
    void take_ack(const ns3::TcpHeader& header, std::uint32_t payload);
    void take_data(const ns3::Ptr<ns3::Packet>& packet, const ns3::TcpHeader& header);
    void take_timestamp(const ns3::TcpHeader& header);
    [[nodiscard]] linux_tcp::Microseconds stamped_late() const;
    [[nodiscard]] std::uint64_t draw_lot() const;
    [[nodiscard]] linux_tcp::Tardiness tardiness() const;
    [[nodiscard]] Instant fires(linux_tcp::JiffiesPoint due) const;
    [[nodiscard]] std::optional<linux_tcp::Milliseconds> echo(const ns3::TcpHeader& header) const;

    void transmit(linux_tcp::Position first, linux_tcp::Position end, bool fin) override;
    void probe() override;
    [[nodiscard]] std::uint32_t option_bytes() const override;
    [[nodiscard]] std::size_t sack_blocks() const;
    void send(const ns3::Ptr<ns3::Packet>& packet, std::uint8_t flags,
              ns3::SequenceNumber32 sequence);
    void acknowledge_now();
    void retransmission_timer();
    void delayed_ack_timer();
    void reader_timer();
    void set_timer();

    [[nodiscard]] ns3::SequenceNumber32 sequence_of(linux_tcp::Position at) const;
    [[nodiscard]] linux_tcp::Position sent_position(ns3::SequenceNumber32 sequence) const;
    [[nodiscard]] linux_tcp::Position received_position(ns3::SequenceNumber32 sequence) const;
    /// Bytes received in order that no ACK of ours has covered yet.
    [[nodiscard]] std::uint64_t unacknowledged() const;

    static constexpr std::uint32_t timestamp_bytes = 12;  ///< The option, in every segment.

    LinuxTcpSettings settings_;
    linux_tcp::Sender sender_;
    linux_tcp::AckPolicy acks_;
    linux_tcp::SackReport sack_;
    std::uint64_t lot_ = 1;  ///< For what this end of this connection draws; never zero.
    Opening opening_;
    FastOpening fast_open_;
    bool awaiting_ack_ = false;  ///< Open by Fast Open, and the SYN-ACK is not acknowledged yet.
    Instant stamped_at_{};       ///< When the timestamp to echo arrived (ts_recent_stamp).
    linux_tcp::Position received_ = 0;                            ///< RCV.NXT
    linux_tcp::Position acked_ = 0;                               ///< Last ACK sent (rcv_wup).
    Instant stray_answered_ = run_start - std::chrono::hours(1);  ///< last_oow_ack_time
    std::uint32_t peers_largest_ = UINT32_MAX;  ///< Payload of a segment, by the peer's MSS option.
    ns3::SequenceNumber32 peer_first_{0};       ///< Number of the peer's first byte.
    Timer retransmission_{*this, &LinuxSocket::retransmission_timer};
    Timer delayed_ack_{*this, &LinuxSocket::delayed_ack_timer};
    Timer reader_{*this, &LinuxSocket::reader_timer};
};

}  // namespace reshake::net
