// Logarithm, exponential, gamma function and normal quantile that give the same bits on every
// machine.
//
// The system's libm may round the last bit differently from one release or processor to the next,
// and one bit is enough to move an arrival and with it a whole run. These use only operations
// that IEEE 754 defines to the bit (the build switches contraction off).
#pragma once

namespace reshake {

/// Natural logarithm of x > 0. Relative error below 1e-15.
[[nodiscard]] double portable_log(double x) noexcept;

/// e to the power of x, for x in [-700, 700]; 0 below. Relative error below 1e-14.
[[nodiscard]] double portable_exp(double x) noexcept;

/// Natural logarithm of the gamma function of x, for x >= 1. Error below 1e-13 of what it is, or of
/// 1 where that is more.
[[nodiscard]] double portable_log_gamma(double x) noexcept;

/// Where the standard normal distribution reaches the probability p, for p in (0, 1).
///
/// Source: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988). Relative error below
///         1e-15.
[[nodiscard]] double portable_normal_quantile(double p) noexcept;

}  // namespace reshake
