// Laws of times and sizes against their closed forms: 10^5 draws each, by Kolmogorov and Smirnov's
// test, by the mean, and the same for what is left of a gap at a random moment.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "models/arrivals.h"
#include "models/churn.h"
#include "models/size_law.h"
#include "models/time_law.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr int draws = 100'000;
/// A true law is rejected once in a thousand; the seeds are fixed, so here always or never.
const double critical = std::sqrt(-0.5 * std::log(0.0005)) / std::sqrt(double{draws});

using Distribution = std::function<double(double seconds)>;

/// The largest distance between the draws' distribution and `known`. Sorts the draws.
double distance(std::vector<double>& drawn, const Distribution& known) {
    std::ranges::sort(drawn);
    double worst = 0.0;
    const auto count = static_cast<double>(drawn.size());
    for (std::size_t i = 0; i < drawn.size();) {
        std::size_t end = i;
        while (end < drawn.size() && drawn[end] == drawn[i]) ++end;
        const double at = known(drawn[i]);
        // At an atom the distribution jumps: only what lies to its right is compared with it.
        worst = std::max(worst, std::abs(static_cast<double>(end) / count - at));
        if (end == i + 1) worst = std::max(worst, std::abs(static_cast<double>(i) / count - at));
        i = end;
    }
    return worst;
}

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

struct Known {
    const char* name;
    TimeLaw law;
    Distribution cdf;
    double mean = 0.0;      ///< Seconds.
    double variance = 0.0;  ///< 0: infinite, or without use.
};

std::vector<Known> known_laws() {
    const double sigma = std::log(6.25) / 1.2815515655446004;
    const auto weibull = [](double scale, double shape) {
        return Known{.name = shape < 1.0 ? "Weibull below 1" : "Weibull above 1",
                     .law = Weibull{.scale = Duration(std::int64_t(scale * 1e9)), .shape = shape},
                     .cdf = [=](double t) { return 1.0 - std::exp(-std::pow(t / scale, shape)); },
                     .mean = scale * std::tgamma(1.0 + 1.0 / shape),
                     .variance = scale * scale *
                                 (std::tgamma(1.0 + 2.0 / shape) -
                                  std::pow(std::tgamma(1.0 + 1.0 / shape), 2))};
    };
    return {
        {.name = "Exponential",
         .law = Exponential{.mean = 20s},
         .cdf = [](double t) { return 1.0 - std::exp(-t / 20.0); },
         .mean = 20.0,
         .variance = 400.0},
        weibull(30.0, 0.6),
        weibull(30.0, 2.5),
        {.name = "Pareto",
         .law = Pareto{.least = 4s, .shape = 2.6},
         .cdf = [](double t) { return t < 4.0 ? 0.0 : 1.0 - std::pow(4.0 / t, 2.6); },
         .mean = 4.0 * 2.6 / 1.6,
         .variance = 16.0 * 2.6 / (1.6 * 1.6 * 0.6)},
        {.name = "LogNormal",
         .law = LogNormal{.median = 4min, .p90 = 25min},
         .cdf = [=](double t) { return normal_cdf(std::log(t / 240.0) / sigma); },
         .mean = 240.0 * std::exp(sigma * sigma / 2.0)},
        {.name = "Constant",
         .law = Constant{.time = 7s},
         .cdf = [](double t) { return t < 7.0 ? 0.0 : 1.0; },
         .mean = 7.0},
        // A third of a second half the time or less; then a line to 1 s, a gap, and a line to 10 s.
        {.name = "Empirical",
         .law = Empirical{.path = {},
                          .sha256 = {},
                          .times = {0s, 1s, 2s, 10s},
                          .cumulative = {0.1, 0.6, 0.6, 1.0}},
         .cdf =
             [](double t) {
                 if (t < 1.0) return 0.1 + 0.5 * t;
                 return t < 2.0 ? 0.6 : std::min(1.0, 0.6 + 0.4 * (t - 2.0) / 8.0);
             },
         .mean = 0.5 * 0.5 + 0.4 * 6.0},
    };
}

/// Of what is left of a gap at a random moment: the integral of 1 - F, divided by the mean.
Distribution rest_of(const Known& law) {
    constexpr int steps = 40'000;
    // Beyond so much there is next to nothing, and the tails of these laws are not heavier.
    const double most = 2'000.0 * law.mean;
    std::vector<double> sums{0.0};
    std::vector<double> at{0.0};
    double last = 0.0;
    for (int i = 1; i <= steps; ++i) {
        // Finer steps where the law is.
        const double t = most * std::pow(double(i) / steps, 4.0);
        const double middle = 0.5 * (last + t);
        sums.push_back(sums.back() + (t - last) * (1.0 - law.cdf(middle)));
        at.push_back(t);
        last = t;
    }
    return [=](double t) {
        const auto above = std::ranges::upper_bound(at, t);
        if (above == at.end()) return 1.0;
        const auto i = static_cast<std::size_t>(above - at.begin());
        const double share = (t - at[i - 1]) / (at[i] - at[i - 1]);
        return (sums[i - 1] + share * (sums[i] - sums[i - 1])) / law.mean;
    };
}

