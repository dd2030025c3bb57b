// What the two sides agreed on, in IANA's numbers. Inside this room only.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>

namespace reshake::tls {

/// The group of the key exchange, 0 if there was none.
[[nodiscard]] std::uint16_t negotiated_group(SSL* ssl) noexcept;

}  // namespace reshake::tls
