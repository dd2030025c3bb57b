#include "models/phases.h"

#include <algorithm>

namespace reshake {

PhaseClock::PhaseClock(const Phases& law, Random random) noexcept : law_(&law) {
    if (law_->shift) shift_ = draw(*law_->shift, random) % law_->every;
}

Duration PhaseClock::time_of_day(Instant now) const noexcept {
    return (now - run_start - shift_ + law_->every) % law_->every;
}

std::size_t PhaseClock::at(Instant now) const noexcept {
    const auto& phases = law_->phases;
    const auto later = std::ranges::upper_bound(phases, time_of_day(now), {}, &DayPhase::start);
    const auto begun = static_cast<std::size_t>(later - phases.begin());
    return begun == 0 ? phases.size() - 1 : begun - 1;
}

Instant PhaseClock::began(Instant now) const noexcept {
    const Duration since = time_of_day(now) - law_->phases[at(now)].start;
    return now - (since < Duration::zero() ? since + law_->every : since);
}

Instant PhaseClock::next_move(Instant now) const noexcept {
    const auto& phases = law_->phases;
    if (phases.size() == 1) return never;  // It follows upon itself.
    const Duration time = time_of_day(now);
    Duration first = Duration::max();
    for (const DayPhase& phase : phases) {
        if (!phase.new_address) continue;
        const Duration wait = phase.start - time;
        first = std::min(first, wait > Duration::zero() ? wait : wait + law_->every);
    }
    return first < never - now ? now + first : never;
}

}  // namespace reshake
