#include "models/arrivals.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "models/law_math.h"
#include "sim/base/portable_math.h"

namespace reshake {
namespace {

constexpr Duration day = std::chrono::hours(24);
/// With nights, the days that hold so much waking time still fit into an `Instant`.
static_assert(longest_time < Duration::max() / 24);

Duration pause(const Diurnal& law, Random& random) noexcept {
    const auto median = static_cast<double>(law.pause_median.count());
    const double p90 = portable_log(static_cast<double>(law.pause_p90.count()) / median);
    const double drawn = median * portable_exp(p90 / normal_p90 * random.normal());
    const auto most = static_cast<double>(longest_time.count());
    return Duration{static_cast<std::int64_t>(std::min(drawn, most))};
}

/// Of gaps by a law: beyond any run, however great the crowd was.
constexpr Duration usual_end = 20 * longest_time;
static_assert(usual_end < Duration::max() - longest_time);

/// Where tau + (peak - 1) decay (1 - exp(-tau / decay)) is `sought`, by Newton's method from the
/// left: the function is concave, so that no step goes too far.
double within_decay(double peak, double decay, double sought) noexcept {
    if (decay <= 0.0) return sought;
    double tau = std::max(0.0, sought - (peak - 1.0) * decay);
    for (int i = 0; i < 200; ++i) {
        const double left = portable_exp(-tau / decay);
        const double step =
            (sought - tau - (peak - 1.0) * decay * (1.0 - left)) / (1.0 + (peak - 1.0) * left);
        tau += step;
        if (step < 0.25) break;  // Nanoseconds.
    }
    return tau;
}

}  // namespace

Duration hastened(const FlashCrowd& law, Duration usual) noexcept {
    const auto ns = [](Duration time) { return static_cast<double>(time.count()); };
    if (usual <= law.start) return usual;
    double sought = ns(usual - law.start);
    double passed = 0.0;
    const double ramp = ns(law.ramp);
    const double ramp_area = ramp * 0.5 * (1.0 + law.peak);
    const double peak_area = ns(law.lasts) * law.peak;
    if (sought < ramp_area) {
        // tau + (peak - 1) tau^2 / (2 ramp) = sought.
        passed = 2.0 * sought / (1.0 + std::sqrt(1.0 + 2.0 * (law.peak - 1.0) * sought / ramp));
    } else if (sought -= ramp_area; sought < peak_area) {
        passed = ramp + sought / law.peak;
    } else {
        passed = ramp + ns(law.lasts) + within_decay(law.peak, ns(law.decay), sought - peak_area);
    }
    return law.start + Duration{static_cast<std::int64_t>(passed)};
}

ArrivalProcess::ArrivalProcess(const Arrivals& law, std::size_t client, Random random) noexcept
    : law_(&law), random_(std::move(random)), client_(static_cast<std::uint32_t>(client)) {
    const auto* renewal = std::get_if<Renewal>(law_);
    const auto* crowd = std::get_if<FlashCrowd>(law_);
    if (renewal != nullptr || crowd != nullptr) {
        // Whoever begins to look in the middle of a gap has its rest to wait; see next_by_gap.
        awake_ = Duration{-1};
        return;
    }
    const auto* diurnal = std::get_if<Diurnal>(law_);
    if (diurnal == nullptr) return;
    const double earlier_or_later = 2.0 * random_.stream("bedtime").uniform() - 1.0;
    const double shift = earlier_or_later * static_cast<double>(diurnal->spread.count());
    const Duration bedtime =
        (diurnal->bedtime + Duration{static_cast<std::int64_t>(shift)} + 2 * day) % day;
    morning_ = bedtime + diurnal->night - day;
    awake_ = std::max(-morning_, Duration::zero());
}

Instant ArrivalProcess::next() noexcept {
    if (const auto* poisson = std::get_if<Poisson>(law_)) {
        const Duration gap = random_.exponential(poisson->mean_gap);
        last_ = gap < never - last_ ? last_ + gap : never;
        return last_;
    }
    if (const auto* diurnal = std::get_if<Diurnal>(law_)) return next_by_day(*diurnal);
    if (const auto* renewal = std::get_if<Renewal>(law_)) {
        const Duration at = next_by_gap(renewal->gap);
        return at < longest_time ? run_start + at : never;
    }
    if (const auto* crowd = std::get_if<FlashCrowd>(law_)) {
        const Duration at = next_by_gap(crowd->gap);
        if (at >= usual_end) return never;
        return last_ = std::max(last_, run_start + hastened(*crowd, at));
    }
    const auto& recorded = std::get<Trace>(*law_).visits;
    if (client_ >= recorded.size() || returned_ >= recorded[client_].size()) return never;
    return run_start + recorded[client_][returned_++];
}

Duration ArrivalProcess::next_by_gap(const TimeLaw& gap) noexcept {
    const bool first = awake_ < Duration::zero();
    const Duration passed = first ? Duration::zero() : awake_;
    const Duration wait = first ? draw_rest(gap, random_) : draw(gap, random_);
    awake_ = std::min(passed, usual_end) + wait;
    return awake_;
}

Instant ArrivalProcess::next_by_day(const Diurnal& law) noexcept {
    const Duration gap = in_burst_ ? pause(law, random_) : random_.exponential(law.away);
    in_burst_ = random_.chance(1.0 - 1.0 / law.burst);
    awake_ = std::min(awake_, longest_time) + std::min(gap, longest_time);
    if (awake_ >= longest_time) return never;
    const Duration waking = day - law.night;
    return run_start + morning_ + day * (awake_ / waking) + awake_ % waking;
}

}  // namespace reshake
