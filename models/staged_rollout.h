// A change of the servers' settings that goes out site by site, is judged on the way, and is taken
// back where it does harm.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/fate.h"
#include "models/tickets.h"
#include "models/tls_settings.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// The sites that get the change together, and how long they have it before the next ones do.
struct RolloutStage {
    static constexpr std::string_view type_name = "RolloutStage";

    std::vector<std::string> sites{};  ///< Names of the fleet's.
    Duration bake{};

    bool operator==(const RolloutStage&) const = default;
    static constexpr auto fields() {
        return fields_of(required("sites", &RolloutStage::sites),
                         required("bake", &RolloutStage::bake, bounds::positive));
    }
};

/// What follows where no margin is broken and not all are known to hold.
enum class Undecided {
    go_on,
    wait,  ///< The stage bakes as long again, and is judged by all of its time.
    roll_back,
};

[[nodiscard]] constexpr auto names_of(Undecided) noexcept {
    return std::array<std::string_view, 3>{"go-on", "wait", "roll-back"};
}

/// How much worse the changed sites may be than the others, over the time of a stage.
///
/// A margin is broken where a two-sided normal interval of the difference lies beyond it, and holds
/// where none of the interval does.
struct CanaryAnalysis {
    static constexpr std::string_view type_name = "CanaryAnalysis";

    std::optional<double> failed_share{};       ///< More of the attempts fail; none: not judged.
    std::optional<double> resumed_share{};      ///< Fewer of those that are answered resume.
    std::optional<Duration> first_byte_mean{};  ///< The mean time to the first byte is longer.
    double confidence = 0.99;
    std::uint32_t min_count = 10;  ///< Fewer attempts on either side say nothing.
    Undecided undecided = Undecided::go_on;

    bool operator==(const CanaryAnalysis&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("failed_share", &CanaryAnalysis::failed_share, bounds::probability),
            field("resumed_share", &CanaryAnalysis::resumed_share, bounds::probability),
            field("first_byte_mean", &CanaryAnalysis::first_byte_mean, bounds::not_negative),
            field("confidence", &CanaryAnalysis::confidence,
                  {.at_least = 0.5, .at_most = 0.999999}),
            field("min_count", &CanaryAnalysis::min_count, {.at_least = 2.0, .at_most = 1e9}),
            field("undecided", &CanaryAnalysis::undecided));
    }
};

/// New settings stage by stage. At the end of each that leaves other sites to compare with, the
/// analysis says whether the next one follows, or all that has changed gets its former settings
/// and keys back.
///
/// Each change is a reload, as that of a PolicyFlip. Where no stage rolls back, the settings stay.
struct StagedRollout {
    static constexpr std::string_view type_name = "StagedRollout";

    std::string fleet{};
    Duration start{};  ///< Of the first stage.
    std::vector<RolloutStage> stages{};
    std::optional<ServerTls> tls{};    ///< None: as before. The certificates stay.
    std::optional<Tickets> tickets{};  ///< None: as before.
    Fate keys = Fate::kept;  ///< Lost: as in Restart; all changed servers share the new ones.
    std::optional<CanaryAnalysis> analysis{};  ///< None: it goes on whatever it does.

    bool operator==(const StagedRollout&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("fleet", &StagedRollout::fleet),
            required("start", &StagedRollout::start, bounds::not_negative),
            required("stages", &StagedRollout::stages), field("tls", &StagedRollout::tls),
            field("tickets", &StagedRollout::tickets), field("keys", &StagedRollout::keys),
            field("analysis", &StagedRollout::analysis));
    }
};

}  // namespace reshake
