// What a client stores of its tickets, sealed under a key of the device. Inside this room only.
//
// Source: as the stores of mobile systems do it (Android Keystore, iOS Data Protection):
// AES-256-GCM,
//         NIST SP 800-38D; a nonce of 96 random bits for each.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "sim/tls/endpoint.h"

namespace reshake::tls {

/// Nonce, ciphertext, tag. Only inside an environment, which pays and whose stream makes the nonce.
[[nodiscard]] std::vector<std::byte> seal(OSSL_LIB_CTX* library, const StorageKey& key,
                                          std::span<const std::byte> plain);

/// Nothing if it was not sealed with `key`, or has been changed.
[[nodiscard]] std::optional<std::vector<std::byte>> open(OSSL_LIB_CTX* library,
                                                         const StorageKey& key,
                                                         std::span<const std::byte> sealed);

}  // namespace reshake::tls
