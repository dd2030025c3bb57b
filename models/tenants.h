// Tenants: customers whose names are served by the same servers, and who must not share sessions.
//
// Source: RFC 6066 section 3 (server_name); SSL_CTX_set_tlsext_servername_callback(3),
//         SSL_CTX_set_client_hello_cb(3), SSL_CTX_set_session_id_context(3); CVE-2025-23419.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"

namespace reshake {

/// Whose ticket keys a tenant's tickets are sealed with.
enum class TenantKeys { own, shared };

[[nodiscard]] constexpr auto names_of(TenantKeys) noexcept {
    return std::array<std::string_view, 2>{"own", "shared"};
}

/// A customer of the fleet: its host names, all in one certificate of its own.
struct Tenant {
    static constexpr std::string_view type_name = "Tenant";

    std::string name{};
    std::uint32_t hosts = 1;            ///< Names that its certificate covers.
    TenantKeys keys = TenantKeys::own;  ///< Derived from the fleet's, so that they rotate with it.

    bool operator==(const Tenant&) const = default;
    static constexpr auto fields() {
        return fields_of(required("name", &Tenant::name),
                         field("hosts", &Tenant::hosts, {.at_least = 1.0, .at_most = 100.0}),
                         field("keys", &Tenant::keys));
    }
};

/// When a server's process turns to the tenant that a ClientHello names, and what keeps sessions
/// apart. The first tenant's context is the one that accepts.
///
/// OpenSSL decides on resumption before it calls the servername callback, with the keys, the cache
/// and the session id context that the connection has until then: the first tenant's.
enum class TenantIsolation {
    client_hello,        ///< Selects the context in the ClientHello callback: before resumption.
    session_id_context,  ///< As context_switch, and names the tenant's session id context there.
    servername_check,    ///< As context_switch, and aborts where the session is another tenant's.
    context_switch,      ///< Selects the context in the servername callback, as many servers do.
};

[[nodiscard]] constexpr auto names_of(TenantIsolation) noexcept {
    return std::array<std::string_view, 4>{"client-hello", "session-id-context", "servername-check",
                                           "context-switch"};
}

/// Under `domain`: "shop.edge.example", "2.shop.edge.example", …
[[nodiscard]] inline std::vector<std::string> host_names(const Tenant& tenant,
                                                         const std::string& domain) {
    std::vector<std::string> names{tenant.name + "." + domain};
    for (std::uint32_t i = 2; i <= tenant.hosts; ++i) {
        names.push_back(std::to_string(i) + "." + names.front());
    }
    return names;
}

/// Of a tenant's context, given the fleet's.
[[nodiscard]] inline std::string session_id_context_of(const Tenant& tenant,
                                                       const std::string& fleets) {
    return fleets + "/" + tenant.name;
}

/// All that OpenSSL takes: SSL_MAX_SID_CTX_LENGTH.
inline constexpr std::size_t longest_session_id_context = 32;

}  // namespace reshake
