#include "models/churn.h"

#include <cstdint>
#include <utility>

#include "sim/base/portable_math.h"

namespace reshake {

namespace {

/// Of the events of a process with `mean_gap` those that `share` of them are: a process again. What
/// comes less than once in six years does not come.
Duration thinned(Duration mean_gap, double share) noexcept {
    const double gap = static_cast<double>(mean_gap.count()) / share;
    return gap < 2e17 ? Duration{static_cast<std::int64_t>(gap)} : Duration::max();
}

}  // namespace

RareEvents::RareEvents(Duration mean_gap, Random random) noexcept
    : mean_gap_(mean_gap), random_(std::move(random)) {
    expect(run_start);
}

void RareEvents::expect(Instant now) noexcept {
    if (mean_gap_ == Duration::max()) return;
    const Duration gap = random_.exponential(mean_gap_);
    next_ = gap < never - now ? now + gap : never;
}

bool RareEvents::happened(Instant now) noexcept {
    if (now < next_) return false;
    expect(now);  // Exponential gaps have no memory.
    return true;
}

AppProcess::AppProcess(const AppRestarts& law, const Random& random) noexcept
    : restarts_(thinned(law.mean_gap, 1.0 - law.reinstalls), random.stream("restarts")),
      reinstalls_(thinned(law.mean_gap, law.reinstalls), random.stream("reinstalls")) {}

AppProcess::Lost AppProcess::lost(Instant now) noexcept {
    const bool restarted = restarts_.happened(now);
    if (reinstalls_.happened(now)) return Lost::everything;
    return restarted ? Lost::memory : Lost::nothing;
}

ChurnProcess::ChurnProcess(const Churn& law, Random random) noexcept
    : law_(&law), random_(std::move(random)) {
    if (const auto* on_off = std::get_if<OnOff>(law_)) {
        const auto up = static_cast<double>(on_off->mean_up.count());
        const auto down = static_cast<double>(on_off->mean_down.count());
        enter(*on_off, random_.chance(up / (up + down)), run_start);
    } else if (const auto* stays = std::get_if<Alternating>(law_)) {
        const double up = mean_of(stays->up);
        const bool is_up = random_.chance(up / (up + mean_of(stays->down)));
        enter(is_up, run_start, draw_rest(is_up ? stays->up : stays->down, random_));
    }
}

void ChurnProcess::enter(bool up, Instant now, Duration stay) noexcept {
    up_ = up;
    until_ = stay < never - now ? now + stay : never;
}

void ChurnProcess::enter(const OnOff& law, bool up, Instant now) noexcept {
    enter(up, now, random_.exponential(up ? law.mean_up : law.mean_down));
}

bool ChurnProcess::up(Instant now) noexcept {
    if (now < until_) return up_;
    if (const auto* stays = std::get_if<Alternating>(law_)) return up(*stays, now);
    return up(std::get<OnOff>(*law_), now);
}

bool ChurnProcess::up(const OnOff& law, Instant now) noexcept {
    // At `until_` the state flipped; exponential stays have no memory, so the state at `now`
    // follows from the time since then alone, and the rest of its stay is exponential again.
    const auto mean_up = static_cast<double>(law.mean_up.count());
    const auto mean_down = static_cast<double>(law.mean_down.count());
    const double share_up = mean_up / (mean_up + mean_down);
    const double memory = portable_exp(-static_cast<double>((now - until_).count()) *
                                       (1.0 / mean_up + 1.0 / mean_down));
    const double flipped = up_ ? 0.0 : 1.0;
    enter(law, random_.chance(share_up + (flipped - share_up) * memory), now);
    return up_;
}

bool ChurnProcess::up(const Alternating& law, Instant now) noexcept {
    while (until_ <= now) {
        enter(!up_, until_, draw(up_ ? law.down : law.up, random_));
    }
    return up_;
}

}  // namespace reshake
