// Rates: what a link carries per second.
#pragma once

#include <compare>
#include <cstdint>

#include "sim/base/check.h"
#include "sim/base/time.h"

namespace reshake {

/// Units: bits per second, above zero where a rate is given at all.
struct BitRate {
    std::int64_t bits_per_second = 0;

    auto operator<=>(const BitRate&) const = default;
};

/// How long `bytes` occupy a line of this rate, rounded up to the nanosecond.
///
/// Invariant: exact up to 1 GiB, since 2^30 * 8 * 10^9 < 2^63.
[[nodiscard]] constexpr Duration serialisation(BitRate rate, std::int64_t bytes) noexcept {
    RESHAKE_CHECK(rate.bits_per_second > 0);
    RESHAKE_CHECK(bytes >= 0 && bytes <= (std::int64_t{1} << 30));
    const std::int64_t bit_nanoseconds = bytes * 8 * 1'000'000'000;
    return Duration{(bit_nanoseconds + rate.bits_per_second - 1) / rate.bits_per_second};
}

}  // namespace reshake
