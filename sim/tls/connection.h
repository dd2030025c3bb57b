// What OpenSSL's callbacks find behind an SSL: one connection's record of itself. Inside this room
// only.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/revocations.h"
#include "models/ticket_store.h"
#include "sim/tls/endpoint.h"
#include "sim/tls/onlooker.h"
#include "sim/tls/session_inquiry.h"
#include "sim/tls/witness.h"

namespace reshake::tls {

struct Connection {
    bool is_server = false;
    Instant now = run_start;  ///< Of the step in progress.
    std::size_t tenant = 0;   ///< Server side, where there are tenants: whom the client asks for.
    bool psk_found = false;   ///< Server side: an identity that is offered is an external PSK's.
    ClientSecrets secrets;    ///< Client side.
    OSSL_LIB_CTX* library = nullptr;  ///< Client side.
    Facts facts;
    std::vector<Ticket> tickets;           ///< Arrived and not yet taken.
    std::vector<TicketName> ticket_names;  ///< Of all that have arrived.
    TicketName offered{};                  ///< Server side: the ticket that was looked at.
    ConnectionWitness* witness = nullptr;
    Onlooker* onlooker = nullptr;
    Account account{};  ///< Server side: whose it is.

    // A server whose sessions live outside of it.
    std::string host_name;  ///< In the ClientHello.
    std::string protocol;   ///< That its ALPN extension leads to; looked at where keys name it.
    std::optional<SessionInquiry> inquiry;
    bool cache_answered = false;
    std::optional<std::vector<std::byte>> cache_entry;  ///< The answer, if there is one.
    std::vector<SessionEntry> made;                     ///< And not yet taken.
};

inline void attach(SSL* ssl, Connection& connection) noexcept {
    SSL_set_app_data(ssl, &connection);
}

[[nodiscard]] inline Connection& connection_of(const SSL* ssl) noexcept {
    return *static_cast<Connection*>(SSL_get_app_data(ssl));
}

/// The first eight bytes of what is random, as a number.
[[nodiscard]] std::uint64_t number_of(std::span<const unsigned char> random) noexcept;

/// Whether a ServerHello, its header included, is a HelloRetryRequest (RFC 8446 section 4.1.3).
[[nodiscard]] bool is_retry_request(std::span<const std::uint8_t> server_hello) noexcept;

/// Server side: why early data that was offered is rejected.
[[nodiscard]] EarlyDataVerdict why_rejected(const SSL* ssl, const Facts& facts) noexcept;

/// Makes every connection of the context note its alerts and messages, and pay for the messages.
void observe(SSL_CTX* context) noexcept;

/// Makes every connection of the context tell its onlooker its secrets.
void log_secrets(SSL_CTX* context) noexcept;

/// Makes every connection of a client's context keep the tickets it is sent.
void collect_tickets(SSL_CTX* context) noexcept;

}  // namespace reshake::tls
