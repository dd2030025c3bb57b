// Lends external PSKs to OpenSSL's callbacks. Inside this room only.
//
// Source: SSL_CTX_set_psk_use_session_callback(3), SSL_CTX_set_psk_find_session_callback(3).
#pragma once

#include "sim/tls/handles.h"

namespace reshake::tls {

/// Makes every connection of a client's context offer the key that it has, if any.
void offer_external_psks(SSL_CTX* context) noexcept;

/// Makes every connection of a server's context take the keys that the handle knows.
void take_external_psks(SSL_CTX* context) noexcept;

/// Whether a handshake that OpenSSL calls a resumption rests on an external PSK.
[[nodiscard]] bool rests_on_external_psk(const SSL* ssl) noexcept;

}  // namespace reshake::tls
