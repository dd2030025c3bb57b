// What goes wrong, when, for how long, and for whom.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// No packet passes between two groups for a while, either way.
///
/// A group is named by its path: a population ("phones"), a fleet ("edge"), a site ("edge/ams") or
/// a server ("edge/ams/server-1", counted from 1).
struct Partition {
    static constexpr std::string_view type_name = "Partition";

    std::array<std::string, 2> between{};
    Duration start{};
    Duration lasts{};

    bool operator==(const Partition&) const = default;
    static constexpr auto fields() {
        return std::tuple{required("between", &Partition::between),
                          required("start", &Partition::start, bounds::not_negative),
                          required("lasts", &Partition::lasts, bounds::positive)};
    }
};

using Fault = std::variant<Partition>;

}  // namespace reshake
