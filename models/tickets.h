// How a fleet issues session tickets, who has the same keys, and how long tickets are honoured.
//
// Source: SSL_CTX_set_timeout(3), SSL_CTX_set_num_tickets(3),
//         SSL_CTX_set_tlsext_ticket_key_evp_cb(3) (renewal); RFC 8446 section 4.6.1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/key_distribution.h"
#include "models/stek.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Who has the same ticket keys: every server of the fleet, those of one site, or nobody else.
enum class TicketKeyScope { shared, per_site, per_server };

[[nodiscard]] constexpr auto names_of(TicketKeyScope) noexcept {
    return std::array<std::string_view, 3>{"shared", "per-site", "per-server"};
}

/// Invariant: lifetime is at most 7 days (RFC 8446 section 4.6.1) and whole seconds.
struct Tickets {
    static constexpr std::string_view type_name = "Tickets";

    Duration lifetime = std::chrono::hours(2);  ///< OpenSSL's SSL_CTX_set_timeout; its default.
    TicketKeyScope keys = TicketKeyScope::shared;
    std::optional<StekRotation> rotation{};  ///< None: one key for the whole run.
    KeyDistribution distribution{};          ///< How the keys of a rotation reach servers.
    std::uint32_t num_tickets = 2;           ///< After a full handshake; a resumption renews one.
    bool renew = true;                       ///< A resumption brings a new ticket.
    /// Since the full handshake at the head of a chain of renewals; none: chains go on for ever.
    std::optional<Duration> max_chain_age{};

    bool operator==(const Tickets&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("lifetime", &Tickets::lifetime, {.at_least = 1e9, .at_most = 7 * 86'400e9}),
            field("keys", &Tickets::keys), field("rotation", &Tickets::rotation),
            field("distribution", &Tickets::distribution),
            field("num_tickets", &Tickets::num_tickets, {.at_least = 0.0, .at_most = 100.0}),
            field("renew", &Tickets::renew),
            field("max_chain_age", &Tickets::max_chain_age, {.at_least = 1e9}));
    }
};

/// Whether a machine of its own makes the keys.
[[nodiscard]] inline bool has_coordinator(const Tickets& tickets) noexcept {
    return std::holds_alternative<KeyCoordinator>(tickets.distribution);
}

}  // namespace reshake
