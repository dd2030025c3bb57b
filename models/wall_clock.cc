#include "models/wall_clock.h"

#include <cmath>

namespace reshake {

Instant WallClock::shows(Instant now) const noexcept {
    Instant date = now;
    for (const Error& error : errors_) {
        const double gained = static_cast<double>((now - error.since).count()) * error.drift_ppm;
        date += error.offset + Duration{static_cast<std::int64_t>(gained / 1e6)};
    }
    return date;
}

Instant WallClock::when_it_shows(Instant date, Instant now) const noexcept {
    if (date == never) return never;
    const Duration missing = date - shows(now);
    if (missing <= Duration::zero()) return now;
    double rate = 1.0;
    for (const Error& error : errors_) rate += error.drift_ppm / 1e6;
    const double wait = static_cast<double>(missing.count()) / rate;
    if (rate <= 0.0 || wait > static_cast<double>((never - now).count()) / 2) return never;
    // Rounding may have left it a moment short, or gone a moment too far.
    Instant when = now + Duration{static_cast<std::int64_t>(wait)};
    while (when > now && shows(when - Duration{1}) >= date) when -= Duration{1};
    while (shows(when) < date) when += Duration{1};
    return when;
}

void WallClock::put_off(std::uint32_t cause, Duration offset, double drift_ppm, Instant now) {
    errors_.push_back({.cause = cause, .offset = offset, .drift_ppm = drift_ppm, .since = now});
}

void WallClock::set_right(std::uint32_t cause) noexcept {
    std::erase_if(errors_, [cause](const Error& error) { return error.cause == cause; });
}

}  // namespace reshake
