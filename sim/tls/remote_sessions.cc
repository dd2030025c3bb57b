#include "sim/tls/remote_sessions.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "sim/base/check.h"
#include "sim/tls/alpn.h"
#include "sim/tls/connection.h"
#include "sim/tls/seams.h"
#include "sim/tls/server_sessions.h"
#include "sim/tls/ticket_callback.h"

namespace reshake::tls {
namespace {

using Bytes = std::span<const unsigned char>;
using CipherContextPtr = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t key_size = 32;

/// With single use OpenSSL must find in its own cache what it uses up, and finds there only what
/// the answer of the remote one has just put there: a few entries are enough.
constexpr long latch_size = 16;

ServerContext::Handle& handle_of(const SSL_CTX* context) noexcept {
    return *static_cast<ServerContext::Handle*>(SSL_CTX_get_app_data(context));
}

/// The host name in the ClientHello's server_name; empty if there is none. RFC 6066 section 3.
std::string host_name(SSL* ssl) {
    constexpr std::size_t at = 5;  // After the lengths of list and name, and the name's type.
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
    if (size < at) return {};
    const std::size_t length = std::size_t{data[3]} * 256 + data[4];
    std::string name(reinterpret_cast<const char*>(data) + at, std::min(length, size - at));
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name;
}

/// Of the tenant that the client asks for; empty where there are none.
std::string tenant_name(const ServerContext::Handle& handle, const Connection& connection) {
    return handle.tenants.empty() ? std::string() : handle.tenants[connection.tenant].tenant.name;
}

std::string key_for(const ServerContext::Handle& handle, const Connection& connection, Bytes id) {
    std::string key(reinterpret_cast<const char*>(id.data()), id.size());
    switch (handle.remote->settings.key_scope) {
        case CacheKeyScope::session_id:
            break;
        case CacheKeyScope::tenant:
            key += tenant_name(handle, connection);
            break;
        case CacheKeyScope::sni:
            key += connection.host_name;
            break;
        case CacheKeyScope::alpn:
            key += connection.host_name;
            key += '\0';  // In no host name.
            key += connection.protocol;
            break;
    }
    return key;
}

/// One per tenant, so that an entry opens for no other.
std::vector<std::byte> sealing_key(const ServerContext::Handle& handle,
                                   const Connection& connection) {
    std::vector<std::byte> key(key_size);
    handle.remote->settings.keys.stream(tenant_name(handle, connection)).fill(key);
    return key;
}

const unsigned char* raw(const std::vector<std::byte>& bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* raw(std::vector<std::byte>& bytes) noexcept {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

/// nonce | ciphertext | tag (RFC 5116 section 5.2), bound to the session's id.
std::vector<std::byte> seal(const ServerContext::Handle& handle, const Connection& connection,
                            Bytes id, const std::vector<std::byte>& clear) {
    const auto key = sealing_key(handle, connection);
    std::vector<std::byte> sealed(nonce_size + clear.size() + tag_size);
    unsigned char* const out = raw(sealed);
    RESHAKE_CHECK(RAND_bytes_ex(handle.library, out, nonce_size, 0) == 1);
    const CipherContextPtr cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    const bool done =
        EVP_EncryptInit_ex2(cipher.get(), handle.remote->cipher.get(), raw(key), out, nullptr) ==
            1 &&
        EVP_EncryptUpdate(cipher.get(), nullptr, &size, id.data(), static_cast<int>(id.size())) ==
            1 &&
        EVP_EncryptUpdate(cipher.get(), out + nonce_size, &size, raw(clear),
                          static_cast<int>(clear.size())) == 1 &&
        EVP_EncryptFinal_ex(cipher.get(), out + nonce_size + clear.size(), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_size,
                            out + nonce_size + clear.size()) == 1;
    RESHAKE_CHECK(done);
    return sealed;
}

/// Nothing where it was not sealed for this tenant and id, or has been changed since.
std::optional<std::vector<std::byte>> open(const ServerContext::Handle& handle,
                                           const Connection& connection, Bytes id,
                                           const std::vector<std::byte>& sealed) {
    if (sealed.size() < nonce_size + tag_size) return std::nullopt;
    const auto key = sealing_key(handle, connection);
    std::vector<std::byte> clear(sealed.size() - nonce_size - tag_size);
    std::array<unsigned char, tag_size> tag{};
    std::memcpy(tag.data(), raw(sealed) + sealed.size() - tag_size, tag_size);
    const CipherContextPtr cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    const bool opened =
        EVP_DecryptInit_ex2(cipher.get(), handle.remote->cipher.get(), raw(key), raw(sealed),
                            nullptr) == 1 &&
        EVP_DecryptUpdate(cipher.get(), nullptr, &size, id.data(), static_cast<int>(id.size())) ==
            1 &&
        EVP_DecryptUpdate(cipher.get(), raw(clear), &size, raw(sealed) + nonce_size,
                          static_cast<int>(clear.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(cipher.get(), raw(clear) + clear.size(), &size) == 1;
    ERR_clear_error();
    if (!opened) return std::nullopt;
    return clear;
}

/// What OpenSSL itself will turn down, or why today's policy would not have issued the session;
/// nothing if neither.
std::optional<TicketVerdict> objection(const ServerContext::Handle& handle, SSL* ssl,
                                       SSL_SESSION* session) noexcept {
    Facts& facts = connection_of(ssl).facts;
    facts.outlived = outlived(session);
    if (facts.outlived > Duration::zero()) return TicketVerdict::expired;
    if (of_other_context(handle, connection_of(ssl), session)) return TicketVerdict::other_context;
    if (!handle.remote->settings.check_policy) return std::nullopt;
    if (revoked(handle, connection_of(ssl), session)) return TicketVerdict::revoked;
    const std::chrono::seconds made{SSL_SESSION_get_time_ex(session)};
    const auto age = std::chrono::floor<std::chrono::seconds>(Seams::date()) - made;
    if (age > handle.tickets.lifetime) return TicketVerdict::policy_changed;
    // By an id of TLS 1.2 nothing is renewed: the session itself is the head of its chain.
    const bool chained = SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
    if (chained ? chain_outlived(handle, session)
                : handle.tickets.max_chain_age && age > *handle.tickets.max_chain_age) {
        return TicketVerdict::chain_too_old;
    }
    if (sk_SSL_CIPHER_find(SSL_get_ciphers(ssl), SSL_SESSION_get0_cipher(session)) < 0) {
        return TicketVerdict::policy_changed;
    }
    return std::nullopt;
}

SSL_SESSION* on_wanted(SSL* ssl, const unsigned char* id, int size, int* copy) noexcept {
    *copy = 0;  // The reference goes to OpenSSL.
    Connection& connection = connection_of(ssl);
    const ServerContext::Handle& handle = handle_of(SSL_get_SSL_CTX(ssl));
    const Bytes wanted{id, static_cast<std::size_t>(size)};
    if (!connection.cache_entry || connection.inquiry->key != key_for(handle, connection, wanted)) {
        return nullptr;
    }
    TicketVerdict& verdict = connection.facts.ticket;
    auto der = handle.remote->settings.sealed
                   ? open(handle, connection, wanted, *connection.cache_entry)
                   : connection.cache_entry;
    if (!der) {
        verdict = TicketVerdict::unknown_key;
        return nullptr;
    }
    const unsigned char* data = raw(*der);
    SessionPtr session(d2i_SSL_SESSION_ex(nullptr, &data, static_cast<long>(der->size()),
                                          handle.library, nullptr));
    ERR_clear_error();
    if (session == nullptr) return nullptr;
    if (const auto why = objection(handle, ssl, session.get())) {
        verdict = *why;
        const bool openssl_says_so =
            *why == TicketVerdict::expired || *why == TicketVerdict::other_context;
        return openssl_says_so ? session.release() : nullptr;
    }
    return session.release();
}

Bytes id_of(const SSL_SESSION* session) noexcept {
    unsigned int size = 0;
    const unsigned char* id = SSL_SESSION_get_id(session, &size);
    return {id, size};
}

int on_made(SSL* ssl, SSL_SESSION* session) noexcept {
    const Bytes id = id_of(session);
    Connection& connection = connection_of(ssl);
    const ServerContext::Handle& handle = handle_of(SSL_get_SSL_CTX(ssl));
    const int size = i2d_SSL_SESSION(session, nullptr);
    if (id.empty() || size <= 0) return 0;
    std::vector<std::byte> value(static_cast<std::size_t>(size));
    unsigned char* out = raw(value);
    i2d_SSL_SESSION(session, &out);
    if (handle.remote->settings.sealed) value = seal(handle, connection, id, value);
    if (connection.witness != nullptr) {
        connection.witness->issued({.ticket = number_of(id)}, SSL_session_reused(ssl) == 1);
    }
    connection.made.push_back({.key = key_for(handle, connection, id),
                               .value = std::move(value),
                               .lifetime = std::chrono::seconds(SSL_SESSION_get_timeout(session))});
    return 0;  // We keep no reference: what is kept is DER.
}

/// A session whose connection failed, or ended without close_notify, must not be resumed. All else
/// that OpenSSL drops, it drops from its own memory alone.
void on_dropped(SSL_CTX* context, SSL_SESSION* session) noexcept {
    ServerContext::Handle& handle = handle_of(context);
    const Connection* connection = handle.leaving;
    if (connection == nullptr) {
        if (handle.stepping == nullptr || SSL_get_session(handle.stepping) != session) return;
        if (SSL_get_state(handle.stepping) == TLS_ST_SR_CLNT_HELLO) return;
        connection = &connection_of(handle.stepping);
    }
    const Bytes id = id_of(session);
    if (!id.empty()) {
        handle.remote->removed.push_back(key_for(handle, *connection, id));
    }
}

}  // namespace

int inquire(SSL* ssl, Bytes id) noexcept {
    Connection& connection = connection_of(ssl);
    const ServerContext::Handle& handle = handle_of(SSL_get_SSL_CTX(ssl));
    if (connection.inquiry) {
        return connection.cache_answered ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_RETRY;
    }
    connection.host_name = host_name(ssl);
    if (handle.remote->settings.key_scope == CacheKeyScope::alpn) {
        connection.protocol = protocol_to_select(handle, ssl);
    }
    if (id.empty()) return SSL_CLIENT_HELLO_SUCCESS;
    if (id.size() != SSL_MAX_SSL_SESSION_ID_LENGTH) {
        connection.facts.ticket = TicketVerdict::not_cached;  // A sealed ticket, from other days.
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    connection.offered = {.ticket = number_of(id)};
    connection.inquiry = {.key = key_for(handle, connection, id), .take = handle.remote->take};
    return SSL_CLIENT_HELLO_RETRY;
}

void keep_remotely(ServerContext::Handle& handle, RemoteSessions settings, bool take) {
    SSL_CTX* const context = handle.context.get();
    handle.remote = std::make_unique<ServerContext::Handle::Remote>(ServerContext::Handle::Remote{
        .settings = std::move(settings),
        .cipher = CipherPtr(EVP_CIPHER_fetch(handle.library, "AES-256-GCM", nullptr)),
        .take = take,
        .removed = {}});
    RESHAKE_CHECK(handle.remote->cipher != nullptr);
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_SERVER |
                     (take ? SSL_SESS_CACHE_NO_INTERNAL_LOOKUP : SSL_SESS_CACHE_NO_INTERNAL));
    if (take) SSL_CTX_sess_set_cache_size(context, latch_size);
    SSL_CTX_sess_set_new_cb(context, on_made);
    SSL_CTX_sess_set_get_cb(context, on_wanted);
    SSL_CTX_sess_set_remove_cb(context, on_dropped);
}

}  // namespace reshake::tls
