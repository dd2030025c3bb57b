// Laws of times: how long until something happens.
//
// One law serves gaps between visits, pauses to think, stays on and off the network: whatever lasts
// for a time that is drawn. Draws use Reshake's own logarithm and exponential, so that they are the
// same on every machine.
//
// Source: Ross, "Introduction to Probability Models", chapter 7 (renewal processes, the rest of a
//         gap); Marsaglia and Tsang, ACM TOMS 26(3), 2000 (gamma variates).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// Ten years, as the longest run.
inline constexpr Bounds law_time{.at_least = 0.0, .at_most = 3650 * 86'400e9, .above = true};
/// No run is as long: what exceeds it need not be exact, and a draw never does.
inline constexpr Duration longest_time = std::chrono::hours(24) * 4'000;

/// Without memory: what is left does not depend on what has passed.
struct Exponential {
    static constexpr std::string_view type_name = "Exponential";

    Duration mean{};

    bool operator==(const Exponential&) const = default;
    static constexpr auto fields() {
        return fields_of(required("mean", &Exponential::mean, law_time));
    }
};

/// P(T > t) = exp(-(t / scale)^shape). With a shape below 1 what has lasted will last.
struct Weibull {
    static constexpr std::string_view type_name = "Weibull";

    Duration scale{};
    double shape = 1.0;

    bool operator==(const Weibull&) const = default;
    static constexpr auto fields() {
        return fields_of(required("scale", &Weibull::scale, law_time),
                         required("shape", &Weibull::shape, {.at_least = 0.1, .at_most = 100.0}));
    }
};

/// P(T > t) = (least / t)^shape from `least` on: a heavy tail. The shape is above 1, so that there
/// is a mean.
struct Pareto {
    static constexpr std::string_view type_name = "Pareto";

    Duration least{};
    double shape = 2.0;

    bool operator==(const Pareto&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("least", &Pareto::least, law_time),
            required("shape", &Pareto::shape, {.at_least = 1.0, .at_most = 100.0, .above = true}));
    }
};

/// The logarithm is normally distributed.
///
/// Invariant: `p90` >= `median`, checked by `validate`.
struct LogNormal {
    static constexpr std::string_view type_name = "LogNormal";

    Duration median{};
    Duration p90{};  ///< Nine of ten are not longer.

    bool operator==(const LogNormal&) const = default;
    static constexpr auto fields() {
        return fields_of(required("median", &LogNormal::median, law_time),
                         required("p90", &LogNormal::p90, law_time));
    }
};

/// Always the same.
struct Constant {
    static constexpr std::string_view type_name = "Constant";

    Duration time{};

    bool operator==(const Constant&) const = default;
    static constexpr auto fields() {
        return fields_of(required("time", &Constant::time, law_time));
    }
};

/// A cumulative distribution read from a file of (value, cumulative) rows, straight lines between
/// them.
///
/// Invariant: `times` and `cumulative` are as long as each other, neither falls, the last of
/// `cumulative` is 1 and the last of `times` above zero; they hash to `sha256`; the reader of the
/// file sees to it.
struct Empirical {
    static constexpr std::string_view type_name = "Empirical";

    std::string path;
    std::string sha256;
    std::vector<Duration> times;     ///< The file's content.
    std::vector<double> cumulative;  ///< P(T <= time).

    bool operator==(const Empirical& other) const { return sha256 == other.sha256; }
    static constexpr auto fields() {
        return fields_of(required("path", &Empirical::path), field("sha256", &Empirical::sha256));
    }
    static constexpr auto content() {
        return fields_of(field("times", &Empirical::times),
                         field("cumulative", &Empirical::cumulative));
    }
};

using TimeLaw = std::variant<Exponential, Weibull, Pareto, LogNormal, Constant, Empirical>;

/// Units: nanoseconds.
[[nodiscard]] double mean_of(const TimeLaw& law) noexcept;

/// A time by the law, at least 1 ns and at most `longest_time`.
[[nodiscard]] Duration draw(const TimeLaw& law, Random& random) noexcept;

/// What is left of such a time at a moment that knows nothing of it: whoever begins to look in the
/// middle finds a longer gap than usual, and is somewhere in it.
[[nodiscard]] Duration draw_rest(const TimeLaw& law, Random& random) noexcept;

/// Something that happens again and again, with gaps by a law, for somebody who only asks now and
/// then: exact, and costs a draw for each time that it has happened meanwhile.
class Renewals {
public:
    /// `law` must outlive the process, which has been going on since before the run.
    Renewals(const TimeLaw& law, Random random) noexcept;

    /// The first one that has not been passed.
    [[nodiscard]] Instant next() const noexcept { return next_; }
    /// Passes it.
    void pass() noexcept;

private:
    const TimeLaw* law_;
    Random random_;
    Instant next_;
};

}  // namespace reshake
