// Reads each ClientHello for what it offers, and follows the sessions that OpenSSL's cache stores
// and drops. Inside this room only.
#pragma once

#include "sim/tls/handles.h"

namespace reshake::tls {

/// Whether a server with these settings keeps sessions in its memory: its tickets are references.
[[nodiscard]] bool keeps_sessions(const ServerTls& settings) noexcept;

/// Installs the callbacks on one of the handle's contexts. The handle must outlive every
/// connection.
void watch_sessions(ServerContext::Handle& handle, SSL_CTX* context,
                    const ServerTls& settings) noexcept;

/// While it lives, what the cache drops is dropped by a step of `ssl`, not by its end.
class Stepping {
public:
    Stepping(ServerContext::Handle* handle, SSL* ssl) noexcept : handle_(handle) {
        if (handle_ != nullptr) handle_->stepping = ssl;
    }
    ~Stepping() {
        if (handle_ != nullptr) handle_->stepping = nullptr;
    }
    Stepping(const Stepping&) = delete;
    Stepping& operator=(const Stepping&) = delete;

private:
    ServerContext::Handle* handle_;
};

}  // namespace reshake::tls
