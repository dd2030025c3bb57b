#include "models/time_law.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "models/law_math.h"
#include "sim/base/portable_math.h"

namespace reshake {
namespace {

Duration as_time(double nanoseconds) noexcept {
    if (!(nanoseconds < static_cast<double>(longest_time.count()))) return longest_time;
    return Duration{std::max(std::int64_t{1}, static_cast<std::int64_t>(nanoseconds))};
}

double ns(Duration time) noexcept { return static_cast<double>(time.count()); }

/// The standard deviation of the logarithm.
double sigma_of(const LogNormal& law) noexcept {
    return portable_log(ns(law.p90) / ns(law.median)) / normal_p90;
}

double mean(const Exponential& law) noexcept { return ns(law.mean); }
double mean(const Weibull& law) noexcept {
    return ns(law.scale) * bounded_exp(portable_log_gamma(1.0 + 1.0 / law.shape));
}
double mean(const Pareto& law) noexcept { return ns(law.least) * law.shape / (law.shape - 1.0); }
double mean(const LogNormal& law) noexcept {
    const double sigma = sigma_of(law);
    return ns(law.median) * bounded_exp(0.5 * sigma * sigma);
}
double mean(const Constant& law) noexcept { return ns(law.time); }
double mean(const Empirical& law) noexcept {
    double sum = ns(law.times.front()) * law.cumulative.front();
    for (std::size_t i = 1; i < law.times.size(); ++i) {
        const double share = law.cumulative[i] - law.cumulative[i - 1];
        sum += share * 0.5 * (ns(law.times[i - 1]) + ns(law.times[i]));
    }
    return sum;
}

double one(const Exponential& law, Random& random) noexcept {
    return ns(law.mean) * standard_exponential(random);
}
double one(const Weibull& law, Random& random) noexcept {
    return ns(law.scale) * power(standard_exponential(random), 1.0 / law.shape);
}
double one(const Pareto& law, Random& random) noexcept {
    return ns(law.least) * bounded_exp(standard_exponential(random) / law.shape);
}
double one(const LogNormal& law, Random& random) noexcept {
    return ns(law.median) * bounded_exp(sigma_of(law) * random.normal());
}
double one(const Constant& law, Random&) noexcept { return ns(law.time); }
double one(const Empirical& law, Random& random) noexcept {
    const CurvePoint point = point_of(law.cumulative, random.uniform());
    const double least = point.index == 0 ? ns(law.times.front()) : ns(law.times[point.index - 1]);
    return least + point.share * (ns(law.times[point.index]) - least);
}

// A gap that a moment falls into is longer than usual: its density is x f(x) / mean.

double met(const Exponential& law, Random& random) noexcept {
    return ns(law.mean) * (standard_exponential(random) + standard_exponential(random));
}
double met(const Weibull& law, Random& random) noexcept {
    return ns(law.scale) * power(standard_gamma(1.0 + 1.0 / law.shape, random), 1.0 / law.shape);
}
double met(const Pareto& law, Random& random) noexcept {
    return ns(law.least) * bounded_exp(standard_exponential(random) / (law.shape - 1.0));
}
double met(const LogNormal& law, Random& random) noexcept {
    const double sigma = sigma_of(law);
    return ns(law.median) * bounded_exp(sigma * sigma + sigma * random.normal());
}
double met(const Constant& law, Random&) noexcept { return ns(law.time); }
double met(const Empirical& law, Random& random) noexcept {
    double rest = random.uniform() * mean(law) - ns(law.times.front()) * law.cumulative.front();
    if (rest < 0.0) return ns(law.times.front());
    std::size_t i = 1;
    for (; i + 1 < law.times.size(); ++i) {
        const double share = law.cumulative[i] - law.cumulative[i - 1];
        const double part = share * 0.5 * (ns(law.times[i - 1]) + ns(law.times[i]));
        if (rest < part) break;
        rest -= part;
    }
    if (i == law.times.size()) return ns(law.times.back());  // A single point.
    const double low = ns(law.times[i - 1]) * ns(law.times[i - 1]);
    const double high = ns(law.times[i]) * ns(law.times[i]);
    return std::sqrt(low + random.uniform() * (high - low));  // Within a line x f(x) is linear.
}

}  // namespace

double mean_of(const TimeLaw& law) noexcept {
    return std::visit([](const auto& each) { return mean(each); }, law);
}

Duration draw(const TimeLaw& law, Random& random) noexcept {
    return as_time(std::visit([&](const auto& each) { return one(each, random); }, law));
}

Duration draw_rest(const TimeLaw& law, Random& random) noexcept {
    const double whole = std::visit([&](const auto& each) { return met(each, random); }, law);
    return as_time(whole * random.uniform());
}

Renewals::Renewals(const TimeLaw& law, Random random) noexcept
    : law_(&law), random_(std::move(random)), next_(run_start + draw_rest(law, random_)) {}

void Renewals::pass() noexcept {
    const Duration gap = draw(*law_, random_);
    next_ = gap < never - next_ ? next_ + gap : never;
}

}  // namespace reshake
