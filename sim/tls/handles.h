// What the opaque handles of this room's public headers hold. Inside this room only.
#pragma once

#include <string>

#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/library.h"
#include "sim/tls/openssl_ptr.h"
#include "sim/tls/ticket_keys.h"

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
    X509Ptr intermediate;
    X509Ptr root;
};

struct ClientContext::Handle {
    OSSL_LIB_CTX* library;
    std::string server_name;
    SslCtxPtr context;
};

struct ServerContext::Handle {
    OSSL_LIB_CTX* library;
    const EVP_CIPHER* ticket_cipher;
    TicketKeys* keys;
    SslCtxPtr context;
};

}  // namespace reshake::tls
