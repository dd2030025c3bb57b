// A scenario: everything that a run needs but its seed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/clients.h"
#include "models/fault_schedules.h"
#include "models/fleet.h"
#include "models/invariants.h"
#include "models/recorded.h"
#include "models/tcp.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

struct Scenario {
    static constexpr std::string_view type_name = "Scenario";

    Duration duration{};
    std::vector<Clients> clients{};
    std::vector<Fleet> fleets{};  ///< One in this version.
    std::vector<PlannedFault> faults{};
    std::vector<Invariant> invariants{};
    TcpFlavour tcp = usual_tcp;  ///< Of every machine.
    IpVersion ip = IpVersion::ipv4;
    bool audit = false;               ///< Write down every security decision.
    std::vector<Recorded> records{};  ///< Tables that the run fills besides.

    bool operator==(const Scenario&) const = default;
    static constexpr auto fields() {
        return fields_of(  // Ten years: the certificates of a run are valid for that long.
            required("duration", &Scenario::duration,
                     {.at_least = 0.0, .at_most = 3650 * 86'400e9, .above = true}),
            required("clients", &Scenario::clients), required("fleets", &Scenario::fleets),
            field("faults", &Scenario::faults), field("invariants", &Scenario::invariants),
            field("tcp", &Scenario::tcp), field("ip", &Scenario::ip),
            field("audit", &Scenario::audit), field("records", &Scenario::records));
    }
};

enum class Severity { error, warning };

/// Something about a scenario that its user should know.
struct Problem {
    Severity severity = Severity::error;
    std::string path;      ///< "fleets[0].tickets.lifetime"
    std::string sentence;  ///< What was given, and what is allowed; no full stop.

    bool operator==(const Problem&) const = default;
};

/// Everything that is wrong between the parts of `scenario`, and every policy in it that cannot
/// work as meant. What is wrong with one field alone (a type, a range) is found here too.
[[nodiscard]] std::vector<Problem> validate(const Scenario& scenario);

/// A place that a fault can name.
struct PlacePath {
    std::string population{};  ///< Set for a population, else empty.
    std::string fleet{};
    std::string site{};  ///< Empty: the whole fleet.
    int server = -1;     ///< Counted from 0; -1: the whole site.
    bool keys = false;   ///< The fleet's key coordinator.
    bool cache = false;  ///< The session cache of the site, or of the fleet where none is named.
    int replica = -1;    ///< Of the cache, counted from 0; -1: all.
};

/// The place that `path` names in `scenario`; nothing if there is none.
[[nodiscard]] std::optional<PlacePath> find_place(const Scenario& scenario, std::string_view path);

}  // namespace reshake
