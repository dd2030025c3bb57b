// What the opaque handles of this room's public headers hold. Inside this room only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/client_hello_record.h"
#include "models/external_psk.h"
#include "models/revocations.h"
#include "models/tenants.h"
#include "models/tickets.h"
#include "models/tls_settings.h"
#include "models/wall_clock.h"
#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/key_ring.h"
#include "sim/tls/library.h"
#include "sim/tls/openssl_ptr.h"
#include "sim/tls/session_memory.h"

namespace reshake::tls {

/// Members are freed from the last to the first: fetched algorithms before their provider.
struct Library::Handle {
    LibCtxPtr context;
    ProviderPtr provider;
    CipherPtr ticket_cipher;
};

struct Chain::Handle {
    KeyPtr leaf_key;
    X509Ptr leaf;
    std::vector<X509Ptr> intermediates;  ///< From the root downwards.
    X509Ptr root;
    KeyPtr root_key;
    CertificateKey root_kind = CertificateKey::ecdsa_p256;
};

struct ClientContext::Handle {
    OSSL_LIB_CTX* library;
    std::string server_name;
    bool early_data = false;  ///< Policy: use it where a ticket allows.
    const WallClock* clock = nullptr;
    SslCtxPtr context;
};

struct Connection;

/// A tenant in a server's process.
struct TenantContext {
    Tenant tenant;
    std::vector<std::string> hosts;
    std::string session_id_context;
    SslCtxPtr context;  ///< The first one's is the server's own, which accepts.
};

struct ServerContext::Handle {
    OSSL_LIB_CTX* library;
    const EVP_CIPHER* ticket_cipher;
    KeyRing* keys;
    const WallClock* clock = nullptr;
    Tickets tickets;
    bool by_reference = false;  ///< Tickets refer to sessions in the cache.
    SessionMemory sessions;
    ClientHelloRecord record;
    const ExternalPsks* psks = nullptr;  ///< Those it knows; nullptr: none.
    std::string alpn{};  ///< Protocols as in the extension, the preferred first; empty: none.
    AlpnMismatch alpn_mismatch = AlpnMismatch::alert_fatal;
    std::string session_id_context{};
    TenantIsolation isolation = TenantIsolation::client_hello;
    std::vector<TenantContext> tenants{};
    SessionWitness* witness = nullptr;
    SSL* stepping = nullptr;  ///< The connection whose step is under way.
    bool compress_chain = false;
    const Revocations* revocations = nullptr;  ///< Null: none.
    bool single_use = false;  ///< Of tickets, so that early data is not accepted twice.
    struct Remote;
    std::unique_ptr<Remote> remote{};     ///< Where sessions live outside of the server.
    const Connection* leaving = nullptr;  ///< The connection that is being freed.
    SslCtxPtr context{};

    ~Handle();
};

}  // namespace reshake::tls
