// What befalls ticket keys and remembered sessions, while the servers go on.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Remembered sessions are wiped: those of a session cache, or what each server has in its own
/// memory, its record of ClientHellos included.
struct CacheLoss {
    static constexpr std::string_view type_name = "CacheLoss";

    std::string where{};  ///< Path of a session cache, or of a fleet, a site or a server.
    Duration start{};

    bool operator==(const CacheLoss&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &CacheLoss::where),
                         required("start", &CacheLoss::start, bounds::not_negative));
    }
};

/// Ticket keys are wiped: servers go on with others at once, without a restart.
///
/// Whom they share the new ones with, and what a coordinator has to do with it, is as in Restart.
struct KeyWipe {
    static constexpr std::string_view type_name = "KeyWipe";

    std::string where{};  ///< Path of a fleet, a site, a server, or a key coordinator.
    Duration start{};

    bool operator==(const KeyWipe&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &KeyWipe::where),
                         required("start", &KeyWipe::start, bounds::not_negative));
    }
};

/// Which keys a server has that is out of step with the others.
enum class DesyncedKeys {
    old,    ///< Those it had at the start: it has stopped to rotate.
    other,  ///< A ring that was never anybody else's.
};

[[nodiscard]] constexpr auto names_of(DesyncedKeys) noexcept {
    return std::array<std::string_view, 2>{"old", "other"};
}

/// Servers are out of step with the keys of their fleet, and then in step again.
struct KeyDesync {
    static constexpr std::string_view type_name = "KeyDesync";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    std::optional<Duration> lasts{};  ///< None: for the rest of the run.
    DesyncedKeys keys = DesyncedKeys::old;

    bool operator==(const KeyDesync&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &KeyDesync::where),
                         required("start", &KeyDesync::start, bounds::not_negative),
                         field("lasts", &KeyDesync::lasts, bounds::positive),
                         field("keys", &KeyDesync::keys));
    }
};

/// The key that seals at `start` is damaged in the memory of servers: its name is right, and its
/// bytes are not, until it is loaded anew.
///
/// Each server of `where` has a damage of its own: what it seals only itself can open, and what the
/// others have sealed with the true key it cannot.
struct KeyCorruption {
    static constexpr std::string_view type_name = "KeyCorruption";

    std::string where{};  ///< Path of a fleet, a site or a server.
    Duration start{};
    std::optional<Duration> lasts{};  ///< None: until the key is retired.

    bool operator==(const KeyCorruption&) const = default;
    static constexpr auto fields() {
        return fields_of(required("where", &KeyCorruption::where),
                         required("start", &KeyCorruption::start, bounds::not_negative),
                         field("lasts", &KeyCorruption::lasts, bounds::positive));
    }
};

}  // namespace reshake
