// The record of an invariant that did not hold.
//
// Shape: one row per attempt, window or fault that broke it.
// Units: `measured` and `allowed` are shares, or seconds.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake::history {

struct Violation {
    static constexpr std::string_view table_name = "violations";

    std::uint32_t invariant = 0;   ///< Index into Scenario.invariants.
    Duration at{};                 ///< Of the attempt, or of the start of the window.
    std::int32_t population = -1;  ///< -1, here and below: of no single attempt.
    std::int64_t client = -1;
    std::int64_t visit = -1;
    std::int32_t connection = -1;
    std::int32_t attempt = -1;
    double measured = 0.0;
    double allowed = 0.0;

    static constexpr auto fields() {
        return fields_of(
            field("invariant", &Violation::invariant), field("at", &Violation::at),
            field("population", &Violation::population), field("client", &Violation::client),
            field("visit", &Violation::visit), field("connection", &Violation::connection),
            field("attempt", &Violation::attempt), field("measured", &Violation::measured),
            field("allowed", &Violation::allowed));
    }
};

}  // namespace reshake::history
