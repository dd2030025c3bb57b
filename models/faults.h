// What goes wrong, or is done to the servers, when, for how long, and for whom.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "models/fate.h"
#include "models/fleet.h"
#include "models/key_faults.h"
#include "models/machine_faults.h"
#include "models/partition.h"
#include "models/policy_faults.h"
#include "models/staged_rollout.h"
#include "models/tickets.h"
#include "models/tls_settings.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Server processes die at `start` and run again after `lasts`.
///
/// So does a key coordinator ("edge/keys"): meanwhile it makes and hands out no keys. Of servers
/// nobody listens: a SYN is answered with a RST. Open connections end with a RST too, as
/// those of a process whose sockets linger for no time (SO_LINGER 0), or that was killed with
/// unread data. The kernel lives on: what it closes by itself goes on, cookies stay valid.
struct Restart {
    static constexpr std::string_view type_name = "Restart";

    std::string where{};  ///< Path of a fleet, a site, a server, or a key coordinator.
    Duration start{};
    Duration lasts{};
    Fate memory = Fate::lost;  ///< Of sessions and ClientHellos, each server's own.
    /// Lost: the servers of `where` get a new ring from the end of the restart on. Those that share
    /// keys by Tickets.keys share the new ones among themselves, and with nobody else. Servers that
    /// have a coordinator ask it for the keys again; a coordinator makes others.
    Fate keys = Fate::kept;

    bool operator==(const Restart&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &Restart::where),
                         required("start", &Restart::start, bounds::not_negative),
                         required("lasts", &Restart::lasts, bounds::positive),
                         field("memory", &Restart::memory), field("keys", &Restart::keys));
    }
};

/// The servers of a fleet get new processes one after the other, site by site, perhaps with new
/// settings.
///
/// Source: with `lasts` 0 as a reload of nginx or HAProxy: new connections are the new process's at
///         once, those that are open finish on the old one. Otherwise each is a Restart.
struct Deploy {
    static constexpr std::string_view type_name = "Deploy";

    std::string fleet{};
    Duration start{};                           ///< Of the first server's turn.
    Duration every = std::chrono::seconds(30);  ///< From one turn to the next.
    std::uint32_t servers_at_once = 1;          ///< In one turn.
    Duration drain{};                           ///< Before each turn: as the grace of a Drain.
    Duration lasts{};                           ///< How long each server is gone.
    std::optional<ServerTls> tls{};             ///< None: as before.
    std::optional<Tickets> tickets{};           ///< None: as before.
    Fate memory = Fate::lost;
    Fate keys = Fate::kept;  ///< Lost: as in Restart; the servers of one deploy share the new ones.

    bool operator==(const Deploy&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("fleet", &Deploy::fleet),
            required("start", &Deploy::start, bounds::not_negative),
            field("every", &Deploy::every, bounds::not_negative),
            field("servers_at_once", &Deploy::servers_at_once, {.at_least = 1.0, .at_most = 1e6}),
            field("drain", &Deploy::drain, bounds::not_negative),
            field("lasts", &Deploy::lasts, bounds::not_negative), field("tls", &Deploy::tls),
            field("tickets", &Deploy::tickets), field("memory", &Deploy::memory),
            field("keys", &Deploy::keys));
    }
};

/// The balancer sends servers nobody new from `start` on; after `grace` they restart.
///
/// What is open has `grace` to finish. A site whose servers are all drained is left out: its
/// clients go to the next one.
struct Drain {
    static constexpr std::string_view type_name = "Drain";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    Duration grace{};
    Duration lasts{};  ///< How long they are gone, after that.
    Fate memory = Fate::lost;
    Fate keys = Fate::kept;

    bool operator==(const Drain&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &Drain::where),
                         required("start", &Drain::start, bounds::not_negative),
                         required("grace", &Drain::grace, bounds::not_negative),
                         required("lasts", &Drain::lasts, bounds::positive),
                         field("memory", &Drain::memory), field("keys", &Drain::keys));
    }
};

/// Clocks are off for a while, and then right again; or they have jumped and stay off.
///
/// What TLS sees is shifted: lifetimes, ages of tickets, certificates; and so are keys that follow
/// from a clock, or carry a date. Networks and computing take the time that they take.
struct ClockSkew {
    static constexpr std::string_view type_name = "ClockSkew";

    std::string where{};     ///< Path of a population, a fleet, a site, a server, or "…/keys".
    Duration offset{};       ///< Ahead; negative: behind.
    double drift_ppm = 0.0;  ///< Microseconds per second that the clock gains meanwhile.
    Duration start{};
    std::optional<Duration> lasts{};  ///< None: for the rest of the run.

    bool operator==(const ClockSkew&) const = default;
    static constexpr auto fields() {
        constexpr double ten_years = 3650 * 86'400e9;
        return fields_of(
            required("where", &ClockSkew::where),
            field("offset", &ClockSkew::offset, {.at_least = -ten_years, .at_most = ten_years}),
            field("drift_ppm", &ClockSkew::drift_ppm, {.at_least = -10'000.0, .at_most = 10'000.0}),
            required("start", &ClockSkew::start, bounds::not_negative),
            field("lasts", &ClockSkew::lasts, bounds::positive));
    }
};

using Fault =
    std::variant<Partition, Restart, Deploy, Drain, ClockSkew, GreyFailure, Crash, Freeze, Overload,
                 CacheLoss, KeyWipe, KeyDesync, KeyCorruption, CertificateExpiry,
                 CertificateReplacement, Revocation, PolicyFlip, StagedRollout>;

/// From the first server's turn until the last is done.
[[nodiscard]] constexpr Duration lasting(const Deploy& deploy, const Fleet& fleet) noexcept {
    const auto servers = static_cast<std::int64_t>(fleet.sites.size()) *
                         static_cast<std::int64_t>(fleet.servers_per_site);
    const std::int64_t turns = (servers + deploy.servers_at_once - 1) / deploy.servers_at_once;
    // What exceeds any run need not be exact.
    constexpr Duration long_enough = std::chrono::hours(24) * 36'500;
    const std::int64_t gaps = turns > 1 ? turns - 1 : 0;
    if (gaps > 0 && deploy.every > long_enough / gaps) return long_enough;
    return deploy.every * gaps + deploy.drain + deploy.lasts;
}

/// From the start of a fault until all of it is over, 0 for what is done at once; none: it stays
/// for the rest of the run, or, of a StagedRollout, only the run can tell.
[[nodiscard]] std::optional<Duration> lasting(const Fault& fault, const Fleet& fleet) noexcept;

}  // namespace reshake
