// Loss processes against their closed forms, on 10^5 packets.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "models/loss.h"

namespace reshake {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t packets = 100'000;

std::vector<bool> run(const Loss& law, Duration gap, std::uint64_t seed = 1) {
    LossProcess process(law, Random(seed));
    std::vector<bool> lost(packets);
    Instant now = run_start;
    for (std::size_t i = 0; i < packets; ++i, now += gap) lost[i] = process.loses(now);
    return lost;
}

double mean(const std::vector<bool>& lost) {
    return static_cast<double>(std::ranges::count(lost, true)) / static_cast<double>(lost.size());
}

/// Correlation of a packet's loss with that of the `lag`-th after it.
double autocorrelation(const std::vector<bool>& lost, std::size_t lag) {
    const double average = mean(lost);
    double sum = 0.0;
    for (std::size_t i = 0; i + lag < lost.size(); ++i) {
        sum += ((lost[i] ? 1.0 : 0.0) - average) * ((lost[i + lag] ? 1.0 : 0.0) - average);
    }
    return sum / static_cast<double>(lost.size() - lag) / (average * (1.0 - average));
}

double mean_run(const std::vector<bool>& lost) {
    std::size_t runs = 0;
    for (std::size_t i = 0; i < lost.size(); ++i) runs += lost[i] && (i == 0 || !lost[i - 1]);
    return static_cast<double>(std::ranges::count(lost, true)) / static_cast<double>(runs);
}

/// Five standard errors of a mean whose draws are correlated by `memory` per packet.
double tolerance(double p, double memory) {
    const double effective = static_cast<double>(packets) * (1.0 - memory) / (1.0 + memory);
    return 5.0 * std::sqrt(p * (1.0 - p) / effective);
}

TEST(Loss, NoLawLosesNothing) { EXPECT_EQ(mean(run(Loss{}, milliseconds(1))), 0.0); }

TEST(Loss, BernoulliHasItsMeanAndNoMemory) {
    for (const double p : {0.001, 0.02, 0.5}) {
        const auto lost = run(Bernoulli{p}, milliseconds(1));
        EXPECT_NEAR(mean(lost), p, tolerance(p, 0.0));
        EXPECT_NEAR(autocorrelation(lost, 1), 0.0, 5.0 / std::sqrt(packets));
    }
}

TEST(Loss, CertaintiesAreCertain) {
    EXPECT_EQ(mean(run(Bernoulli{0.0}, milliseconds(1))), 0.0);
    EXPECT_EQ(mean(run(Bernoulli{1.0}, milliseconds(1))), 1.0);
    EXPECT_EQ(mean(run(GilbertElliott{.mean_loss = 0.0, .mean_burst = 5}, milliseconds(1))), 0.0);
    EXPECT_EQ(mean(run(GilbertElliott{.mean_loss = 1.0, .mean_burst = 5}, milliseconds(1))), 1.0);
    EXPECT_EQ(mean(run(GilbertElliottInTime{.mean_loss = 0.0, .mean_burst = milliseconds(5)},
                       milliseconds(1))),
              0.0);
    EXPECT_EQ(mean(run(GilbertElliottInTime{.mean_loss = 1.0, .mean_burst = milliseconds(5)},
                       milliseconds(1))),
              1.0);
}

struct Chain {
    double mean_loss;
    double mean_burst;
    double loss_good;
    double loss_bad;
};

constexpr Chain chains[] = {{0.02, 4.0, 0.0, 1.0},
                            {0.10, 10.0, 0.0, 1.0},
                            {0.30, 1.5, 0.0, 1.0},
                            {0.05, 8.0, 0.01, 0.6},
                            {0.50, 20.0, 0.2, 0.9}};

TEST(Loss, GilbertElliottHasItsMeanBurstAndMemory) {
    for (const Chain& chain : chains) {
        const auto lost = run(GilbertElliott{.mean_loss = chain.mean_loss,
                                             .mean_burst = chain.mean_burst,
                                             .loss_good = chain.loss_good,
                                             .loss_bad = chain.loss_bad},
                              milliseconds(1));
        const double share = bad_share(chain.mean_loss, chain.loss_good, chain.loss_bad);
        const double leaves_bad = 1.0 / chain.mean_burst;
        const double leaves_good = leaves_bad * share / (1.0 - share);
        const double memory = 1.0 - leaves_bad - leaves_good;
        EXPECT_NEAR(mean(lost), chain.mean_loss, tolerance(chain.mean_loss, memory));

        const double spread = chain.loss_bad - chain.loss_good;
        const double amplitude =
            share * (1.0 - share) * spread * spread / (chain.mean_loss * (1.0 - chain.mean_loss));
        for (const std::size_t lag : {1u, 2u, 5u}) {
            EXPECT_NEAR(autocorrelation(lost, lag),
                        amplitude * std::pow(memory, static_cast<double>(lag)), 0.05)
                << chain.mean_loss << " lag " << lag;
        }
        if (chain.loss_good == 0.0 && chain.loss_bad == 1.0) {
            const double runs = static_cast<double>(packets) * chain.mean_loss / chain.mean_burst;
            const double deviation = std::sqrt(chain.mean_burst * (chain.mean_burst - 1.0) / runs);
            EXPECT_NEAR(mean_run(lost), chain.mean_burst, 5.0 * deviation);
        }
    }
}

TEST(Loss, GilbertElliottStandsStillWhileNothingPasses) {
    const GilbertElliott law{.mean_loss = 0.2, .mean_burst = 6};
    EXPECT_EQ(run(law, milliseconds(1)), run(law, std::chrono::hours(1)));
}

TEST(Loss, GilbertElliottInTimeHasItsMeanWhateverThePaceOfPackets) {
    constexpr double p = 0.1;
    constexpr Duration burst = milliseconds(50);
    for (const Duration gap : {milliseconds(1), milliseconds(20), milliseconds(1'000)}) {
        const auto lost = run(GilbertElliottInTime{.mean_loss = p, .mean_burst = burst}, gap);
        const double memory = std::exp(-static_cast<double>(gap.count()) /
                                       static_cast<double>(burst.count()) / (1.0 - p));
        EXPECT_NEAR(mean(lost), p, tolerance(p, memory));
        for (const std::size_t lag : {1u, 3u, 10u}) {
            EXPECT_NEAR(autocorrelation(lost, lag), std::pow(memory, static_cast<double>(lag)),
                        0.05)
                << gap.count() << " lag " << lag;
        }
    }
}

TEST(Loss, GilbertElliottInTimeStaysBadForItsBurst) {
    // Looked at often, a run of losses lasts as long as the bad state.
    constexpr double burst_in_looks = 40.0;
    const auto lost = run(GilbertElliottInTime{.mean_loss = 0.25, .mean_burst = milliseconds(40)},
                          milliseconds(1));
    const double runs = 0.25 * static_cast<double>(packets) / burst_in_looks;
    EXPECT_NEAR(mean_run(lost), burst_in_looks, 5.0 * burst_in_looks / std::sqrt(runs));
}

TEST(Loss, GilbertElliottInTimeDoesNotMoveWithinAnInstant) {
    LossProcess process(GilbertElliottInTime{.mean_loss = 0.5, .mean_burst = milliseconds(1)},
                        Random(3));
    Instant now = run_start;
    for (int i = 0; i < 1'000; ++i, now += milliseconds(100)) {
        const bool first = process.loses(now);
        for (int k = 0; k < 5; ++k) EXPECT_EQ(process.loses(now), first);
    }
}

TEST(Loss, TheTwoChainsDifferInWhatAPauseDoes) {
    // After a loss, a pause of many bursts: in time it is forgotten, per packet it is not.
    constexpr double p = 0.1;
    std::size_t trials = 0;
    std::size_t per_packet = 0;
    std::size_t in_time = 0;
    for (std::uint64_t seed = 0; trials < 2'000; ++seed) {
        LossProcess stepped(GilbertElliott{.mean_loss = p, .mean_burst = 10}, Random(seed));
        LossProcess timed(GilbertElliottInTime{.mean_loss = p, .mean_burst = milliseconds(10)},
                          Random(seed));
        const bool both = stepped.loses(run_start) & timed.loses(run_start);
        if (!both) continue;
        ++trials;
        per_packet += stepped.loses(run_start + std::chrono::minutes(1));
        in_time += timed.loses(run_start + std::chrono::minutes(1));
    }
    EXPECT_NEAR(static_cast<double>(per_packet) / 2'000.0, 0.9, 0.04);
    EXPECT_NEAR(static_cast<double>(in_time) / 2'000.0, p, 0.04);
}

TEST(Loss, TheFirstPacketIsLikeAnyOther) {
    constexpr double p = 0.15;
    std::size_t per_packet = 0;
    std::size_t in_time = 0;
    for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
        per_packet += LossProcess(GilbertElliott{.mean_loss = p, .mean_burst = 9}, Random(seed))
                          .loses(run_start);
        in_time += LossProcess(GilbertElliottInTime{.mean_loss = p, .mean_burst = milliseconds(9)},
                               Random(seed))
                       .loses(run_start);
    }
    const double sigma = std::sqrt(p * (1.0 - p) / 20'000.0);
    EXPECT_NEAR(static_cast<double>(per_packet) / 20'000.0, p, 5.0 * sigma);
    EXPECT_NEAR(static_cast<double>(in_time) / 20'000.0, p, 5.0 * sigma);
}

TEST(LossDeathTest, TimeDoesNotRunBackwards) {
    LossProcess process(Bernoulli{0.5}, Random(1));
    (void)process.loses(run_start + milliseconds(2));
    EXPECT_DEATH((void)process.loses(run_start + milliseconds(1)), "now >= last_");
}

}  // namespace
}  // namespace reshake
