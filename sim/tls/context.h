// SSL_CTX of each side: one per configuration, shared by all its connections.
#pragma once

#include <memory>
#include <string>

#include "models/tls_settings.h"
#include "sim/tls/certificates.h"
#include "sim/tls/library.h"
#include "sim/tls/settings.h"
#include "sim/tls/ticket_keys.h"

namespace reshake::tls {

/// Errors: both constructors throw `SettingRefused` with OpenSSL's words when a setting's value is
/// not one OpenSSL knows ("groups", "X25519:Q-256").
class ClientContext {
public:
    /// Trusts the root of `chain`; expects the certificate to name `server_name`.
    ClientContext(const Library& library, const ClientTls& settings, const Chain& chain,
                  std::string server_name);
    ~ClientContext();
    ClientContext(const ClientContext&) = delete;
    ClientContext& operator=(const ClientContext&) = delete;

    struct Handle;
    [[nodiscard]] Handle& handle() const noexcept { return *handle_; }

private:
    std::unique_ptr<Handle> handle_;
};

class ServerContext {
public:
    /// `keys` must outlive the context and every endpoint made from it.
    ServerContext(const Library& library, const ServerTls& settings, const Tickets& tickets,
                  const Chain& chain, TicketKeys& keys);
    ~ServerContext();
    ServerContext(const ServerContext&) = delete;
    ServerContext& operator=(const ServerContext&) = delete;

    struct Handle;
    [[nodiscard]] Handle& handle() const noexcept { return *handle_; }

private:
    std::unique_ptr<Handle> handle_;
};

}  // namespace reshake::tls
