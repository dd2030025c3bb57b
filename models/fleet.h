// A fleet: servers in sites that answer for one name, and how they issue and honour tickets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/admission.h"
#include "models/device.h"
#include "models/health_check.h"
#include "models/outlier_detection.h"
#include "models/session_cache.h"
#include "models/tcp.h"
#include "models/tenants.h"
#include "models/tickets.h"
#include "models/tls_settings.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// A point of presence. Clients are at home in one site and reach it after `distance`.
struct Site {
    static constexpr std::string_view type_name = "Site";

    std::string name{};
    Duration distance{};  ///< One way, between the access links of its clients and its servers.
    double share = 1.0;   ///< Of the clients that are at home here, relative to the other sites.

    bool operator==(const Site&) const = default;
    static constexpr auto fields() {
        constexpr Bounds reach{.at_least = 0.0, .at_most = 60e9};
        return fields_of(required("name", &Site::name), field("distance", &Site::distance, reach),
                         field("share", &Site::share, {.at_least = 0.0, .at_most = 1e6}));
    }
};

/// How the server of an attempt is picked within a site.
///
/// Picked when the attempt begins, before its SYN has crossed the network, among the servers that
/// are neither drained nor ejected (by a health check, or as an outlier); if that leaves none, or
/// too few (`OutlierDetection::panic_threshold`), among all that are not drained, and else among
/// all: somebody must say no.
enum class Balancing {
    random,
    round_robin,        ///< In turn, by the order in which all attempts at the site begin.
    least_connections,  ///< With the fewest attempts under way; among equals, in turn.
    consistent_hash,    ///< By client: always the same one of as many servers.
    sticky,             ///< At random, then the same while the client comes back in time.
};

[[nodiscard]] constexpr auto names_of(Balancing) noexcept {
    return std::array<std::string_view, 5>{"random", "round-robin", "least-connections",
                                           "consistent-hash", "sticky"};
}

/// What a server's application does with a request that came as early data (RFC 8470 section 3).
enum class EarlyRequests { answer, wait, too_early };

[[nodiscard]] constexpr auto names_of(EarlyRequests) noexcept {
    return std::array<std::string_view, 3>{"answer", "wait", "too-early"};
}

struct Fleet {
    static constexpr std::string_view type_name = "Fleet";

    std::string name{};
    std::vector<Site> sites{};
    std::uint32_t servers_per_site = 1;
    /// One way, added to the distance of a client's home when it goes to another site.
    Duration between_sites = std::chrono::milliseconds(40);
    Balancing balancing = Balancing::random;
    Duration sticky_lifetime = std::chrono::hours(1);  ///< Since the client's last attempt there.
    std::optional<HealthCheck> health_check{};         ///< None: nobody looks who is up.
    std::optional<OutlierDetection> outlier_detection{};  ///< None: nobody looks who fails.
    std::optional<Admission> admission{};  ///< None: every connection is taken in at once.
    Tickets tickets{};
    ServerTls tls{};
    std::optional<SessionCache> session_cache{};  ///< None: sessions live in each server's memory.
    /// At once; when the handshake is complete; or with 425 (Too Early), so that it is sent again.
    EarlyRequests early_requests = EarlyRequests::answer;
    Device device{.cores = 4, .slowdown = 1.0};
    bool tcp_nodelay = true;     ///< TCP_NODELAY; false: Nagle's algorithm (RFC 896).
    bool tcp_fast_open = false;  ///< Grants cookies and takes data in SYNs (RFC 7413).
    FastOpenKeyScope tcp_fast_open_keys = FastOpenKeyScope::shared;
    Duration idle_timeout = std::chrono::seconds(60);  ///< A silent connection is closed after it.
    std::vector<Tenant> tenants{};                     ///< None: the fleet has one name.
    TenantIsolation tenant_isolation = TenantIsolation::client_hello;

    bool operator==(const Fleet&) const = default;
    static constexpr auto fields() {
        constexpr Bounds reach{.at_least = 0.0, .at_most = 60e9};
        return fields_of(
            required("name", &Fleet::name), required("sites", &Fleet::sites),
            field("servers_per_site", &Fleet::servers_per_site,
                  {.at_least = 1.0, .at_most = 10'000.0}),
            field("between_sites", &Fleet::between_sites, reach),
            field("balancing", &Fleet::balancing),
            field("sticky_lifetime", &Fleet::sticky_lifetime,
                  {.at_least = 1e9, .at_most = 30 * 86'400e9}),
            field("health_check", &Fleet::health_check),
            field("outlier_detection", &Fleet::outlier_detection),
            field("admission", &Fleet::admission), field("tickets", &Fleet::tickets),
            field("tls", &Fleet::tls), field("session_cache", &Fleet::session_cache),
            field("early_requests", &Fleet::early_requests), field("device", &Fleet::device),
            field("tcp_nodelay", &Fleet::tcp_nodelay),
            field("tcp_fast_open", &Fleet::tcp_fast_open),
            field("tcp_fast_open_keys", &Fleet::tcp_fast_open_keys),
            field("idle_timeout", &Fleet::idle_timeout, {.at_least = 1e9, .at_most = 86'400e9}),
            field("tenants", &Fleet::tenants), field("tenant_isolation", &Fleet::tenant_isolation));
    }
};

}  // namespace reshake
