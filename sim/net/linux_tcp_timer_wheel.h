// When a Linux kernel's timers go off: never early, and late by up to an eighth of their delay.
//
// Kernel timers count in jiffies and sit in a wheel whose buckets grow with the distance (a timer
// less than 63 jiffies away has a bucket of its own jiffy; the next 441 jiffies come in buckets of
// 8, and so on), each going off at the end of its bucket. With HZ = 250 that makes a timeout of
// 200 ms fire after 200 to 204 ms, and one of 1 s after 1,000 to 1,032 ms.
//
// Source: kernel/time/timer.c (calc_wheel_index); measured in the packet logs behind
// benchmarks/fidelity: first repetitions of a SYN after 1,000 to 1,035 ms, uniformly; the next,
// counted from the end of a bucket, after 1,024.0 ms.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

#include "sim/base/time.h"

namespace reshake::net::linux_tcp {

/// The kernel's clock tick: CONFIG_HZ=250, what Debian, Ubuntu and the cloud kernels are built
/// with.
using Jiffies = std::chrono::duration<std::int64_t, std::ratio<1, 250>>;
using JiffiesPoint = std::chrono::time_point<VirtualTime, Jiffies>;

/// The resolution in which TCP measures round trips (tcp_mstamp).
using Microseconds = std::chrono::microseconds;
using Stamp = std::chrono::time_point<VirtualTime, Microseconds>;

[[nodiscard]] constexpr Stamp stamp_of(Instant now) noexcept {
    return std::chrono::floor<Microseconds>(now);
}

[[nodiscard]] constexpr JiffiesPoint jiffies_of(Instant now) noexcept {
    return std::chrono::floor<Jiffies>(now);
}

/// usecs_to_jiffies.
[[nodiscard]] constexpr Jiffies round_up(Microseconds duration) noexcept {
    return std::chrono::ceil<Jiffies>(duration);
}

/// Which timers of which connection are late by a tick. Kernels since 6.8 let another processor see
/// to the timers of an idle one, once per tick of its own, and sometimes that misses the tick.
/// Measured on 6.18 with two processors: a third of the timers of less than 16 ticks, a sixth of
/// the others. A busy host has less of it.
struct Tardiness {
    std::uint64_t whose = punctual;

    static constexpr std::uint64_t punctual = 0;
    [[nodiscard]] bool late(JiffiesPoint due, Jiffies wait) const noexcept;
};

/// From the tick at which a timer is due until its handler runs, in soft interrupt context.
inline constexpr Duration tick_to_handler = std::chrono::microseconds(150);

/// When the handler of a timer runs that is set at `now` for `due` (the past counts as now).
[[nodiscard]] Instant timer_fires(Instant now, JiffiesPoint due, Tardiness tardiness) noexcept;

}  // namespace reshake::net::linux_tcp
