#include "sim/tls/connection.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "models/device.h"
#include "sim/base/check.h"
#include "sim/tls/alpn.h"
#include "sim/tls/sealing.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

/// Source: RFC 8446 section 4.1.3: the Random of a ServerHello that is a HelloRetryRequest.
constexpr std::array<std::uint8_t, 32> retry_request{
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

void note_first(std::optional<Instant>& instant, Instant now) noexcept {
    if (!instant) instant = now;
}

/// With its ServerHello a server has decided, whatever becomes of the handshake.
void tell_answer(SSL* ssl, const Connection& connection) {
    const Facts& facts = connection.facts;
    const bool resumes = SSL_session_reused(ssl) == 1;
    Answer answer{.offered = connection.offered,
                  .verdict = resumes ? TicketVerdict::accepted : facts.ticket,
                  .version = static_cast<std::uint16_t>(SSL_version(ssl)),
                  .cipher_suite = SSL_CIPHER_get_protocol_id(SSL_get_pending_cipher(ssl))};
    if (facts.early_data != EarlyData::not_offered) {
        const bool taken = SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_ACCEPTED;
        answer.early_data = taken ? EarlyData::accepted : EarlyData::rejected;
        if (!taken) answer.early_data_verdict = why_rejected(ssl, facts);
        std::array<unsigned char, SSL3_RANDOM_SIZE> random{};
        SSL_get_client_random(ssl, random.data(), random.size());
        answer.hello = number_of(random);
    }
    connection.witness->answered(answer);
}

void note_message(SSL* ssl, bool sent, std::span<const std::uint8_t> message) {
    Connection& connection = connection_of(ssl);
    Facts& facts = connection.facts;
    if (message.empty()) return;
    const std::uint8_t type = message[0];
    const bool retry = type == SSL3_MT_SERVER_HELLO && is_retry_request(message);
    if (retry) facts.hello_retry = true;
    if (connection.is_server) {
        const bool answers = sent && type == SSL3_MT_SERVER_HELLO && !retry;
        if (!answers) return;
        // Later the session is that of the next ticket.
        if (facts.early_data != EarlyData::not_offered && protocol_changed(ssl)) {
            facts.early_data_verdict = EarlyDataVerdict::alpn_changed;
        }
        if (connection.witness != nullptr) tell_answer(ssl, connection);
        return;
    }
    if (sent && type == SSL3_MT_CLIENT_HELLO) {
        note_first(facts.client_hello_sent, connection.now);
    } else if (sent && type == SSL3_MT_FINISHED) {
        note_first(facts.finished_sent, connection.now);
    } else if (!sent && type == SSL3_MT_SERVER_HELLO && !retry) {
        note_first(facts.server_hello_received, connection.now);
    } else if (!sent && type == SSL3_MT_FINISHED) {
        note_first(facts.server_finished_received, connection.now);
    }
}

void note_alert(Connection& connection, bool sent, std::uint8_t description) {
    if (description == SSL_AD_CLOSE_NOTIFY) return;
    (sent ? connection.facts.alert_sent : connection.facts.alert_received) = description;
}

/// As its server names it. Sealed tickets begin with key_name and IV (RFC 5077 section 4), 16 bytes
/// each, and go on; others are the id of a session in the server's memory.
TicketName name_of(const SSL_SESSION* session) noexcept {
    constexpr std::size_t key_name_bytes = 16;
    constexpr std::size_t id_bytes = SSL_MAX_SSL_SESSION_ID_LENGTH;
    const unsigned char* ticket = nullptr;
    std::size_t size = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &size);
    if (size > id_bytes) {
        return {.ticket = number_of(std::span(ticket, size).subspan(key_name_bytes)),
                .key = number_of({ticket, size})};
    }
    if (size > 0) return {.ticket = number_of({ticket, size})};
    unsigned id_size = 0;
    const unsigned char* const id = SSL_SESSION_get_id(session, &id_size);
    return {.ticket = number_of({id, id_size})};
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
    connection.ticket_names.push_back(name_of(session));
}

void on_info(const SSL* ssl, int where, int value) noexcept {
    if ((where & SSL_CB_ALERT) == 0) return;
    const bool sent = (where & SSL_CB_WRITE) != 0;
    const auto description = static_cast<std::uint8_t>(value & 0xff);
    Connection& connection = connection_of(ssl);
    note_alert(connection, sent, description);
    if (connection.onlooker != nullptr) {
        connection.onlooker->on_alert(sent, description, SSL_alert_desc_string_long(value));
    }
}

void on_message(int sent, int, int content_type, const void* data, std::size_t size, SSL* ssl,
                void*) noexcept {
    if (content_type != SSL3_RT_HANDSHAKE) return;
    Seams::charge(CryptoOperation::handshake_message, {}, 0);
    const std::span message(static_cast<const std::uint8_t*>(data), size);
    note_message(ssl, sent != 0, message);
    Onlooker* const onlooker = connection_of(ssl).onlooker;
    if (onlooker != nullptr) onlooker->on_message(sent != 0, message);
}

int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept {
    note_ticket(connection_of(ssl), session);
    return 0;  // We keep no reference: what is kept is DER.
}

void on_secret(const SSL* ssl, const char* line) noexcept {
    const Connection& connection = connection_of(ssl);
    if (connection.onlooker != nullptr) connection.onlooker->on_secret(line);
}

}  // namespace

bool is_retry_request(std::span<const std::uint8_t> server_hello) noexcept {
    constexpr std::size_t random_at = 4 + 2;  // After type, length and legacy_version.
    return server_hello.size() >= random_at + retry_request.size() &&
           std::ranges::equal(server_hello.subspan(random_at, retry_request.size()), retry_request);
}

std::uint64_t number_of(std::span<const unsigned char> random) noexcept {
    std::uint64_t number = 0;
    RESHAKE_CHECK(random.size() >= sizeof number);
    std::memcpy(&number, random.data(), sizeof number);
    return number;
}

EarlyDataVerdict why_rejected(const SSL* ssl, const Facts& facts) noexcept {
    if (facts.early_data_verdict == EarlyDataVerdict::replayed) return EarlyDataVerdict::replayed;
    // OpenSSL weighs these in one expression and does not tell which of them it was.
    if (SSL_get_max_early_data(ssl) == 0) return EarlyDataVerdict::server_off;
    if (facts.hello_retry) return EarlyDataVerdict::hello_retry;
    if (facts.early_data_verdict == EarlyDataVerdict::alpn_changed) return facts.early_data_verdict;
    return SSL_session_reused(ssl) == 1 ? EarlyDataVerdict::not_fresh
                                        : EarlyDataVerdict::not_resumed;
}

void observe(SSL_CTX* context) noexcept {
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_msg_callback(context, on_message);
}

void log_secrets(SSL_CTX* context) noexcept { SSL_CTX_set_keylog_callback(context, on_secret); }

void collect_tickets(SSL_CTX* context) noexcept {
    SSL_CTX_sess_set_new_cb(context, on_new_session);
}

}  // namespace reshake::tls
