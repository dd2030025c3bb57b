// Seals and opens tickets with the ring's keys, and notes what became of the one that was offered.
// Inside this room only.
#pragma once

#include "sim/tls/handles.h"

namespace reshake::tls {

struct Connection;

// The comparisons that OpenSSL makes of a session, without telling (ssl_get_prev_session).
[[nodiscard]] bool of_other_context(const ServerContext::Handle& handle,
                                    const Connection& connection,
                                    const SSL_SESSION* session) noexcept;
/// By how much a session's lifetime is over. Whether it is of the future OpenSSL does not ask.
[[nodiscard]] Duration outlived(const SSL_SESSION* session) noexcept;
/// Whether the full handshake at the head of the session's chain is too long ago for the policy; so
/// it is where the session does not say when that was.
[[nodiscard]] bool chain_outlived(const ServerContext::Handle& handle,
                                  SSL_SESSION* session) noexcept;

/// Whether the policy has revoked the session.
[[nodiscard]] bool revoked(const ServerContext::Handle& handle, const Connection& connection,
                           const SSL_SESSION* session) noexcept;

/// Installs the callbacks on one of the handle's contexts. The handle must outlive every
/// connection.
void lend_ticket_keys(ServerContext::Handle& handle, SSL_CTX* context) noexcept;

}  // namespace reshake::tls
