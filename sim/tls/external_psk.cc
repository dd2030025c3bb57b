#include "sim/tls/external_psk.h"

#include <array>
#include <optional>
#include <string_view>

#include "models/external_psk.h"
#include "sim/tls/connection.h"

namespace reshake::tls {
namespace {

/// OpenSSL binds the key to the hash of the session's cipher suite.
constexpr std::array<unsigned char, 2> tls_aes_256_gcm_sha384{0x13, 0x02};

SessionPtr session_of(SSL* ssl, const ExternalPsk& psk) noexcept {
    SessionPtr session(SSL_SESSION_new());
    const SSL_CIPHER* const suite = SSL_CIPHER_find(ssl, tls_aes_256_gcm_sha384.data());
    const bool made = session != nullptr && suite != nullptr &&
                      SSL_SESSION_set1_master_key(
                          session.get(), reinterpret_cast<const unsigned char*>(psk.key.data()),
                          psk.key.size()) == 1 &&
                      SSL_SESSION_set_cipher(session.get(), suite) == 1 &&
                      SSL_SESSION_set_protocol_version(session.get(), TLS1_3_VERSION) == 1;
    return made ? std::move(session) : nullptr;
}

/// `hash` is set after a HelloRetryRequest: then the suite is negotiated, and another hash is an
/// error of ours.
int on_use(SSL* ssl, const EVP_MD* hash, const unsigned char** identity, std::size_t* size,
           SSL_SESSION** session) noexcept {
    *session = nullptr;
    const std::optional<ExternalPsk>& psk = connection_of(ssl).secrets.psk;
    if (!psk || (hash != nullptr && EVP_MD_is_a(hash, "SHA384") != 1)) return 1;
    *identity = reinterpret_cast<const unsigned char*>(psk->identity.data());
    *size = psk->identity.size();
    *session = session_of(ssl, *psk).release();
    return *session != nullptr ? 1 : 0;
}

/// Called for each identity that is offered, tickets too.
int on_find(SSL* ssl, const unsigned char* identity, std::size_t size,
            SSL_SESSION** session) noexcept {
    *session = nullptr;
    const auto& handle =
        *static_cast<const ServerContext::Handle*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (handle.psks == nullptr) return 1;
    const auto psk = handle.psks->find({reinterpret_cast<const char*>(identity), size});
    if (!psk) return 1;
    SessionPtr made = session_of(ssl, *psk);
    if (made == nullptr) return 0;
    // Tickets that follow inherit it; a session that is made by hand has one of five minutes.
    SSL_SESSION_set_timeout(made.get(), SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl)));
    *session = made.release();
    // A client offers its ticket first: what is found here is what the handshake rests on.
    connection_of(ssl).psk_found = true;
    return 1;
}

}  // namespace

void offer_external_psks(SSL_CTX* context) noexcept {
    SSL_CTX_set_psk_use_session_callback(context, on_use);
}

void take_external_psks(SSL_CTX* context) noexcept {
    SSL_CTX_set_psk_find_session_callback(context, on_find);
}

bool rests_on_external_psk(const SSL* ssl) noexcept {
    const Connection& connection = connection_of(ssl);
    if (SSL_session_reused(ssl) != 1 || SSL_version(ssl) != TLS1_3_VERSION) return false;
    if (connection.is_server) return connection.psk_found;
    return connection.secrets.psk && SSL_SESSION_has_ticket(SSL_get0_session(ssl)) == 0;
}

}  // namespace reshake::tls
