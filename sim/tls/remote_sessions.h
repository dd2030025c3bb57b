// Sessions in a cache outside of the server: handshakes that wait for them, entries that only
// servers of the fleet can read, and what today's policy says of them. Inside this room only.
#pragma once

#include <openssl/ssl.h>

#include <span>
#include <string>
#include <vector>

#include "sim/tls/handles.h"

namespace reshake::tls {

struct Connection;

struct ServerContext::Handle::Remote {
    RemoteSessions settings;
    CipherPtr cipher;  ///< AES-256-GCM.
    bool take = false;
    std::vector<std::string> removed;  ///< Sessions that must not be used any more, by their keys.
};

/// Installs the callbacks. Sessions must live in a cache (`keeps_sessions`).
void keep_remotely(ServerContext::Handle& handle, RemoteSessions settings, bool take);

/// For a ClientHello that offers the session `id` (or none): what its callback answers.
[[nodiscard]] int inquire(SSL* ssl, std::span<const unsigned char> id) noexcept;

}  // namespace reshake::tls
