// A visit of more than one page: its connections come in rounds.
#pragma once

#include <string_view>

#include "models/time_law.h"
#include "sim/base/fields.h"

namespace reshake {

/// After each round of connections somebody thinks, and perhaps goes on: rounds are geometrically
/// distributed. A round is over when the last of its connections is closed.
struct Rounds {
    static constexpr std::string_view type_name = "Rounds";

    double mean = 1.0;
    TimeLaw think{};

    bool operator==(const Rounds&) const = default;
    static constexpr auto fields() {
        return fields_of(required("mean", &Rounds::mean, {.at_least = 1.0, .at_most = 100.0}),
                         required("think", &Rounds::think));
    }
};

}  // namespace reshake
