#include "sim/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

namespace reshake {
namespace {

using namespace std::chrono_literals;

TEST(Random, AStreamDependsOnItsNameAndNotOnDrawsMadeBefore) {
    Random fresh(7);
    Random used(7);
    for (int i = 0; i < 10; ++i) static_cast<void>(used.next_u64());
    EXPECT_EQ(fresh.stream("phones").next_u64(), used.stream("phones").next_u64());
    EXPECT_EQ(fresh.stream(3).next_u64(), used.stream(3).next_u64());
}

TEST(Random, StreamsOfDifferentNamesSeedsAndPathsDiffer) {
    std::set<std::uint64_t> first;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Random root(seed);
        for (std::uint64_t index = 0; index < 50; ++index) {
            first.insert(root.stream(index).next_u64());
            first.insert(root.stream("a").stream(index).next_u64());
            first.insert(root.stream(index).stream("a").next_u64());
        }
    }
    EXPECT_EQ(first.size(), 20u * 50u * 3u);
}

TEST(Random, UniformIsUniform) {
    Random random(1);
    std::array<int, 10> bins{};
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) ++bins[static_cast<std::size_t>(random.uniform() * 10)];
    double chi_square = 0.0;
    for (const int count : bins) chi_square += std::pow(count - draws / 10.0, 2) / (draws / 10.0);
    EXPECT_LT(chi_square, 27.9);  // 99.9 % of the chi-square distribution with 9 degrees.
}

TEST(Random, ExponentialHasItsMeanAndItsTail) {
    Random random(2);
    double sum = 0.0;
    int beyond_two_means = 0;
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) {
        const Duration draw = random.exponential(10s);
        sum += static_cast<double>(draw.count());
        beyond_two_means += draw > 20s ? 1 : 0;
    }
    EXPECT_NEAR(sum / draws / 1e10, 1.0, 4.0 / std::sqrt(draws));
    const double tail = std::exp(-2.0);
    EXPECT_NEAR(beyond_two_means / double{draws}, tail, 4 * std::sqrt(tail / draws));
}

TEST(Random, NormalHasTheShareOfItsOneTwoAndThreeSigma) {
    Random random(5);
    std::array<int, 3> within{};
    int above = 0;
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) {
        const double draw = random.normal();
        above += draw > 0.0 ? 1 : 0;
        for (std::size_t k = 0; k < within.size(); ++k) {
            within[k] += std::abs(draw) < static_cast<double>(k + 1) ? 1 : 0;
        }
    }
    EXPECT_NEAR(above / double{draws}, 0.5, 4 * std::sqrt(0.25 / draws));
    for (std::size_t k = 0; k < within.size(); ++k) {
        const double share = std::erf(static_cast<double>(k + 1) / std::sqrt(2.0));
        EXPECT_NEAR(within[k] / double{draws}, share, 4 * std::sqrt(share * (1 - share) / draws));
    }
}

TEST(Random, BelowStaysBelow) {
    Random random(3);
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random.below(6));
    EXPECT_EQ(seen, (std::set<std::uint32_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Random, FillIsTheSameInOneCallOrPerWord) {
    Random a(4);
    Random b(4);
    std::array<std::byte, 24> whole{};
    std::array<std::byte, 24> pieces{};
    a.fill(whole);
    b.fill(std::span(pieces).first(8));
    b.fill(std::span(pieces).last(16));
    EXPECT_EQ(whole, pieces);
}

}  // namespace
}  // namespace reshake
