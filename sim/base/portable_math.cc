#include "sim/base/portable_math.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "sim/base/check.h"

namespace reshake {
namespace {

// ln 2 as a sum, so that a multiple of the high part is exact.
constexpr double ln2_high = 0x1.62e42fee00000p-1;
constexpr double ln2_low = 0x1.a39ef35793c76p-33;
constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t exponent_of_one = std::uint64_t{1023} << 52;

/// A polynomial by Horner's rule, the highest power first.
double polynomial(const std::array<double, 8>& coefficients, double x) noexcept {
    double sum = 0.0;
    for (const double each : coefficients) sum = sum * x + each;
    return sum;
}

// AS 241: numerators and denominators of its three rational functions.
constexpr std::array<double, 8> middle_over{2.5090809287301226727e+3, 3.3430575583588128105e+4,
                                            6.7265770927008700853e+4, 4.5921953931549871457e+4,
                                            1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                            1.3314166789178437745e+2, 3.3871328727963666080e+0};
constexpr std::array<double, 8> middle_under{5.2264952788528545610e+3, 2.8729085735721942674e+4,
                                             3.9307895800092710610e+4, 2.1213794301586595867e+4,
                                             5.3941960214247511077e+3, 6.8718700749205790830e+2,
                                             4.2313330701600911252e+1, 1.0};
constexpr std::array<double, 8> flank_over{7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                           2.41780725177450611770e-1, 1.27045825245236838258e+0,
                                           3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                           4.63033784615654529590e+0, 1.42343711074968357734e+0};
constexpr std::array<double, 8> flank_under{1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                            1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                            6.89767334985100004550e-1, 1.67638483018380384940e+0,
                                            2.05319162663775882187e+0, 1.0};
constexpr std::array<double, 8> tail_over{2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                          1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                          2.96560571828504891230e-1, 1.78482653991729133580e+0,
                                          5.46378491116411436990e+0, 6.65790464350110377720e+0};
constexpr std::array<double, 8> tail_under{2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                           1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                           1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                           5.99832206555887937690e-1,  1.0};

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

double portable_normal_quantile(double p) noexcept {
    RESHAKE_CHECK(p > 0.0 && p < 1.0);
    const double from_half = p - 0.5;
    if (std::abs(from_half) <= 0.425) {
        const double r = 0.180625 - from_half * from_half;
        return from_half * polynomial(middle_over, r) / polynomial(middle_under, r);
    }
    const double r = std::sqrt(-portable_log(from_half < 0.0 ? p : 1.0 - p));
    const double reach = r <= 5.0
                             ? polynomial(flank_over, r - 1.6) / polynomial(flank_under, r - 1.6)
                             : polynomial(tail_over, r - 5.0) / polynomial(tail_under, r - 5.0);
    return from_half < 0.0 ? -reach : reach;
}

}  // namespace reshake
