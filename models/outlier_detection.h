// Ejection by what clients meet: a balancer that stops using servers which keep failing.
//
// Nothing runs on a timer: what follows from time alone is worked out when somebody asks.
//
// Source: Envoy's outlier detection (consecutive failures, ejection times that grow, a limit to the
//         share ejected) and its panic threshold, whose defaults these are.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// A server whose last attempts all failed is ejected for a while.
///
/// Invariant: `max_ejection_time` >= `base_ejection_time`; `validate` sees to it.
struct OutlierDetection {
    static constexpr std::string_view type_name = "OutlierDetection";

    std::uint32_t consecutive_failures = 5;
    std::optional<Duration> slow{};  ///< A TLS handshake that takes longer is a failure, too.
    Duration base_ejection_time = std::chrono::seconds(30);  ///< Times how often, of late.
    Duration max_ejection_time = std::chrono::seconds(300);
    double max_ejected_share = 0.1;  ///< Of a site's servers; one may be ejected at any rate.
    /// A smaller share of usable servers than this: they are all used, ejected or not.
    double panic_threshold = 0.5;

    bool operator==(const OutlierDetection&) const = default;
    static constexpr auto fields() {
        constexpr Bounds time{.at_least = 1e6, .at_most = 86'400e9};
        return fields_of(
            field("consecutive_failures", &OutlierDetection::consecutive_failures,
                  {.at_least = 1.0, .at_most = 1e6}),
            field("slow", &OutlierDetection::slow, time),
            field("base_ejection_time", &OutlierDetection::base_ejection_time, time),
            field("max_ejection_time", &OutlierDetection::max_ejection_time, time),
            field("max_ejected_share", &OutlierDetection::max_ejected_share, bounds::probability),
            field("panic_threshold", &OutlierDetection::panic_threshold, bounds::probability));
    }
};

/// What a balancer makes of how attempts at one server end.
class Outlier {
public:
    /// Whether it has failed so often in a row that it is to be ejected now. What ends while it is
    /// ejected had been asked before, and does not count.
    [[nodiscard]] bool note(bool failed, const OutlierDetection& law, Instant now) noexcept;
    /// Returns for how long.
    Duration eject(const OutlierDetection& law, Instant now) noexcept;
    [[nodiscard]] bool ejected(Instant now) const noexcept { return now < until_; }

private:
    std::uint32_t failures_ = 0;  ///< In a row.
    std::uint32_t times_ = 0;     ///< Ejected, less the time since that has been spent in service.
    Instant until_ = run_start;
};

/// How many of `servers` may be ejected at once.
[[nodiscard]] constexpr std::uint32_t most_ejected(const OutlierDetection& law,
                                                   std::uint32_t servers) noexcept {
    const auto share = static_cast<std::uint32_t>(law.max_ejected_share * servers);
    return share > 0 ? share : 1;
}

}  // namespace reshake
