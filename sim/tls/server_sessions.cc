#include "sim/tls/server_sessions.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "sim/base/time.h"
#include "sim/tls/connection.h"
#include "sim/tls/remote_sessions.h"
#include "sim/tls/seams.h"
#include "sim/tls/tenants.h"

namespace reshake::tls {
namespace {

using Bytes = std::span<const unsigned char>;

ServerContext::Handle& handle_of(const SSL_CTX* context) noexcept {
    return *static_cast<ServerContext::Handle*>(SSL_CTX_get_app_data(context));
}

/// The instant at which OpenSSL's present clock shows `date`.
Instant instant_of(std::chrono::nanoseconds date) noexcept { return run_start + (date - epoch); }

Bytes id_of(const SSL_SESSION* session) noexcept {
    unsigned int size = 0;
    const unsigned char* id = SSL_SESSION_get_id(session, &size);
    return {id, size};
}

Instant times_out(const SSL_SESSION* session) noexcept {
    return instant_of(
        std::chrono::seconds(SSL_SESSION_get_time_ex(session) + SSL_SESSION_get_timeout(session)));
}

std::optional<Bytes> extension(SSL* ssl, unsigned int type) noexcept {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) return std::nullopt;
    return Bytes{data, size};
}

/// The first identity that a pre_shared_key extension offers. RFC 8446 section 4.2.11.
Bytes first_identity(Bytes pre_shared_key) noexcept {
    constexpr std::size_t at = 4;  // After the length of the list and that of the identity.
    if (pre_shared_key.size() < at) return {};
    const std::size_t size = std::size_t{pre_shared_key[2]} * 256 + pre_shared_key[3];
    return size <= pre_shared_key.size() - at ? pre_shared_key.subspan(at, size) : Bytes{};
}

/// The id of the session that the ClientHello offers by reference; empty if there is none.
///
/// A client that would also speak TLS 1.3 fills an unused legacy_session_id with random bytes (RFC
/// 8446 appendix D.4), which look like an offer to a server that stays with TLS 1.2.
Bytes offered_id(SSL* ssl) noexcept {
    if (const auto psk = extension(ssl, TLSEXT_TYPE_psk)) return first_identity(*psk);
    const bool tls_1_3 = extension(ssl, TLSEXT_TYPE_supported_versions) &&
                         SSL_get_max_proto_version(ssl) == TLS1_3_VERSION;
    if (tls_1_3) return {};
    if (const auto ticket = extension(ssl, TLSEXT_TYPE_session_ticket); ticket && !ticket->empty())
        return {};
    const unsigned char* id = nullptr;
    const std::size_t size = SSL_client_hello_get0_session_id(ssl, &id);
    return {id, size};
}

int on_client_hello(SSL* ssl, int*, void*) noexcept {
    Connection& connection = connection_of(ssl);
    Facts& facts = connection.facts;
    if (extension(ssl, TLSEXT_TYPE_early_data)) facts.early_data = EarlyData::offered;
    ServerContext::Handle& handle = handle_of(SSL_get_SSL_CTX(ssl));
    note_name(handle, ssl, connection);
    if (!handle.by_reference) return SSL_CLIENT_HELLO_SUCCESS;
    const Bytes id = offered_id(ssl);
    if (handle.remote) {
        // A server that stays with TLS 1.2 has no use for a pre_shared_key.
        const bool in_vain =
            extension(ssl, TLSEXT_TYPE_psk) && SSL_get_max_proto_version(ssl) < TLS1_3_VERSION;
        return inquire(ssl, in_vain ? Bytes{} : id);
    }
    // After a HelloRetryRequest the same offer comes again, and may have been used up by the first.
    if (id.size() == SSL_MAX_SSL_SESSION_ID_LENGTH && !facts.hello_retry) {
        connection.offered = {.ticket = number_of(id)};
        facts.ticket = handle.sessions.verdict(std::as_bytes(id), instant_of(Seams::date()));
    } else if (!id.empty()) {
        facts.ticket = TicketVerdict::not_cached;  // A sealed ticket, from other days.
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

int on_stored(SSL* ssl, SSL_SESSION* session) noexcept {
    const Bytes id = id_of(session);
    if (!id.empty()) {
        handle_of(SSL_get_SSL_CTX(ssl)).sessions.stored(std::as_bytes(id), times_out(session));
        if (ConnectionWitness* const witness = connection_of(ssl).witness) {
            witness->issued({.ticket = number_of(id)}, SSL_session_reused(ssl) == 1);
        }
    }
    return 0;  // We keep no reference: the cache has its own.
}

TicketVerdict why_dropped(const SSL* stepping, const SSL_SESSION* session, Instant now) noexcept {
    if (now > times_out(session)) return TicketVerdict::expired;
    if (stepping == nullptr) return TicketVerdict::unclean_close;
    // Reading a ClientHello, OpenSSL uses up what is offered; later it makes room for a new one.
    return SSL_get_state(stepping) == TLS_ST_SR_CLNT_HELLO ? TicketVerdict::spent
                                                           : TicketVerdict::evicted;
}

void on_dropped(SSL_CTX* context, SSL_SESSION* session) noexcept {
    const Bytes id = id_of(session);
    if (id.empty()) return;
    ServerContext::Handle& handle = handle_of(context);
    const Instant now = instant_of(Seams::date());
    const TicketVerdict why = why_dropped(handle.stepping, session, now);
    handle.sessions.dropped(std::as_bytes(id), why, now);
    if (handle.witness != nullptr) handle.witness->dropped(number_of(id), why);
}

bool uses_once(const ServerTls& settings) noexcept {
    return settings.max_early_data > 0 && settings.anti_replay == AntiReplay::single_use;
}

/// Called when nothing else speaks against accepting early data.
int on_allow_early_data(SSL* ssl, void*) noexcept {
    ServerContext::Handle& handle = handle_of(SSL_get_SSL_CTX(ssl));
    std::array<unsigned char, SSL3_RANDOM_SIZE> random{};
    SSL_get_client_random(ssl, random.data(), random.size());
    if (handle.record.note(std::as_bytes(std::span(random)), connection_of(ssl).now)) return 1;
    connection_of(ssl).facts.early_data_verdict = EarlyDataVerdict::replayed;
    return 0;
}

}  // namespace

ServerContext::Handle::~Handle() {
    // The cache goes as a whole: nobody asks any more what became of each session.
    if (context != nullptr) SSL_CTX_sess_set_remove_cb(context.get(), nullptr);
}

bool keeps_sessions(const ServerTls& settings) noexcept {
    return !settings.session_ticket || uses_once(settings);
}

void watch_sessions(ServerContext::Handle& handle, SSL_CTX* context,
                    const ServerTls& settings) noexcept {
    SSL_CTX_set_client_hello_cb(context, on_client_hello, nullptr);
    handle.by_reference = keeps_sessions(settings);
    handle.single_use = uses_once(settings);
    if (handle.by_reference) {
        SSL_CTX_sess_set_new_cb(context, on_stored);
        SSL_CTX_sess_set_remove_cb(context, on_dropped);
    }
    if (settings.anti_replay == AntiReplay::client_hello_record) {
        SSL_CTX_set_allow_early_data_cb(context, on_allow_early_data, nullptr);
    }
}

}  // namespace reshake::tls
