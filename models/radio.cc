#include "models/radio.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace reshake {

RadioProcess::RadioProcess(const Radio& law, Random random) noexcept
    : law_(law), random_(std::move(random)) {}

Instant RadioProcess::ready(Instant now, bool paged) noexcept {
    if (now >= idle_from_) {
        connected_ = now + law_.promotion;
        if (paged && law_.paging > Duration::zero()) {
            const auto cycle = static_cast<double>(law_.paging.count());
            connected_ += Duration{static_cast<std::int64_t>(random_.uniform() * cycle)};
        }
    } else if (!paged) {
        connected_ = std::min(connected_, now + law_.promotion);  // It does not wait for a page.
    }
    const Instant goes = std::max(now, connected_);
    idle_from_ = std::max(idle_from_, goes + law_.inactivity);
    return goes;
}

}  // namespace reshake
