// What operators do to certificates, sessions and settings of servers that run, or fail to do.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/tickets.h"
#include "models/tls_settings.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Which certificate of a chain.
enum class ChainPart { leaf, intermediate };

[[nodiscard]] constexpr auto names_of(ChainPart) noexcept {
    return std::array<std::string_view, 2>{"leaf", "intermediate"};
}

/// A certificate of the servers expires at `start`, and is renewed after `lasts`.
///
/// Whoever verifies it in between ends the handshake with certificate_expired (RFC 8446 section
/// 6.2). A resumption verifies nothing (section 2.2) and goes on.
struct CertificateExpiry {
    static constexpr std::string_view type_name = "CertificateExpiry";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    std::optional<Duration> lasts{};  ///< None: nobody renews it.
    ChainPart which = ChainPart::leaf;

    bool operator==(const CertificateExpiry&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &CertificateExpiry::where),
                         required("start", &CertificateExpiry::start, bounds::not_negative),
                         field("lasts", &CertificateExpiry::lasts, bounds::positive),
                         field("which", &CertificateExpiry::which));
    }
};

/// New processes of the servers have another chain, under the same root; all at once, as by a
/// reload: open connections finish on the old ones.
struct CertificateReplacement {
    static constexpr std::string_view type_name = "CertificateReplacement";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    std::optional<Duration> lasts{};  ///< Until the former chain is back; none: it stays.
    std::optional<CertificateKey> certificate{};   ///< None: the same kind of keys, but other ones.
    std::optional<std::uint32_t> intermediates{};  ///< None: as many as before.
    /// From when to when it is valid, since the start of the run; none: as every certificate.
    std::optional<Duration> not_before{};
    std::optional<Duration> not_after{};
    ChainPart which = ChainPart::leaf;  ///< Whose dates these are.

    bool operator==(const CertificateReplacement&) const = default;
    static constexpr auto fields() {
        constexpr Bounds ten_years{.at_least = -3650 * 86'400e9, .at_most = 3650 * 86'400e9};
        return fields_of(required("where", &CertificateReplacement::where),
                         required("start", &CertificateReplacement::start, bounds::not_negative),
                         field("lasts", &CertificateReplacement::lasts, bounds::positive),
                         field("certificate", &CertificateReplacement::certificate),
                         field("intermediates", &CertificateReplacement::intermediates,
                               {.at_least = 0.0, .at_most = 8.0}),
                         field("not_before", &CertificateReplacement::not_before, ten_years),
                         field("not_after", &CertificateReplacement::not_after, ten_years),
                         field("which", &CertificateReplacement::which));
    }
};

/// From `start` on, servers resume no session that was made before it: of all clients, or of some.
///
/// Source: a date in the servers' policy, as one rolls out when a device is stolen or a certificate
///         is revoked; whose ticket it is, a server that asks such things writes into it.
/// Units: the date is compared by whole seconds, as OpenSSL keeps it in a ticket: what was made
///        within the second of `start` is refused too.
struct Revocation {
    static constexpr std::string_view type_name = "Revocation";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    std::optional<std::string> population{};  ///< None: everybody's.
    std::optional<std::uint32_t> client{};    ///< Of that population, from 0; none: all of them.
    std::optional<std::string> tenant{};  ///< Sessions that rest on its certificate; none: on any.

    bool operator==(const Revocation&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("where", &Revocation::where),
            required("start", &Revocation::start, bounds::not_negative),
            field("population", &Revocation::population),
            field("client", &Revocation::client, {.at_least = 0.0, .at_most = 4'294'967'295.0}),
            field("tenant", &Revocation::tenant));
    }
};

/// New settings on some servers, all at once and without a rollout, and perhaps back again.
///
/// As a Deploy with `lasts` 0 in one turn: open connections finish on the old processes, and what
/// the servers had in their memory is lost.
struct PolicyFlip {
    static constexpr std::string_view type_name = "PolicyFlip";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    std::optional<Duration> lasts{};  ///< Until the former settings are back; none: they stay.
    std::optional<ServerTls> tls{};   ///< None: as before. The certificates stay.
    std::optional<Tickets>
        tickets{};  ///< None: as before. `keys`, `rotation`, `distribution` stay.

    bool operator==(const PolicyFlip&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &PolicyFlip::where),
                         required("start", &PolicyFlip::start, bounds::not_negative),
                         field("lasts", &PolicyFlip::lasts, bounds::positive),
                         field("tls", &PolicyFlip::tls), field("tickets", &PolicyFlip::tickets));
    }
};

}  // namespace reshake
