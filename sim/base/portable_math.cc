#include "sim/base/portable_math.h"

#include <bit>
#include <cstdint>

#include "sim/base/check.h"

namespace reshake {
namespace {

// ln 2 as a sum, so that a multiple of the high part is exact.
constexpr double ln2_high = 0x1.62e42fee00000p-1;
constexpr double ln2_low = 0x1.a39ef35793c76p-33;
constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t exponent_of_one = std::uint64_t{1023} << 52;

}  // namespace

double portable_log(double x) noexcept {
    RESHAKE_CHECK(x > 0.0);
    if (x < 0x1.0p-1022) return portable_log(x * 0x1.0p54) - 54.0 * (ln2_high + ln2_low);
    const auto bits = std::bit_cast<std::uint64_t>(x);
    auto exponent = static_cast<int>(bits >> 52) - 1023;
    auto mantissa = std::bit_cast<double>((bits & mantissa_mask) | exponent_of_one);
    if (mantissa > 1.4142135623730951) {
        mantissa *= 0.5;
        ++exponent;
    }
    // log m = 2 artanh s, s = (m-1)/(m+1), |s| < 0.172: the series falls by s^2 < 0.03 a term.
    const double s = (mantissa - 1.0) / (mantissa + 1.0);
    const double square = s * s;
    double sum = 0.0;
    for (int k = 23; k >= 3; k -= 2) sum = (sum + 1.0 / k) * square;
    const auto scale = static_cast<double>(exponent);
    return scale * ln2_high + (scale * ln2_low + 2.0 * (s + s * sum));
}

double portable_exp(double x) noexcept {
    if (x < -700.0) return 0.0;
    RESHAKE_CHECK(x <= 700.0);
    const double quotient = x * 1.4426950408889634;
    const auto power = static_cast<int>(quotient + (quotient < 0.0 ? -0.5 : 0.5));
    const double rest = (x - power * ln2_high) - power * ln2_low;  // |rest| < 0.35
    double sum = 1.0;
    for (int k = 16; k >= 1; --k) sum = 1.0 + sum * rest / k;
    return sum * std::bit_cast<double>(static_cast<std::uint64_t>(power + 1023) << 52);
}

double portable_log_gamma(double x) noexcept {
    RESHAKE_CHECK(x >= 1.0);
    double product = 1.0;
    while (x < 12.0) product *= x++;  // Where Stirling's series is good enough.
    const double inverse = 1.0 / (x * x);
    double series = 1.0 / 1188.0;
    series = 1.0 / 1680.0 - series * inverse;
    series = 1.0 / 1260.0 - series * inverse;
    series = 1.0 / 360.0 - series * inverse;
    series = (1.0 / 12.0 - series * inverse) / x;
    constexpr double half_log_two_pi = 0.91893853320467274178;
    return (x - 0.5) * portable_log(x) - x + half_log_two_pi + series - portable_log(product);
}

}  // namespace reshake
