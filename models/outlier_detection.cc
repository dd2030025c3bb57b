#include "models/outlier_detection.h"

#include <algorithm>

namespace reshake {
namespace {

/// Envoy's interval: for each that a server spends in service, one ejection is forgotten.
constexpr Duration forgets_every = std::chrono::seconds(10);

}  // namespace

bool Outlier::note(bool failed, const OutlierDetection& law, Instant now) noexcept {
    if (ejected(now)) return false;
    failures_ = failed ? failures_ + 1 : 0;
    return failures_ >= law.consecutive_failures;
}

Duration Outlier::eject(const OutlierDetection& law, Instant now) noexcept {
    const auto forgotten =
        static_cast<std::uint64_t>(std::max(now - until_, Duration::zero()) / forgets_every);
    times_ -= static_cast<std::uint32_t>(std::min<std::uint64_t>(times_, forgotten));
    ++times_;
    failures_ = 0;
    const Duration lasts =
        std::min(law.base_ejection_time * std::int64_t{times_}, law.max_ejection_time);
    until_ = now + lasts;
    return lasts;
}

}  // namespace reshake
