#include "models/arrivals.h"

#include <algorithm>
#include <utility>

#include "sim/base/portable_math.h"

namespace reshake {
namespace {

constexpr Duration day = std::chrono::hours(24);
/// No run is as long, and the days that hold so much waking time still fit into an `Instant`.
constexpr Duration long_enough = 4'000 * day;
/// The 90th percentile of the standard normal distribution.
constexpr double normal_p90 = 1.2815515655446004;

Duration pause(const Diurnal& law, Random& random) noexcept {
    const auto median = static_cast<double>(law.pause_median.count());
    const double p90 = portable_log(static_cast<double>(law.pause_p90.count()) / median);
    const double drawn = median * portable_exp(p90 / normal_p90 * random.normal());
    const auto most = static_cast<double>(long_enough.count());
    return Duration{static_cast<std::int64_t>(std::min(drawn, most))};
}

}  // namespace

ArrivalProcess::ArrivalProcess(const Arrivals& law, std::size_t client, Random random) noexcept
    : law_(&law), random_(std::move(random)), client_(static_cast<std::uint32_t>(client)) {
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
    const auto& recorded = std::get<Trace>(*law_).visits;
    if (client_ >= recorded.size() || returned_ >= recorded[client_].size()) return never;
    return run_start + recorded[client_][returned_++];
}

Instant ArrivalProcess::next_by_day(const Diurnal& law) noexcept {
    const Duration gap = in_burst_ ? pause(law, random_) : random_.exponential(law.away);
    in_burst_ = random_.chance(1.0 - 1.0 / law.burst);
    awake_ = std::min(awake_, long_enough) + std::min(gap, long_enough);
    if (awake_ >= long_enough) return never;
    const Duration waking = day - law.night;
    return run_start + morning_ + day * (awake_ / waking) + awake_ % waking;
}

}  // namespace reshake
