#include "models/churn.h"

#include <utility>

#include "sim/base/portable_math.h"

namespace reshake {

OnOffProcess::OnOffProcess(const OnOff& law, Random random) noexcept
    : law_(law), random_(std::move(random)) {
    const auto up = static_cast<double>(law_.mean_up.count());
    const auto down = static_cast<double>(law_.mean_down.count());
    enter(random_.chance(up / (up + down)), run_start);
}

void OnOffProcess::enter(bool up, Instant now) noexcept {
    up_ = up;
    const Duration stay = random_.exponential(up ? law_.mean_up : law_.mean_down);
    until_ = stay < never - now ? now + stay : never;
}

bool OnOffProcess::up(Instant now) noexcept {
    if (now < until_) return up_;
    // At `until_` the state flipped; exponential stays have no memory, so the state at `now`
    // follows from the time since then alone, and the rest of its stay is exponential again.
    const auto mean_up = static_cast<double>(law_.mean_up.count());
    const auto mean_down = static_cast<double>(law_.mean_down.count());
    const double share_up = mean_up / (mean_up + mean_down);
    const double memory = portable_exp(-static_cast<double>((now - until_).count()) *
                                       (1.0 / mean_up + 1.0 / mean_down));
    const double flipped = up_ ? 0.0 : 1.0;
    enter(random_.chance(share_up + (flipped - share_up) * memory), now);
    return up_;
}

}  // namespace reshake
