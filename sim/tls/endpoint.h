// One side of one TLS connection, without I/O: bytes in, bytes out, `now` as an argument.
//
// Source: RFC 8446 section 2 (handshake), 2.2 (resumption), 4.6.1 (NewSessionTicket), 6.1 (closure
//         alerts).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/device.h"
#include "models/external_psk.h"
#include "models/revocations.h"
#include "models/ticket_store.h"
#include "sim/base/byte_queue.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/tls/context.h"
#include "sim/tls/environment.h"
#include "sim/tls/session_inquiry.h"
#include "sim/tls/ticket_name.h"

namespace reshake::tls {

enum class State {
    handshaking,
    established,
    closed,  ///< close_notify received, or sent and the peer's end seen. Writing still works until
             ///< `close`: each direction ends by itself (RFC 8446 section 6.1).
    failed,  ///< An alert was sent or received, or the peer ended without close_notify.
};

/// What became of data that a client sent before the handshake was complete (RFC 8446 section 2.3).
enum class EarlyData { not_offered, offered, accepted, rejected };

/// Why a server did not take early data that was offered. Server side only.
enum class EarlyDataVerdict {
    none,          ///< None was offered, or it was accepted.
    server_off,    ///< max_early_data is 0.
    not_resumed,   ///< The ticket it came with was not honoured.
    hello_retry,   ///< A HelloRetryRequest ends early data (RFC 8446 section 4.2.10).
    not_fresh,     ///< The ticket's age by the client's clock is too far from that by the server's.
    alpn_changed,  ///< The session was made for another protocol (RFC 8446 section 4.2.10).
    replayed,      ///< The server has seen this ClientHello before.
};

class ConnectionWitness;
class Onlooker;

/// What can be known about a connection so far.
struct Facts {
    State state = State::handshaking;
    bool resumed = false;       ///< A session of before; not an external PSK.
    bool external_psk = false;  ///< The handshake rests on one (RFC 8446 section 4.2.11).
    TicketVerdict ticket = TicketVerdict::none_offered;  ///< Server side only.
    Duration outlived{};  ///< Server side: by how much the lifetime of a sealed ticket was over.
    std::uint16_t version = 0;       ///< RFC 8446: 0x0304. 0 until negotiated.
    std::uint16_t cipher_suite = 0;  ///< IANA number, e.g. 0x1302. 0 until negotiated.
    std::uint16_t group = 0;         ///< IANA number of the key exchange group, e.g. 0x001d.
    std::string alpn{};              ///< The application protocol; empty if none was negotiated.
    bool hello_retry = false;        ///< A HelloRetryRequest was sent or received.
    EarlyData early_data = EarlyData::not_offered;
    EarlyDataVerdict early_data_verdict = EarlyDataVerdict::none;
    std::size_t early_bytes = 0;  ///< Sent by the client, or received by the server, as such.
    std::optional<std::uint8_t> alert_sent;  ///< RFC 8446 section 6, without close_notify.
    std::optional<std::uint8_t> alert_received;
    bool truncated = false;  ///< The peer ended without close_notify, and we had sent none.
    std::string error;       ///< OpenSSL's reason, empty if none.

    // Client side: the instant of the step in which the message was read or written; none before.
    std::optional<Instant> client_hello_sent;
    std::optional<Instant> server_hello_received;
    std::optional<Instant> server_finished_received;
    std::optional<Instant> finished_sent;
};

/// For AES-256-GCM.
using StorageKey = std::array<std::byte, 32>;

/// What a client has beside its tickets.
struct ClientSecrets {
    std::optional<ExternalPsk> psk{};     ///< Offered where the context's settings say so.
    std::optional<StorageKey> at_rest{};  ///< Tickets come and go sealed under it.
};

/// Invariant: OpenSSL runs only inside `step` (and construction and destruction), so that a host
/// decides when the CPU time is spent. Input waits in `input()`, output in `output()`.
class Endpoint {
public:
    /// `ticket`, if any, is offered; one that cannot be read is not. `context` and `device`, which
    /// pays, must outlive the endpoint.
    static std::unique_ptr<Endpoint> client(ClientContext& context, const Ticket* ticket,
                                            Instant now, Random random, const Device& device,
                                            ClientSecrets secrets = {});
    static std::unique_ptr<Endpoint> server(ServerContext& context, Instant now, Random random,
                                            const Device& device);
    /// Server, before the first step: whom to tell its decisions. Must outlive the endpoint.
    void tell(ConnectionWitness& witness) noexcept;
    /// Before the first step: who reads along. Must outlive the endpoint.
    void watch(Onlooker& onlooker) noexcept;
    /// Server, before the first step: whose connection it is.
    void serve(const Account& account) noexcept;
    ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    /// Bytes from the peer, for the next step to read.
    [[nodiscard]] ByteQueue& input() noexcept;
    /// The peer will send no more (FIN or RST).
    void end_input() noexcept;
    /// Bytes for the peer. The caller consumes them.
    [[nodiscard]] ByteQueue& output() noexcept;

    /// Client, before the first step: whether the ticket that is offered allows early data.
    [[nodiscard]] bool early_data_possible() const noexcept;
    /// Client: what has been written when the first step comes leaves as early data, as far as the
    /// ticket allows; if the server does not take it, it is sent again by itself.
    void send_early() noexcept;

    /// Application data to send once the handshake is complete, each call one record if it fits. A
    /// server that has read early data answers before that.
    void write(std::span<const std::byte> data);
    /// Application data received, decrypted. The caller consumes it.
    [[nodiscard]] ByteQueue& received() noexcept;

    /// Sends close_notify after what was written, at the next step of a completed handshake.
    /// Nothing can be written afterwards.
    void close() noexcept;

    /// The process is killed: what it remembers of the session stays as it is. Else OpenSSL forgets
    /// a session as its connection goes without close_notify.
    void abandon() noexcept;

    /// Lets OpenSSL do all it can do at `now`; returns what it cost. The date that OpenSSL sees is
    /// what the context's clock shows then.
    Cost step(Instant now);

    /// Whether a step would do something: input or its end waits, or data or a close to send. While
    /// 64 KiB of output wait, more data does not count: ask again when output has been taken.
    [[nodiscard]] bool has_work() const noexcept;

    [[nodiscard]] const Facts& facts() const noexcept;

    /// Server: the session that the handshake waits for, null if it does not. Until it is provided
    /// a step does nothing.
    [[nodiscard]] const SessionInquiry* awaited_session() const noexcept;
    /// The answer: what the cache keeps under the key, or why there is nothing.
    void provide_session(std::vector<std::byte> entry);
    void provide_no_session(TicketVerdict why) noexcept;
    /// Sessions for the cache, made since the last call.
    [[nodiscard]] std::vector<SessionEntry> take_sessions();

    /// Tickets that arrived since the last call (client side).
    [[nodiscard]] std::vector<Ticket> take_tickets();
    /// Of all that have arrived, in order.
    [[nodiscard]] const std::vector<TicketName>& ticket_names() const noexcept;

private:
    struct Impl;
    explicit Endpoint(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reshake::tls
