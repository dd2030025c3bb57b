#include "sim/tls/ticket_callback.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "sim/tls/connection.h"
#include "sim/tls/seams.h"
#include "sim/tls/tenants.h"

namespace reshake::tls {
namespace {

// What the key callback answers. Source: SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
constexpr int key_error = -1;
constexpr int key_not_found = 0;
constexpr int no_key = 0;  // TLS 1.3 sends no ticket then, TLS 1.2 an empty one.
constexpr int sealed = 1;
constexpr int opened = 1;
constexpr int opened_and_renew = 2;

ServerContext::Handle& handle_of(SSL* ssl) noexcept {
    return *static_cast<ServerContext::Handle*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

bool use_key(const ServerContext::Handle& handle, const Stek& stek, const unsigned char* iv,
             EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int encrypt) noexcept {
    auto hmac_key = stek.hmac_key;
    char digest[] = "SHA256";
    const std::array params{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, hmac_key.data(), hmac_key.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    const auto* aes_key = reinterpret_cast<const unsigned char*>(stek.aes_key.data());
    return EVP_CipherInit_ex2(cipher, handle.ticket_cipher, aes_key, iv, encrypt, nullptr) == 1 &&
           EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}

TicketName name_of(const unsigned char* key_name, const unsigned char* iv) noexcept {
    return {.ticket = number_of({iv, sizeof(std::uint64_t)}),
            .key = number_of({key_name, sizeof(std::uint64_t)})};
}

int seal(const ServerContext::Handle& handle, SSL* ssl, unsigned char* key_name, unsigned char* iv,
         EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    const Connection& connection = connection_of(ssl);
    const KeyRing::Sealing sealing = handle.keys->sealing({connection.now, Seams::shown()});
    if (sealing.key == nullptr) return sealing.fails ? key_error : no_key;
    const Stek& of_ring = *sealing.key;
    const Tenant* const owner = owner_of_keys(handle, connection);
    const Stek stek = owner != nullptr ? derive_stek(of_ring, owner->name) : of_ring;
    const auto iv_size = static_cast<std::size_t>(EVP_CIPHER_get_iv_length(handle.ticket_cipher));
    if (RAND_bytes_ex(handle.library, iv, iv_size, 0) != 1) return key_error;
    std::ranges::copy(std::as_bytes(std::span(stek.key_name)),
                      reinterpret_cast<std::byte*>(key_name));
    if (connection.witness != nullptr) {
        connection.witness->issued(name_of(key_name, iv), SSL_session_reused(ssl) == 1);
    }
    return use_key(handle, stek, iv, cipher, mac, 1) ? sealed : key_error;
}

int open(const ServerContext::Handle& handle, Connection& connection, const unsigned char* key_name,
         const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
    connection.offered = name_of(key_name, iv);
    const std::span<const std::byte, 16> name(reinterpret_cast<const std::byte*>(key_name), 16);
    const Tenant* const owner = owner_of_keys(handle, connection);
    const Reading at{connection.now, Seams::shown()};
    const auto lookup = owner != nullptr ? handle.keys->find(ring_name(name, owner->name), at)
                                         : handle.keys->find(name, at);
    if (lookup.key == nullptr) {
        connection.facts.ticket = lookup.verdict;
        return key_not_found;
    }
    // Until the handshake says that it resumed.
    connection.facts.ticket = TicketVerdict::refused;
    const Stek stek = owner != nullptr ? derive_stek(*lookup.key, owner->name) : *lookup.key;
    if (!use_key(handle, stek, iv, cipher, mac, 0)) return key_error;
    return handle.tickets.renew ? opened_and_renew : opened;
}

// A ticket carries the date of the full handshake at the head of its chain of renewals, so that a
// policy can end the chain: OpenSSL itself starts a lifetime anew with each renewal.

int on_ticket_made(SSL* ssl, void*) noexcept {
    SSL_SESSION* const session = SSL_get_session(ssl);
    void* held = nullptr;
    std::size_t size = 0;
    SSL_SESSION_get0_ticket_appdata(session, &held, &size);
    if (size > 0) return 1;  // Inherited from the ticket that this one renews.
    const std::int64_t head = Seams::date().count();
    return SSL_SESSION_set1_ticket_appdata(session, &head, sizeof head);
}

int on_ticket_key(SSL* ssl, unsigned char* key_name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                  EVP_MAC_CTX* mac, int encrypt) noexcept {
    const ServerContext::Handle& handle = handle_of(ssl);
    return encrypt == 1 ? seal(handle, ssl, key_name, iv, cipher, mac)
                        : open(handle, connection_of(ssl), key_name, iv, cipher, mac);
}

SSL_TICKET_RETURN on_ticket_opened(SSL* ssl, SSL_SESSION* session, const unsigned char*,
                                   std::size_t, SSL_TICKET_STATUS status, void*) noexcept {
    Facts& facts = connection_of(ssl).facts;
    TicketVerdict& verdict = facts.ticket;
    switch (status) {
        case SSL_TICKET_SUCCESS:
        case SSL_TICKET_SUCCESS_RENEW:
            // OpenSSL itself turns it down; we only note why, in the order in which it looks.
            if (of_other_context(handle_of(ssl), connection_of(ssl), session)) {
                verdict = TicketVerdict::other_context;
                return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
                                                    : SSL_TICKET_RETURN_USE_RENEW;
            }
            facts.outlived = outlived(session);
            if (facts.outlived > Duration::zero()) verdict = TicketVerdict::expired;
            if (verdict != TicketVerdict::expired && chain_outlived(handle_of(ssl), session)) {
                verdict = TicketVerdict::chain_too_old;
                return SSL_TICKET_RETURN_IGNORE_RENEW;
            }
            if (verdict != TicketVerdict::expired &&
                revoked(handle_of(ssl), connection_of(ssl), session)) {
                verdict = TicketVerdict::revoked;
                return SSL_TICKET_RETURN_IGNORE_RENEW;
            }
            return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
                                                : SSL_TICKET_RETURN_USE_RENEW;
        case SSL_TICKET_NO_DECRYPT:
            // Too short to hold a key name: no ring can have sealed it.
            if (verdict == TicketVerdict::none_offered) verdict = TicketVerdict::unknown_key;
            // There was a key of that name, and the ticket's HMAC does not fit it.
            if (verdict == TicketVerdict::refused) verdict = TicketVerdict::key_damaged;
            return SSL_TICKET_RETURN_IGNORE_RENEW;
        default:  // An empty extension of TLS 1.2 offers nothing, it only asks for a ticket.
            return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
}

}  // namespace

bool of_other_context(const ServerContext::Handle& handle, const Connection& connection,
                      const SSL_SESSION* session) noexcept {
    unsigned int size = 0;
    const unsigned char* const name = SSL_SESSION_get0_id_context(session, &size);
    return session_id_context(handle, connection) !=
           std::string_view(reinterpret_cast<const char*>(name), size);
}

Duration outlived(const SSL_SESSION* session) noexcept {
    const std::chrono::seconds until{SSL_SESSION_get_time_ex(session) +
                                     SSL_SESSION_get_timeout(session)};
    return std::chrono::floor<std::chrono::microseconds>(Seams::date()) - until;
}

bool chain_outlived(const ServerContext::Handle& handle, SSL_SESSION* session) noexcept {
    if (!handle.tickets.max_chain_age) return false;
    void* held = nullptr;
    std::size_t size = 0;
    std::int64_t head = 0;
    SSL_SESSION_get0_ticket_appdata(session, &held, &size);
    if (size != sizeof head) return true;  // Of unknown age.
    std::memcpy(&head, held, sizeof head);
    return Seams::date() - std::chrono::nanoseconds(head) > *handle.tickets.max_chain_age;
}

bool revoked(const ServerContext::Handle& handle, const Connection& connection,
             const SSL_SESSION* session) noexcept {
    if (handle.revocations == nullptr || handle.revocations->empty()) return false;
    const std::string_view tenant =
        handle.tenants.empty() ? std::string_view() : handle.tenants[connection.tenant].tenant.name;
    const std::chrono::seconds made{SSL_SESSION_get_time_ex(session)};
    return handle.revocations->revoked(connection.account, tenant, made - epoch);
}

void lend_ticket_keys(ServerContext::Handle& handle, SSL_CTX* context) noexcept {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket_key);
    // Only who caps chains pays for the date: it makes every ticket longer.
    const auto on_made = handle.tickets.max_chain_age ? on_ticket_made : nullptr;
    SSL_CTX_set_session_ticket_cb(context, on_made, on_ticket_opened, nullptr);
}

}  // namespace reshake::tls
