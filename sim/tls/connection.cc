#include "sim/tls/connection.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/device.h"
#include "sim/tls/sealing.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

/// Source: RFC 8446 section 4.1.3: the Random of a ServerHello that is a HelloRetryRequest.
constexpr std::array<std::uint8_t, 32> retry_request{
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

bool is_retry_request(std::span<const std::uint8_t> server_hello) noexcept {
    constexpr std::size_t random_at = 4 + 2;  // After type, length and legacy_version.
    return server_hello.size() >= random_at + retry_request.size() &&
           std::ranges::equal(server_hello.subspan(random_at, retry_request.size()), retry_request);
}

void note_first(std::optional<Instant>& instant, Instant now) noexcept {
    if (!instant) instant = now;
}

void note_message(Connection& connection, bool sent, std::span<const std::uint8_t> message) {
    Facts& facts = connection.facts;
    if (message.empty()) return;
    const std::uint8_t type = message[0];
    if (type == SSL3_MT_SERVER_HELLO && is_retry_request(message)) facts.hello_retry = true;
    if (connection.is_server) return;
    if (sent && type == SSL3_MT_CLIENT_HELLO) {
        note_first(facts.client_hello_sent, connection.now);
    } else if (sent && type == SSL3_MT_FINISHED) {
        note_first(facts.finished_sent, connection.now);
    } else if (!sent && type == SSL3_MT_SERVER_HELLO && !is_retry_request(message)) {
        note_first(facts.server_hello_received, connection.now);
    } else if (!sent && type == SSL3_MT_FINISHED) {
        note_first(facts.server_finished_received, connection.now);
    }
}

void note_alert(Connection& connection, bool sent, std::uint8_t description) {
    if (description == SSL_AD_CLOSE_NOTIFY) return;
    (sent ? connection.facts.alert_sent : connection.facts.alert_received) = description;
}

void note_ticket(Connection& connection, SSL_SESSION* session) {
    if (SSL_SESSION_is_resumable(session) != 1) return;
    std::chrono::seconds lifetime{SSL_SESSION_get_ticket_lifetime_hint(session)};
    if (lifetime.count() == 0) {
        // RFC 8446 section 4.6.1: to be discarded at once. RFC 5077 section 5.6: unspecified.
        if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION) return;
        lifetime = std::chrono::seconds(SSL_SESSION_get_timeout(session));
    }
    const int size = i2d_SSL_SESSION(session, nullptr);
    if (size <= 0) return;
    Ticket ticket{.session = std::vector<std::byte>(static_cast<std::size_t>(size)),
                  .received_at = connection.now,
                  .lifetime = lifetime,
                  .version = static_cast<std::uint16_t>(SSL_SESSION_get_protocol_version(session)),
                  .cipher_suite = SSL_CIPHER_get_protocol_id(SSL_SESSION_get0_cipher(session))};
    ticket.clock_ahead = Seams::shown() - connection.now;
    auto* out = reinterpret_cast<unsigned char*>(ticket.session.data());
    i2d_SSL_SESSION(session, &out);
    if (const auto& key = connection.secrets.at_rest) {
        ticket.session = seal(connection.library, *key, ticket.session);
    }
    connection.tickets.push_back(std::move(ticket));
}

void on_info(const SSL* ssl, int where, int value) noexcept {
    if ((where & SSL_CB_ALERT) == 0) return;
    const bool sent = (where & SSL_CB_WRITE) != 0;
    note_alert(connection_of(ssl), sent, static_cast<std::uint8_t>(value & 0xff));
}

void on_message(int sent, int, int content_type, const void* data, std::size_t size, SSL* ssl,
                void*) noexcept {
    if (content_type != SSL3_RT_HANDSHAKE) return;
    Seams::charge(CryptoOperation::handshake_message, {}, 0);
    note_message(connection_of(ssl), sent != 0, {static_cast<const std::uint8_t*>(data), size});
}

int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept {
    note_ticket(connection_of(ssl), session);
    return 0;  // We keep no reference: what is kept is DER.
}

}  // namespace

void observe(SSL_CTX* context) noexcept {
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_msg_callback(context, on_message);
}

void collect_tickets(SSL_CTX* context) noexcept {
    SSL_CTX_sess_set_new_cb(context, on_new_session);
}

}  // namespace reshake::tls
