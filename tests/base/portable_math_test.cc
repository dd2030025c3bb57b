#include "sim/base/portable_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace reshake {
namespace {

TEST(PortableMath, LogarithmAgreesWithLibmToTheLastFewBits) {
    for (double x = 1e-300; x < 1e300; x *= 1.7) {
        EXPECT_NEAR(portable_log(x), std::log(x), 1e-15 * std::abs(std::log(x)) + 1e-16) << x;
    }
    EXPECT_EQ(portable_log(1.0), 0.0);
    EXPECT_NEAR(portable_log(0x1.0p-1070), std::log(0x1.0p-1070), 1e-12);
}

TEST(PortableMath, ExponentialAgreesWithLibm) {
    for (double x = -699.0; x < 699.0; x += 0.37) {
        EXPECT_NEAR(portable_exp(x) / std::exp(x), 1.0, 2e-14) << x;
    }
    EXPECT_EQ(portable_exp(0.0), 1.0);
    EXPECT_EQ(portable_exp(-1e9), 0.0);
}

TEST(PortableMath, LogarithmOfGammaAgreesWithLibm) {
    for (double x = 1.0; x < 200.0; x += 0.037) {
        const double known = std::lgamma(x);
        EXPECT_NEAR(portable_log_gamma(x), known, 1e-13 * std::max(1.0, std::abs(known))) << x;
    }
    EXPECT_NEAR(portable_log_gamma(6.0), std::log(120.0), 1e-13);
}

TEST(PortableMath, NormalQuantileIsWhereTheDistributionReachesTheProbability) {
    for (double p = 1e-12; p < 1.0; p += p < 0.01 ? p : 0.007) {
        const double x = portable_normal_quantile(p);
        EXPECT_NEAR(0.5 * std::erfc(-x / std::sqrt(2.0)) / p, 1.0, 1e-13) << p;
    }
    EXPECT_EQ(portable_normal_quantile(0.5), 0.0);
    EXPECT_EQ(portable_normal_quantile(0.75), -portable_normal_quantile(0.25));
    EXPECT_NEAR(portable_normal_quantile(0.995), 2.5758293035489004, 1e-15);
}

// These bits were computed once; another machine or compiler must find the same ones.
TEST(PortableMath, GivesTheSameBitsEverywhere) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(portable_log(0.3)), std::uint64_t{0xbff34378fcbda721});
    EXPECT_EQ(std::bit_cast<std::uint64_t>(portable_exp(-1.7)), std::uint64_t{0x3fc7622c78a98a07});
}

}  // namespace
}  // namespace reshake