TEST(TimeLaws, HaveTheirDistributionMeanAndVariance) {
    for (const Known& each : known_laws()) {
        SCOPED_TRACE(each.name);
        Random random = Random(7).stream(each.name);
        std::vector<double> drawn;
        double sum = 0.0;
        double squares = 0.0;
        for (int i = 0; i < draws; ++i) {
            drawn.push_back(seconds(draw(each.law, random)));
            sum += drawn.back();
            squares += drawn.back() * drawn.back();
        }
        EXPECT_NEAR(mean_of(each.law), each.mean * 1e9, each.mean);
        const double mean = sum / draws;
        const double variance = squares / draws - mean * mean;
        EXPECT_NEAR(mean, each.mean, 4.0 * std::sqrt(variance / draws) + 1e-9);
        // The fourth moment of the heavier ones is large or infinite.
        if (each.variance > 0.0) {
            EXPECT_NEAR(variance / each.variance, 1.0, 0.15);
        }
        EXPECT_LT(distance(drawn, each.cdf), critical);
    }
}

TEST(TimeLaws, WhatIsLeftAtARandomMomentHasTheDistributionOfRenewalTheory) {
    for (const Known& each : known_laws()) {
        SCOPED_TRACE(each.name);
        Random random = Random(8).stream(each.name);
        std::vector<double> drawn;
        for (int i = 0; i < draws; ++i) drawn.push_back(seconds(draw_rest(each.law, random)));
        EXPECT_LT(distance(drawn, rest_of(each)), critical);
    }
}

