// When clients come: random processes, or a recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/time_law.h"
#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// Visits of each client with exponentially distributed gaps.
struct Poisson {
    static constexpr std::string_view type_name = "Poisson";

    Duration mean_gap{};

    bool operator==(const Poisson&) const = default;
    static constexpr auto fields() {
        return fields_of(required("mean_gap", &Poisson::mean_gap, bounds::positive));
    }
};

/// Visits of people: in bursts, and none at night.
///
/// Pauses within a burst are log-normal, those between bursts exponential, and both pass while the
/// client is awake only: what is left of one in the evening goes on in the morning.
///
/// Source: human activity comes in bursts with heavy-tailed gaps, by day (Barabási, Nature 435,
///         2005; Malmgren et al., PNAS 105, 2008, from which the cascade of bursts is taken).
/// Invariant: `pause_p90` >= `pause_median`. The run begins at midnight.
struct Diurnal {
    static constexpr std::string_view type_name = "Diurnal";

    Duration away{};     ///< Mean waking time from the end of a burst to the next.
    double burst = 3.0;  ///< Visits of a burst in the mean, geometrically distributed.
    Duration pause_median = std::chrono::minutes(2);  ///< Between the visits of a burst.
    Duration pause_p90 = std::chrono::minutes(20);    ///< Nine of ten are not longer.
    Duration night = std::chrono::hours(8);           ///< Every 24 hours; nobody comes.
    Duration bedtime = std::chrono::hours(23);        ///< When the night begins, after midnight.
    /// Each client's bedtime is earlier or later by at most so much, evenly spread.
    Duration spread = std::chrono::hours(2);

    bool operator==(const Diurnal&) const = default;
    static constexpr auto fields() {
        constexpr double hour = 3600e9;
        return fields_of(
            required("away", &Diurnal::away, bounds::positive),
            field("burst", &Diurnal::burst, {.at_least = 1.0, .at_most = 1e6}),
            field("pause_median", &Diurnal::pause_median, {.at_least = 1e6}),
            field("pause_p90", &Diurnal::pause_p90, {.at_least = 1e6}),
            field("night", &Diurnal::night, {.at_least = 0.0, .at_most = 23 * hour}),
            field("bedtime", &Diurnal::bedtime, {.at_least = 0.0, .at_most = 24 * hour}),
            field("spread", &Diurnal::spread, {.at_least = 0.0, .at_most = 12 * hour}));
    }
};

/// Visits of each client with gaps by any law. The run begins in the middle of one.
struct Renewal {
    static constexpr std::string_view type_name = "Renewal";

    TimeLaw gap{};

    bool operator==(const Renewal&) const = default;
    static constexpr auto fields() { return fields_of(required("gap", &Renewal::gap)); }
};

/// A crowd: for a while everybody comes more often.
///
/// The usual rate, of gaps by any law, is multiplied by 1 until `start`, then by a factor that
/// rises in a straight line to `peak` within `ramp`, stays for `lasts`, and falls back to 1 as
/// exp(-t / decay).
struct FlashCrowd {
    static constexpr std::string_view type_name = "FlashCrowd";

    TimeLaw gap{};  ///< Usually.
    Duration start{};
    double peak = 1.0;
    Duration ramp{};
    Duration lasts{};
    Duration decay{};

    bool operator==(const FlashCrowd&) const = default;
    static constexpr auto fields() {
        constexpr Bounds part{.at_least = 0.0, .at_most = 7 * 86'400e9};
        return fields_of(required("gap", &FlashCrowd::gap),
                         required("start", &FlashCrowd::start, bounds::not_negative),
                         required("peak", &FlashCrowd::peak, {.at_least = 1.0, .at_most = 1000.0}),
                         field("ramp", &FlashCrowd::ramp, part),
                         field("lasts", &FlashCrowd::lasts, part),
                         field("decay", &FlashCrowd::decay, part));
    }
};

/// When a client that by its usual rate would have come after `usual` comes in the crowd: the
/// inverse of the integral of the factor.
[[nodiscard]] Duration hastened(const FlashCrowd& law, Duration usual) noexcept;

/// Recorded visits, read from a file of (client, seconds) rows.
///
/// Invariant: `visits[i]` holds the times of the i-th client to appear, sorted; they hash to
/// `sha256`; the reader of the file sees to it.
struct Trace {
    static constexpr std::string_view type_name = "Trace";

    std::string path;
    std::string sha256;
    std::vector<std::vector<Duration>> visits;  ///< Since the start of the run. The file's content.

    bool operator==(const Trace& other) const { return sha256 == other.sha256; }
    static constexpr auto fields() {
        return fields_of(required("path", &Trace::path), field("sha256", &Trace::sha256));
    }
    static constexpr auto content() { return fields_of(field("visits", &Trace::visits)); }
};

using Arrivals = std::variant<Poisson, Diurnal, Renewal, FlashCrowd, Trace>;

/// The arrivals of one client in motion.
class ArrivalProcess {
public:
    /// `law` must outlive the process. `client` is the index within its population.
    ArrivalProcess(const Arrivals& law, std::size_t client, Random random) noexcept;

    /// The visit after the last one returned (the first at the first call), `never` at the end.
    [[nodiscard]] Instant next() noexcept;

private:
    [[nodiscard]] Instant next_by_day(const Diurnal& law) noexcept;
    /// By the clock of the usual rate.
    [[nodiscard]] Duration next_by_gap(const TimeLaw& gap) noexcept;

    const Arrivals* law_;
    Random random_;
    Instant last_ = run_start;
    Duration morning_{};  ///< Of the day on which the run begins, from its start; of `Diurnal`.
    /// Until the last visit: waking time since then of `Diurnal`, usual time of gaps by a law.
    Duration awake_{};
    bool in_burst_ = false;
    std::uint32_t client_;
    std::uint32_t returned_ = 0;
};

}  // namespace reshake
