// What an operator or an app sets of TLS. Names are OpenSSL's; what is not set is OpenSSL's
// default.
//
// Source: SSL_CTX_set1_groups_list(3), SSL_CTX_set_ciphersuites(3), SSL_CTX_set1_sigalgs_list(3),
//         SSL_CTX_set_num_tickets(3), SSL_CTX_set_timeout(3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "models/stek.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Settings of the clients' side.
struct ClientTls {
    static constexpr std::string_view type_name = "ClientTls";

    std::optional<std::string> groups{};        ///< "X25519:P-256"
    std::optional<std::string> ciphersuites{};  ///< "TLS_AES_256_GCM_SHA384"
    std::optional<std::string> sigalgs{};       ///< "ECDSA+SHA256:RSA-PSS+SHA256"

    bool operator==(const ClientTls&) const = default;
    static constexpr auto fields() {
        return std::tuple{field("groups", &ClientTls::groups),
                          field("ciphersuites", &ClientTls::ciphersuites),
                          field("sigalgs", &ClientTls::sigalgs)};
    }
};

/// Key type of the server's leaf certificate and of the chain above it.
enum class CertificateKey { ecdsa_p256, rsa_2048 };

[[nodiscard]] constexpr auto names_of(CertificateKey) noexcept {
    return std::array<std::string_view, 2>{"ecdsa-p256", "rsa-2048"};
}

/// Settings of the servers' side. The chain is leaf + intermediate under a root the clients trust.
struct ServerTls {
    static constexpr std::string_view type_name = "ServerTls";

    CertificateKey certificate = CertificateKey::ecdsa_p256;
    std::optional<std::string> groups{};
    std::optional<std::string> ciphersuites{};
    std::optional<std::string> sigalgs{};

    bool operator==(const ServerTls&) const = default;
    static constexpr auto fields() {
        return std::tuple{
            field("certificate", &ServerTls::certificate), field("groups", &ServerTls::groups),
            field("ciphersuites", &ServerTls::ciphersuites), field("sigalgs", &ServerTls::sigalgs)};
    }
};

/// Who has the same ticket keys: every server of the fleet, or those of one site.
enum class TicketKeyScope { shared, per_site };

[[nodiscard]] constexpr auto names_of(TicketKeyScope) noexcept {
    return std::array<std::string_view, 2>{"shared", "per-site"};
}

/// How a fleet issues session tickets and for how long it honours them.
///
/// Invariant: lifetime is at most 7 days (RFC 8446 section 4.6.1) and whole seconds.
struct Tickets {
    static constexpr std::string_view type_name = "Tickets";

    Duration lifetime = std::chrono::hours(2);  ///< OpenSSL's SSL_CTX_set_timeout; its default.
    TicketKeyScope keys = TicketKeyScope::shared;
    std::optional<StekRotation> rotation{};  ///< None: one key for the whole run.
    std::uint32_t num_tickets = 2;           ///< After a full handshake; a resumption renews one.

    bool operator==(const Tickets&) const = default;
    static constexpr auto fields() {
        return std::tuple{
            field("lifetime", &Tickets::lifetime, {.at_least = 1e9, .at_most = 7 * 86'400e9}),
            field("keys", &Tickets::keys), field("rotation", &Tickets::rotation),
            field("num_tickets", &Tickets::num_tickets, {.at_least = 0.0, .at_most = 100.0})};
    }
};

}  // namespace reshake
