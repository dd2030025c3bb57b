// What a machine's clock shows: the simulation's time, unless a fault has put it off.
//
// TLS reads the machine's clock (lifetimes, ticket ages, certificates); networks and computing go
// by the simulation's time.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.h"

namespace reshake {

/// An instant, and what a machine's clock shows at it.
struct Reading {
    Instant now = run_start;
    Instant date = run_start;

    Reading() = default;
    Reading(Instant right) noexcept : now(right), date(right) {}  // NOLINT(*-explicit-*)
    Reading(Instant at, Instant shown) noexcept : now(at), date(shown) {}

    /// How far the clock is ahead; negative: behind.
    [[nodiscard]] Duration ahead() const noexcept { return date - now; }
};

class WallClock {
public:
    [[nodiscard]] Instant shows(Instant now) const noexcept;
    [[nodiscard]] Reading read(Instant now) const noexcept { return {now, shows(now)}; }

    /// The first instant from `now` on at which it shows `date` or later, if nobody touches it
    /// until then.
    [[nodiscard]] Instant when_it_shows(Instant date, Instant now) const noexcept;

    /// From `now` on it is ahead by `offset` more, and gains `drift_ppm` microseconds per second.
    void put_off(std::uint32_t cause, Duration offset, double drift_ppm, Instant now);
    /// Takes back what `cause` did to it.
    void set_right(std::uint32_t cause) noexcept;

private:
    struct Error {
        std::uint32_t cause = 0;
        Duration offset{};
        double drift_ppm = 0.0;
        Instant since = run_start;
    };
    std::vector<Error> errors_;
};

/// The same where a machine may have no clock of its own: then it is right.
[[nodiscard]] inline Instant shown_by(const WallClock* clock, Instant now) noexcept {
    return clock != nullptr ? clock->shows(now) : now;
}

}  // namespace reshake
