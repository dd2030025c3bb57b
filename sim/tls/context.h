// SSL_CTX of each side: one per configuration of clients, one per process of a server.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/external_psk.h"
#include "models/revocations.h"
#include "models/session_cache.h"
#include "models/tenants.h"
#include "models/tickets.h"
#include "models/tls_settings.h"
#include "models/wall_clock.h"
#include "sim/base/random.h"
#include "sim/tls/certificates.h"
#include "sim/tls/key_ring.h"
#include "sim/tls/library.h"
#include "sim/tls/settings.h"

namespace reshake::tls {

class SessionWitness;

/// Errors: both constructors throw `SettingRefused` with OpenSSL's words when a setting's value is
/// not one OpenSSL knows ("groups", "X25519:Q-256").
///
/// One per configuration, shared by all clients that have it: it keeps no sessions.
class ClientContext {
public:
    /// Trusts the root of `chain`; expects the certificate to name `server_name`.
    ClientContext(const Library& library, const ClientTls& settings, const Chain& chain,
                  std::string server_name);
    ~ClientContext();
    ClientContext(const ClientContext&) = delete;
    ClientContext& operator=(const ClientContext&) = delete;

    /// Of the clients; must outlive every endpoint. Without it the date is the simulation's time.
    void use_clock(const WallClock& clock) noexcept;
    /// Connections tell their onlookers (`Endpoint::watch`) the secrets that decrypt them.
    void log_keys() noexcept;

    struct Handle;
    [[nodiscard]] Handle& handle() const noexcept { return *handle_; }

private:
    std::unique_ptr<Handle> handle_;
};

/// A tenant as a server needs it.
struct TenantSite {
    const Tenant& tenant;
    std::vector<std::string> hosts;
    const Chain& chain;
};

/// How sessions are kept by a cache outside of the servers.
struct RemoteSessions {
    CacheKeyScope key_scope = CacheKeyScope::tenant;
    bool sealed = true;        ///< The cache cannot read what it keeps.
    bool check_policy = true;  ///< What today's policy would not have issued is not used.
    Random keys;               ///< The fleet's: sealing keys follow from it and the tenant.
};

/// What one server's process holds: its settings, and in its memory OpenSSL's session cache and the
/// record of early data. A server that restarts gets a new one.
class ServerContext {
public:
    /// `keys` must outlive the context and every endpoint made from it.
    ServerContext(const Library& library, const ServerTls& settings, const Tickets& tickets,
                  const Chain& chain, KeyRing& keys);
    /// With a context for each of `tenants`, of which there is at least one.
    ServerContext(const Library& library, const ServerTls& settings, const Tickets& tickets,
                  std::span<const TenantSite> tenants, TenantIsolation isolation, KeyRing& keys);
    ~ServerContext();
    ServerContext(const ServerContext&) = delete;
    ServerContext& operator=(const ServerContext&) = delete;

    /// Takes external PSKs, if its settings say so; `psks` must outlive the context.
    void know(const ExternalPsks& psks) noexcept;

    /// From now on tickets are sealed and opened with `keys`, which must outlive the context.
    void change_keys(KeyRing& keys) noexcept;
    /// From now on connections that begin present these: of each tenant, or the one there is. Each
    /// must have keys of the same kind as the one before.
    void change_chains(std::span<const Chain* const> chains);
    /// Sessions that these say are revoked are not resumed. Must outlive the context.
    void refuse(const Revocations& revocations) noexcept;
    /// Of the machine; must outlive every endpoint. Without it the date is the simulation's time.
    void use_clock(const WallClock& clock) noexcept;

    /// Whom to tell of sessions that leave the memory. Must outlive the context.
    void tell(SessionWitness& witness) noexcept;
    /// Sessions that OpenSSL would keep in its cache are kept outside of it: endpoints ask for them
    /// (`Endpoint::awaited_session`). To be said before the first endpoint is made; nothing changes
    /// where tickets hold the sessions.
    void keep_sessions_remotely(RemoteSessions settings);
    /// The keys of sessions that must not be used any more, since the last call.
    [[nodiscard]] std::vector<std::string> take_removed_sessions();

    struct Handle;
    [[nodiscard]] Handle& handle() const noexcept { return *handle_; }

private:
    ServerContext(const Library& library, const Tickets& tickets, KeyRing& keys);

    std::unique_ptr<Handle> handle_;
};

}  // namespace reshake::tls
