// What keeps packets from passing between two groups, or from passing well.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "models/jitter.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Which way between the two groups of `between` something is wrong.
enum class Ways { both, first_to_second, second_to_first };

[[nodiscard]] constexpr auto names_of(Ways) noexcept {
    return std::array<std::string_view, 3>{"both", "first-to-second", "second-to-first"};
}

/// Comes and goes: on for the first `share` of each `period`, the first of which begins with the
/// fault.
struct Flapping {
    static constexpr std::string_view type_name = "Flapping";

    Duration period{};
    double share = 0.5;

    bool operator==(const Flapping&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("period", &Flapping::period, bounds::positive),
            field("share", &Flapping::share, {.at_least = 0.0, .at_most = 1.0, .above = true}));
    }
};

/// No packet passes between two groups for a while.
///
/// A group is named by its path: a population ("phones"), a fleet ("edge"), a site ("edge/ams") or
/// a server ("edge/ams/server-1", counted from 1), a session cache, a key coordinator.
struct Partition {
    static constexpr std::string_view type_name = "Partition";

    std::array<std::string, 2> between{};
    Duration start{};
    Duration lasts{};
    Ways ways = Ways::both;
    std::optional<Flapping> flapping{};  ///< None: all the time.

    bool operator==(const Partition&) const = default;
    static constexpr auto fields() {
        return fields_of(required("between", &Partition::between),
                         required("start", &Partition::start, bounds::not_negative),
                         required("lasts", &Partition::lasts, bounds::positive),
                         field("ways", &Partition::ways), field("flapping", &Partition::flapping));
    }
};

/// Packets pass between two groups, but late, or not all of them.
///
/// Source: Huang et al., "Gray Failure", HotOS 2017: what health checks do not see.
struct GreyFailure {
    static constexpr std::string_view type_name = "GreyFailure";

    std::array<std::string, 2> between{};
    Duration start{};
    Duration lasts{};
    double loss = 0.0;  ///< Share of the packets that are lost, each by itself.
    Duration delay{};   ///< Beyond what the way takes anyway.
    std::optional<Jitter> jitter{};
    Ways ways = Ways::both;
    std::optional<Flapping> flapping{};  ///< None: all the time.

    bool operator==(const GreyFailure&) const = default;
    static constexpr auto fields() {
        return fields_of(required("between", &GreyFailure::between),
                         required("start", &GreyFailure::start, bounds::not_negative),
                         required("lasts", &GreyFailure::lasts, bounds::positive),
                         field("loss", &GreyFailure::loss, bounds::probability),
                         field("delay", &GreyFailure::delay, {.at_least = 0.0, .at_most = 60e9}),
                         field("jitter", &GreyFailure::jitter), field("ways", &GreyFailure::ways),
                         field("flapping", &GreyFailure::flapping));
    }
};

}  // namespace reshake
