// Turns a server's connection to the tenant that its ClientHello names. Inside this room only.
//
// Source: what OpenSSL 3.5 does with a context that is selected in a callback. SSL_set_SSL_CTX
// replaces certificates and, unless the connection has one of its own, the session id context; the
// keys of tickets and the cache stay those of the context that accepted (`session_ctx`). It decides
// on resumption between the ClientHello callback and the servername callback.
#pragma once

#include <string>
#include <string_view>

#include "sim/tls/connection.h"
#include "sim/tls/handles.h"

namespace reshake::tls {

/// Installs the servername callback on the handle's context, which accepts.
void watch_names(ServerContext::Handle& handle) noexcept;

/// In the ClientHello callback: notes whom it names, and what that changes already here.
void note_name(ServerContext::Handle& handle, SSL* ssl, Connection& connection) noexcept;

/// The session id context that OpenSSL compares a session's with.
[[nodiscard]] const std::string& session_id_context(const ServerContext::Handle& handle,
                                                    const Connection& connection) noexcept;

/// The tenant whose own keys seal and open tickets; nullptr: the ring's.
[[nodiscard]] const Tenant* owner_of_keys(const ServerContext::Handle& handle,
                                          const Connection& connection) noexcept;

}  // namespace reshake::tls
