// The record of what a staged rollout was judged by, and how.
//
// Shape: one row per declared margin each time that a stage is judged.
// Units: `changed` to `high` are shares, or seconds; NaN where too few attempts say nothing.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake::history {

/// What a margin of a CanaryAnalysis is about; named as its fields.
enum class CanaryMetric { failed_share, resumed_share, first_byte_mean };
[[nodiscard]] constexpr auto names_of(CanaryMetric) noexcept {
    return std::array<std::string_view, 3>{"failed_share", "resumed_share", "first_byte_mean"};
}

enum class Verdict {
    go_on,      ///< The difference is not beyond the margin, nor is any of its interval.
    roll_back,  ///< It is, with all of its interval.
    undecided,
};
[[nodiscard]] constexpr auto names_of(Verdict) noexcept {
    return std::array<std::string_view, 3>{"go_on", "roll_back", "undecided"};
}

struct RolloutVerdict {
    static constexpr std::string_view table_name = "rollout";
    static constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

    std::uint32_t fault = 0;  ///< Index into the faults of the run (reshake::faults_of).
    std::uint16_t stage = 0;  ///< From 1.
    Duration since{};         ///< When the stage began, since the start of the run.
    Duration at{};            ///< Attempts count that began since then and ended before this.
    CanaryMetric metric = CanaryMetric::failed_share;
    std::uint32_t changed_count = 0;  ///< Attempts at sites that have the change.
    std::uint32_t others_count = 0;
    double changed = nothing;  ///< Their mean.
    double others = nothing;
    double worse = nothing;  ///< By how much the changed sites are.
    double low = nothing;    ///< Where the interval of `worse` begins.
    double high = nothing;
    Verdict verdict = Verdict::undecided;

    static constexpr auto fields() {
        return fields_of(
            field("fault", &RolloutVerdict::fault), field("stage", &RolloutVerdict::stage),
            field("since", &RolloutVerdict::since), field("at", &RolloutVerdict::at),
            field("metric", &RolloutVerdict::metric),
            field("changed_count", &RolloutVerdict::changed_count),
            field("others_count", &RolloutVerdict::others_count),
            field("changed", &RolloutVerdict::changed), field("others", &RolloutVerdict::others),
            field("worse", &RolloutVerdict::worse), field("low", &RolloutVerdict::low),
            field("high", &RolloutVerdict::high), field("verdict", &RolloutVerdict::verdict));
    }
};

}  // namespace reshake::history
