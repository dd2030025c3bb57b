// Virtual time: the only notion of "now" that simulated code may use.
//
// Units: nanoseconds, signed 64 bit (292 years). Zero is the start of the run.
#pragma once

#include <chrono>

namespace reshake {

using Duration = std::chrono::nanoseconds;

/// Names the virtual time line, so that mixing it with a wall-clock time_point cannot compile.
struct VirtualTime {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
};
using Instant = std::chrono::time_point<VirtualTime, Duration>;

inline constexpr Instant run_start{};
inline constexpr Instant never = Instant::max();

/// The wall date that `run_start` shows to programs inside the simulation: 2026-01-01T00:00:00Z.
///
/// Units: seconds since 1970-01-01.
inline constexpr std::chrono::seconds epoch{1'767'225'600};

/// Source of virtual time. Injected by reference; the run loop owns the one that moves.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const noexcept = 0;
};

/// A clock that a test moves by hand.
class ManualClock final : public Clock {
public:
    [[nodiscard]] Instant now() const noexcept override { return now_; }
    void advance(Duration by) noexcept { now_ += by; }

private:
    Instant now_ = run_start;
};

}  // namespace reshake
