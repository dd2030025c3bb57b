// What befalls the machines of servers, and the processes on them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/fate.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Machines are gone at once, and boot again after `lasts`.
///
/// Unlike in a Restart nobody says so: packets to them vanish, no RST, no FIN. Afterwards their
/// kernels know nothing of the connections from before, and answer what still comes with a RST.
struct Crash {
    static constexpr std::string_view type_name = "Crash";

    std::string where{};  ///< Path of a fleet, a site, a server, a session cache or a coordinator.
    Duration start{};
    Duration lasts{};
    Fate keys = Fate::kept;  ///< On a disk; memory is always lost.

    bool operator==(const Crash&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &Crash::where),
                         required("start", &Crash::start, bounds::not_negative),
                         required("lasts", &Crash::lasts, bounds::positive),
                         field("keys", &Crash::keys));
    }
};

/// Processes stand still, as after SIGSTOP, and then go on with whatever they have at hand.
///
/// Their kernels live: SYNs are answered, and what clients send is acknowledged.
struct Freeze {
    static constexpr std::string_view type_name = "Freeze";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    Duration lasts{};

    bool operator==(const Freeze&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &Freeze::where),
                         required("start", &Freeze::start, bounds::not_negative),
                         required("lasts", &Freeze::lasts, bounds::positive));
    }
};

/// Something else needs the servers' cores for a while.
struct Overload {
    static constexpr std::string_view type_name = "Overload";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    Duration lasts{};
    /// Share of every core that others have, by turns: all work takes 1 / (1 - load) times as long.
    double load = 0.0;
    std::uint32_t cores_taken = 0;  ///< That others have for themselves; one is always left.

    bool operator==(const Overload&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("where", &Overload::where),
            required("start", &Overload::start, bounds::not_negative),
            required("lasts", &Overload::lasts, bounds::positive),
            field("load", &Overload::load, {.at_least = 0.0, .at_most = 0.999}),
            field("cores_taken", &Overload::cores_taken, {.at_least = 0.0, .at_most = 1024.0}));
    }
};

}  // namespace reshake
