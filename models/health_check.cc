#include "models/health_check.h"

namespace reshake {

std::int64_t Health::probes_until(Instant now) const noexcept {
    const Duration since = now - run_start - phase_;
    return since < Duration::zero() ? 0 : since / check_.interval + 1;
}

void Health::change(ProbeAnswer answer, Instant now) {
    // What the probes since the last change have found.
    const std::int64_t now_counted = probes_until(now);
    const std::int64_t found = now_counted - counted_;
    if (!contrary()) {
        if (found > 0) streak_ = 0;
    } else if (streak_ + found >= threshold()) {
        healthy_ = !healthy_;
        streak_ = 0;
    } else {
        streak_ += static_cast<std::uint32_t>(found);
        if (foreseen_) turns_.pop_back();
    }
    counted_ = now_counted;
    answer_ = answer;

    // What those to come will find if nothing changes any more.
    foreseen_ = contrary();
    if (!foreseen_) return;
    const std::int64_t decisive = counted_ + threshold() - streak_ - 1;
    const Duration late = answer == ProbeAnswer::none ? check_.timeout : Duration::zero();
    turns_.push_back(run_start + phase_ + check_.interval * decisive + late);
}

bool Health::healthy(Instant now) {
    while (!turns_.empty() && turns_.front() <= now) {
        shown_ = !shown_;
        turns_.pop_front();
    }
    return shown_;
}

}  // namespace reshake
