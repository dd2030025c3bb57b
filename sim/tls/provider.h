// Our provider: OpenSSL's built-in default one, with seeded randomness and metered operations.
#pragma once

#include <openssl/core.h>

namespace reshake::tls {

/// For OSSL_PROVIDER_add_builtin.
int init_provider(const OSSL_CORE_HANDLE* core, const OSSL_DISPATCH* from_core,
                  const OSSL_DISPATCH** to_core, void** context) noexcept;

}  // namespace reshake::tls
