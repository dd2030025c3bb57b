// A session cache of its own: machines on the network that keep TLS sessions for a fleet's servers.
//
// Source: SSL_CTX_sess_set_get_cb(3) (external caching), SSL_CTX_set_client_hello_cb(3) (a
// handshake
//         that waits); the words are memcached's. A replica that is silent is left alone as by
//         twemproxy (server_failure_limit, server_retry_timeout), and by its defaults.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/link.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Whose sessions one cache keeps: those of every server of the fleet, or of one site.
enum class CacheScope { shared, per_site };

[[nodiscard]] constexpr auto names_of(CacheScope) noexcept {
    return std::array<std::string_view, 2>{"shared", "per-site"};
}

/// Which entry goes when the cache is full.
enum class Eviction {
    lru,   ///< The one that was stored or found the longest ago.
    fifo,  ///< The one that was stored the longest ago.
};

[[nodiscard]] constexpr auto names_of(Eviction) noexcept {
    return std::array<std::string_view, 2>{"lru", "fifo"};
}

/// What a session is found by.
enum class CacheKeyScope {
    session_id,  ///< By whoever offers its id.
    tenant,      ///< By its id, at the tenant that it was made for; without tenants the same.
    sni,         ///< By its id, under the host name that it was made for (RFC 6066 section 3).
    alpn,        ///< The same, and for the application protocol that it was made for (RFC 7301).
};

[[nodiscard]] constexpr auto names_of(CacheKeyScope) noexcept {
    return std::array<std::string_view, 4>{"session-id", "tenant", "sni", "alpn"};
}

struct SessionCache {
    static constexpr std::string_view type_name = "SessionCache";

    CacheScope scope = CacheScope::shared;
    std::uint32_t replicas = 1;        ///< Each holds everything; see host::CacheClient.
    std::uint32_t capacity = 100'000;  ///< Entries of each replica.
    std::optional<Duration> ttl{};     ///< None: as long as the session itself may be used.
    Eviction eviction = Eviction::lru;
    CacheKeyScope key_scope = CacheKeyScope::tenant;
    /// Entries are sealed under keys of the fleet, one per tenant, which the cache has not.
    bool encrypted_at_rest = true;
    /// Servers refuse what today's lifetime, chain cap and cipher suites would not have issued.
    bool check_policy = true;
    Link link{.delay = std::chrono::microseconds(250)};  ///< All that lies between it and servers.
    Duration service_time = std::chrono::microseconds(20);  ///< Of one request; one at a time.
    /// How long a server waits for a replica; after the last it makes a full handshake.
    Duration lookup_timeout = std::chrono::milliseconds(50);
    /// After so many lookups in a row that timed out a server leaves a replica alone; 0: never.
    std::uint32_t failure_limit = 2;
    Duration retry_timeout = std::chrono::seconds(30);  ///< For so long.

    bool operator==(const SessionCache&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("scope", &SessionCache::scope),
            field("replicas", &SessionCache::replicas, {.at_least = 1.0, .at_most = 16.0}),
            field("capacity", &SessionCache::capacity, {.at_least = 1.0, .at_most = 1e8}),
            field("ttl", &SessionCache::ttl, {.at_least = 1e9, .at_most = 7 * 86'400e9}),
            field("eviction", &SessionCache::eviction),
            field("key_scope", &SessionCache::key_scope),
            field("encrypted_at_rest", &SessionCache::encrypted_at_rest),
            field("check_policy", &SessionCache::check_policy), field("link", &SessionCache::link),
            field("service_time", &SessionCache::service_time, {.at_least = 0.0, .at_most = 60e9}),
            field("lookup_timeout", &SessionCache::lookup_timeout,
                  {.at_least = 1e5, .at_most = 60e9}),
            field("failure_limit", &SessionCache::failure_limit, {.at_least = 0.0, .at_most = 1e6}),
            field("retry_timeout", &SessionCache::retry_timeout,
                  {.at_least = 1e6, .at_most = 86'400e9}));
    }
};

}  // namespace reshake
