#include "sim/tls/library.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "sim/base/check.h"
#include "sim/tls/handles.h"
#include "sim/tls/provider.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

constexpr const char* provider_name = "reshake";

}  // namespace

Library::Library() : handle_(std::make_unique<Handle>()) {
    const Housekeeping housekeeping{Random(0).stream("library")};
    // The machine's openssl.cnf must not reach into a run.
    RESHAKE_CHECK(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);
    RESHAKE_CHECK(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);
    handle_->context.reset(OSSL_LIB_CTX_new());
    OSSL_LIB_CTX* const context = handle_->context.get();
    RESHAKE_CHECK(context != nullptr);
    RESHAKE_CHECK(OSSL_PROVIDER_add_builtin(context, provider_name, init_provider) == 1);
    handle_->provider.reset(OSSL_PROVIDER_load(context, provider_name));
    RESHAKE_CHECK(handle_->provider != nullptr);
    handle_->ticket_cipher.reset(EVP_CIPHER_fetch(context, "AES-256-CBC", nullptr));
    RESHAKE_CHECK(handle_->ticket_cipher != nullptr);
}

Library::~Library() {
    const Housekeeping housekeeping{Random(0).stream("library")};
    handle_.reset();
}

const char* openssl_version() noexcept { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace reshake::tls