TEST(TimeLaws, ExtremesAreTimesToo) {
    const Random random(3);
    for (const TimeLaw& law :
         {TimeLaw(Weibull{.scale = 87'600h, .shape = 0.1}),
          TimeLaw(Pareto{.least = 1ns, .shape = 1.0001}),
          TimeLaw(LogNormal{.median = 1ns, .p90 = 87'600h}), TimeLaw(Exponential{.mean = 1ns}),
          TimeLaw(Empirical{.path = {}, .sha256 = {}, .times = {5s}, .cumulative = {1.0}})}) {
        Random own = random.stream(law.index());
        for (int i = 0; i < 2'000; ++i) {
            for (const Duration time : {draw(law, own), draw_rest(law, own)}) {
                EXPECT_GE(time, 1ns);
                EXPECT_LE(time, longest_time);
            }
        }
    }
}

TEST(SizeLaws, HaveTheirDistribution) {
    const double sigma = std::log(16'384.0 / 4'096.0) / 1.2815515655446004;
    struct {
        SizeLaw law;
        Distribution cdf;
    } const known[] = {
        {LogNormalBytes{.median = 4'096, .p90 = 16'384},
         [=](double s) { return normal_cdf(std::log(s / 4'096.0) / sigma); }},
        {ParetoBytes{.least = 9'000, .shape = 1.2},
         [](double s) { return s < 9'000.0 ? 0.0 : 1.0 - std::pow(9'000.0 / s, 1.2); }},
        {EmpiricalBytes{
             .path = {}, .sha256 = {}, .sizes = {1'000.0, 200'000.0}, .cumulative = {0.0, 1.0}},
         [](double s) { return (s - 1'000.0) / 199'000.0; }},
    };
    for (const auto& each : known) {
        SCOPED_TRACE(each.law.index());
        std::vector<double> drawn;
        for (std::uint64_t i = 0; i < draws; ++i) {
            // Whole bytes, rounded down: half a byte more is in the middle. Few are cut off.
            const auto bytes = draw(each.law, 1, Random(5).stream(each.law.index()).stream(i));
            if (bytes > 16 && bytes < 67'108'864) drawn.push_back(bytes);
        }
        EXPECT_GT(drawn.size(), 0.999 * draws);
        std::ranges::sort(drawn);
        double worst = 0.0;
        for (std::size_t i = 0; i < drawn.size(); ++i) {
            if (i + 1 < drawn.size() && drawn[i + 1] == drawn[i]) continue;
            const double at = each.cdf(drawn[i] + 1.0);
            worst = std::max(worst, std::abs(double(i + 1) / double(drawn.size()) - at));
        }
        EXPECT_LT(worst, critical + 0.001);
    }
    EXPECT_EQ(draw(SizeLaw{}, 4'096, Random(1)), 4'096u);
    EXPECT_EQ(draw(ParetoBytes{.least = 60'000'000, .shape = 0.1}, 1, Random(1).stream(7)),
              67'108'864u);
}

TEST(Arrivals, RenewalsBeginInTheMiddleOfAGap) {
    // Whoever looks at any time finds what is left of a gap: the first visits of many clients.
    const TimeLaw gap = Weibull{.scale = 1h, .shape = 0.5};
    const Arrivals law = Renewal{.gap = gap};
    int early = 0;
    int late = 0;
    constexpr int clients = 100'000;
    for (std::uint64_t i = 0; i < clients; ++i) {
        ArrivalProcess process(law, 0, Random(4).stream(i));
        // In equilibrium the same number comes in each hour, though gaps are anything but alike.
        for (Instant at = process.next(); at < run_start + 10h; at = process.next()) {
            (at < run_start + 5h ? early : late) += 1;
        }
    }
    const double expected = clients * 5 * 3600e9 / mean_of(gap);
    // Counts of such gaps vary more than a Poisson process's: their variance is 5 times the mean.
    EXPECT_NEAR(early, expected, 4 * std::sqrt(5.0 * expected));
    EXPECT_NEAR(late, expected, 4 * std::sqrt(5.0 * expected));
}

TEST(Arrivals, ACrowdComesAtItsRateAndGoes) {
    const FlashCrowd crowd{.gap = Exponential{.mean = 10min},
                           .start = 2h,
                           .peak = 30.0,
                           .ramp = 10min,
                           .lasts = 20min,
                           .decay = 15min};
    const auto factor = [&](double t) {  // Seconds.
        if (t < 7200.0) return 1.0;
        if (t < 7800.0) return 1.0 + 29.0 * (t - 7200.0) / 600.0;
        if (t < 9000.0) return 30.0;
        return 1.0 + 29.0 * std::exp(-(t - 9000.0) / 900.0);
    };
    const Arrivals law = crowd;
    std::vector<double> times;
    for (std::uint64_t i = 0; i < 500; ++i) {
        ArrivalProcess process(law, 0, Random(6).stream(i));
        for (Instant at = process.next(); at < run_start + 6h; at = process.next()) {
            times.push_back(seconds(at - run_start));
        }
    }
    std::vector<double> sums{0.0};
    for (int s = 0; s < 6 * 3600; ++s) sums.push_back(sums.back() + factor(s + 0.5));
    const double expected = 500.0 / 600.0 * sums.back();
    EXPECT_NEAR(static_cast<double>(times.size()), expected, 4 * std::sqrt(expected));
    const auto cdf = [&](double t) {
        const auto s = static_cast<std::size_t>(t);
        return (sums[s] + (t - double(s)) * (sums[s + 1] - sums[s])) / sums.back();
    };
    const double scale = std::sqrt(double{draws} / static_cast<double>(times.size()));
    EXPECT_LT(distance(times, cdf), critical * scale);
}

TEST(Arrivals, ACrowdsClockNeverRunsBackwardsWhateverItsShape) {
    for (const FlashCrowd& crowd :
         {FlashCrowd{.gap = Constant{.time = 1s}, .start = 10s, .peak = 1000.0},
          FlashCrowd{.gap = {}, .start = 0s, .peak = 1000.0, .ramp = 1ns, .decay = 1ns},
          FlashCrowd{
              .gap = {}, .start = 1s, .peak = 7.0, .ramp = 168h, .lasts = 1h, .decay = 168h}}) {
        Duration last{};
        for (int i = 0; i < 4'000; ++i) {
            const Duration usual = 100ms * i * i;
            const Duration at = hastened(crowd, usual);
            EXPECT_GE(at, last);
            EXPECT_LE(at, usual);
            last = at;
        }
    }
}

TEST(Churn, StaysByALawHaveItAndTheShareOfTimeUpIsThatOfTheMeans) {
    const Churn law = Alternating{.up = Pareto{.least = 10min, .shape = 2.5},
                                  .down = Weibull{.scale = 10min, .shape = 0.7}};
    const double up = 600.0 * 2.5 / 1.5;
    const double down = 600.0 * std::tgamma(1.0 + 1.0 / 0.7);
    int found = 0;
    constexpr int clients = 100'000;
    std::vector<double> whole;
    for (std::uint64_t i = 0; i < clients; ++i) {
        ChurnProcess process(law, Random(9).stream(i));
        // At the start as at any other time, asked once or often.
        if (i % 2 == 0) static_cast<void>(process.up(run_start + 1h));
        found += process.up(run_start + (i % 4 < 2 ? 0h : 7h) + (i % 2 == 0 ? 1h : 0h)) ? 1 : 0;
        Instant begins = process.next_change();
        if (process.up(begins)) whole.push_back(seconds(process.next_change() - begins));
    }
    const double share = up / (up + down);
    EXPECT_NEAR(found / double{clients}, share, 4 * std::sqrt(share * (1 - share) / clients));
    const double scale = std::sqrt(double{draws} / static_cast<double>(whole.size()));
    EXPECT_LT(
        distance(whole, [](double t) { return t < 600.0 ? 0.0 : 1.0 - std::pow(600.0 / t, 2.5); }),
        critical * scale);
}

TEST(Renewals, HappenAtTheirRate) {
    const TimeLaw gap = LogNormal{.median = 1h, .p90 = 3h};
    int passed = 0;
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        Renewals events(gap, Random(2).stream(i));
        for (; events.next() <= run_start + 50h; events.pass()) ++passed;
    }
    const double expected = 2'000 * 50 * 3600e9 / mean_of(gap);
    EXPECT_NEAR(passed / expected, 1.0, 0.02);
}

}  // namespace
}  // namespace reshake
