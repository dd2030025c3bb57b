#include "sim/net/linux_tcp_timer_wheel.h"

#include <algorithm>

#include "sim/base/random.h"

namespace reshake::net::linux_tcp {

bool Tardiness::late(JiffiesPoint due, Jiffies wait) const noexcept {
    if (whose == punctual) return false;
    // A function of the connection and the tick: no other draw depends on it.
    Random draw(whose ^ static_cast<std::uint64_t>(due.time_since_epoch().count()) << 20u);
    return draw.below(6) < (wait < Jiffies(16) ? 2u : 1u);
}

Instant timer_fires(Instant now, JiffiesPoint due, Tardiness tardiness) noexcept {
    constexpr std::int64_t levels[] = {63, 504, 4032, 32256, 258048};
    const JiffiesPoint at = jiffies_of(now);
    due = std::max(due, at);
    int shift = 0;
    for (const std::int64_t start : levels) {
        if (due - at < Jiffies(start)) break;
        shift += 3;
    }
    const std::int64_t bucket = (due.time_since_epoch().count() >> shift) + 1;
    const Jiffies tick(bucket << shift);
    const Jiffies lateness(tardiness.late(due, due - at) ? 1 : 0);
    return Instant(tick + lateness) + tick_to_handler;
}

}  // namespace reshake::net::linux_tcp
