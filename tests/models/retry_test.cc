// Waits before retries against their closed forms, and what a budget allows.
#include "models/retry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr int draws = 10'000;

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

std::vector<double> waits(const Retry& retry, std::uint32_t number, Duration last = 0s) {
    const Random random(7);
    std::vector<double> drawn;
    for (std::uint64_t i = 0; i < draws; ++i) {
        drawn.push_back(seconds(backoff_before(retry, number, last, random.stream(i))));
    }
    std::ranges::sort(drawn);
    return drawn;
}

/// The largest distance between the distribution of `drawn` and the uniform one (Kolmogorov).
double distance(const std::vector<double>& drawn, double least, double most) {
    double worst = 0.0;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        const double expected = std::clamp((drawn[i] - least) / (most - least), 0.0, 1.0);
        const auto n = static_cast<double>(drawn.size());
        worst = std::max({worst, std::abs(static_cast<double>(i) / n - expected),
                          std::abs(static_cast<double>(i + 1) / n - expected)});
    }
    return worst;
}

const double critical = 1.63 / std::sqrt(draws);  // At the 1 % level.

TEST(Backoff, WithoutJitterIsTheCeiling) {
    const Retry retry{
        .backoff = 100ms, .multiplier = 3.0, .max_backoff = 1s, .jitter = BackoffJitter::none};
    const std::vector<Duration> expected{100ms, 300ms, 900ms, 1s, 1s};
    for (std::uint32_t number = 1; number <= expected.size(); ++number) {
        EXPECT_EQ(backoff_before(retry, number, 0s, Random(1)), expected[number - 1]);
    }
}

TEST(Backoff, WithMultiplierOneIsConstant) {
    const Retry retry{.backoff = 2s, .multiplier = 1.0, .jitter = BackoffJitter::none};
    for (const std::uint32_t number : {1u, 2u, 99u}) {
        EXPECT_EQ(backoff_before(retry, number, 0s, Random(1)), 2s);
    }
}

TEST(Backoff, StopsAtItsCapHoweverOftenItIsTried) {
    const Retry retry{
        .backoff = 24h, .multiplier = 100.0, .max_backoff = 24h, .jitter = BackoffJitter::none};
    EXPECT_EQ(backoff_before(retry, 99, 0s, Random(1)), 24h);
}

TEST(Backoff, FullAndEqualJitterAreUniformBelowTheCeiling) {
    Retry retry{.backoff = 500ms, .jitter = BackoffJitter::full};
    EXPECT_LT(distance(waits(retry, 1), 0.0, 0.5), critical);
    EXPECT_LT(distance(waits(retry, 3), 0.0, 2.0), critical);
    EXPECT_LT(distance(waits(retry, 20), 0.0, 60.0), critical);
    retry.jitter = BackoffJitter::equal;
    EXPECT_LT(distance(waits(retry, 3), 1.0, 2.0), critical);
}

TEST(Backoff, DecorrelatedJitterGrowsWithTheWaitBefore) {
    const Retry retry{.backoff = 1s,
                      .multiplier = 3.0,
                      .max_backoff = 20s,
                      .jitter = BackoffJitter::decorrelated};
    EXPECT_LT(distance(waits(retry, 1, 15s), 1.0, 3.0), critical);  // Nothing was waited for yet.
    EXPECT_LT(distance(waits(retry, 2, 4s), 1.0, 12.0), critical);
    // Beyond the cap: of U(1, 45) everything above 20 is 20.
    const auto capped = waits(retry, 3, 15s);
    EXPECT_EQ(capped.back(), 20.0);
    const auto at_cap = static_cast<double>(std::ranges::count(capped, 20.0)) / draws;
    EXPECT_NEAR(at_cap, 25.0 / 44.0, 0.02);
}

TEST(RetryBudget, IsNeverExceededAndIsUsedUp) {
    const Retry retry{.budget = RetryBudget{.per_visit = 0.25, .reserve = 5.0}};
    RetryAccount account(retry);
    Random random(3);
    int begun = 0;
    int paid = 0;
    for (int i = 0; i < draws; ++i) {
        if (random.chance(0.5)) {
            account.begin();
            ++begun;
        } else if (account.pay()) {
            ++paid;
        }
        ASSERT_LE(paid, 5.0 + 0.25 * begun);
    }
    EXPECT_GT(paid, 0.25 * begun);
}

TEST(RetryBudget, HoldsNoMoreThanItsReserve) {
    RetryAccount account(Retry{.budget = RetryBudget{.per_visit = 1.0, .reserve = 2.0}});
    for (int i = 0; i < 100; ++i) account.begin();
    EXPECT_TRUE(account.pay());
    EXPECT_TRUE(account.pay());
    EXPECT_FALSE(account.pay());
}

}  // namespace
}  // namespace reshake
