// What laws of times and of sizes are drawn with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "sim/base/portable_math.h"
#include "sim/base/random.h"

namespace reshake {

/// The 90th percentile of the standard normal distribution.
inline constexpr double normal_p90 = 1.2815515655446004;

/// e to the power of x; beyond 10^87, where nothing has a meaning, no more.
[[nodiscard]] inline double bounded_exp(double x) noexcept {
    return portable_exp(std::min(x, 200.0));
}

/// base^exponent for a base of at least 0.
[[nodiscard]] inline double power(double base, double exponent) noexcept {
    return base > 0.0 ? bounded_exp(portable_log(base) * exponent) : 0.0;
}

/// Exponentially distributed with mean 1.
[[nodiscard]] inline double standard_exponential(Random& random) noexcept {
    return -portable_log(1.0 - random.uniform());
}

/// Of the gamma distribution with that shape, at least 1, and scale 1.
///
/// Source: Marsaglia and Tsang, ACM TOMS 26(3), 2000.
[[nodiscard]] inline double standard_gamma(double shape, Random& random) noexcept {
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
        const double x = random.normal();
        const double root = 1.0 + c * x;
        if (root <= 0.0) continue;
        const double v = root * root * root;
        const double u = 1.0 - random.uniform();
        if (portable_log(u) < 0.5 * x * x + d - d * v + d * portable_log(v)) return d * v;
    }
}

/// Where a cumulative distribution of straight lines reaches a value.
struct CurvePoint {
    std::size_t index = 0;  ///< On the line that ends at this point; 0: the first point itself.
    double share = 0.0;     ///< How far along.
};

/// `cumulative` does not fall and ends with 1; `u` lies in [0, 1).
[[nodiscard]] inline CurvePoint point_of(const std::vector<double>& cumulative, double u) noexcept {
    const auto above = std::ranges::upper_bound(cumulative, u);
    const auto index = static_cast<std::size_t>(above - cumulative.begin());
    if (index == 0) return {};
    const double before = cumulative[index - 1];
    return {.index = index, .share = (u - before) / (cumulative[index] - before)};
}

}  // namespace reshake
