// Arrivals, churn, keys and ticket stores against what theory or their own definition says.
#include <gtest/gtest.h>

#include <cmath>

#include "models/arrivals.h"
#include "models/churn.h"
#include "models/stek.h"
#include "models/ticket_store.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

TEST(Arrivals, PoissonVisitsHaveTheirRate) {
    const Arrivals law = Poisson{.mean_gap = 1h};
    ArrivalProcess process(law, 0, Random(1));
    int visits = 0;
    while (process.next() < run_start + 10'000h) ++visits;
    EXPECT_NEAR(visits, 10'000, 4 * std::sqrt(10'000.0));
}

/// Time of day, from midnight.
Duration time_of_day(Instant at) { return (at - run_start) % 24h; }

TEST(Arrivals, NobodyComesAtNight) {
    const Diurnal law{.away = 1h, .night = 9h, .bedtime = 22h, .spread = 0h};
    const Arrivals arrivals = law;
    ArrivalProcess process(arrivals, 0, Random(1));
    int visits = 0;
    for (Instant at = process.next(); at < run_start + 2'000h; at = process.next()) {
        ++visits;
        EXPECT_GE(time_of_day(at), 7h);
        EXPECT_LT(time_of_day(at), 22h);
    }
    EXPECT_GT(visits, 1'000);
}

TEST(Arrivals, EachClientHasABedtimeOfItsOwn) {
    const Arrivals law = Diurnal{.away = 2min, .night = 6h, .bedtime = 23h, .spread = 3h};
    Duration earliest = 24h;
    Duration latest{};
    for (std::uint64_t client = 0; client < 200; ++client) {
        ArrivalProcess process(law, client, Random(1).stream(client));
        Duration morning = 24h;  // The earliest visit after the last of bedtimes.
        for (Instant at = process.next(); at < run_start + 240h; at = process.next()) {
            if (time_of_day(at) >= 2h) morning = std::min(morning, time_of_day(at));
        }
        earliest = std::min(earliest, morning);
        latest = std::max(latest, morning);
    }
    EXPECT_LT(earliest, 2h + 20min);  // To bed at eight.
    EXPECT_GT(latest, 7h + 40min);    // To bed at two.
}

TEST(Arrivals, PausesWithinABurstHaveTheirPercentilesAndBurstsTheirLength) {
    // Bursts are so far apart that no pause is as long, and a night changes no waking time.
    const Diurnal law{.away = 80h,
                      .burst = 4.0,
                      .pause_median = 10s,
                      .pause_p90 = 1min,
                      .night = 0h,
                      .spread = 0h};
    const Arrivals arrivals = law;
    int visits = 0;
    int bursts = 0;
    int longer_than_median = 0;
    int longer_than_p90 = 0;
    Instant last = run_start;
    ArrivalProcess process(arrivals, 0, Random(5));
    for (Instant at = process.next(); visits < 3'000 && at != never; at = process.next()) {
        const Duration gap = at - last;
        last = at;
        ++visits;
        if (gap > 1h) {
            ++bursts;
            continue;
        }
        longer_than_median += gap > law.pause_median ? 1 : 0;
        longer_than_p90 += gap > law.pause_p90 ? 1 : 0;
    }
    const double pauses = visits - bursts;
    EXPECT_NEAR(visits / double(bursts), 4.0, 4 * std::sqrt(12.0 / bursts));
    EXPECT_NEAR(longer_than_median / pauses, 0.5, 4 * std::sqrt(0.25 / pauses));
    EXPECT_NEAR(longer_than_p90 / pauses, 0.1, 4 * std::sqrt(0.09 / pauses));
}

TEST(Arrivals, WakingTimeBetweenBurstsHasItsMean) {
    // Bursts of one visit: a Poisson process in waking time, so a day holds its share of them.
    const Arrivals law =
        Diurnal{.away = 30min, .burst = 1.0, .night = 8h, .bedtime = 3h, .spread = 0h};
    ArrivalProcess process(law, 0, Random(6));
    int visits = 0;
    while (process.next() < run_start + 250 * 24h) ++visits;
    EXPECT_NEAR(visits, 250 * 32, 4 * std::sqrt(250 * 32.0));
}

TEST(Arrivals, ARecordingIsRepeatedExactlyAndOnce) {
    const Arrivals law = Trace{.path = "", .sha256 = "", .visits = {{}, {1s, 5s, 5s}}};
    ArrivalProcess silent(law, 0, Random(1));
    ArrivalProcess recorded(law, 1, Random(1));
    ArrivalProcess beyond(law, 2, Random(1));
    EXPECT_EQ(silent.next(), never);
    EXPECT_EQ(recorded.next(), run_start + 1s);
    EXPECT_EQ(recorded.next(), run_start + 5s);
    EXPECT_EQ(recorded.next(), run_start + 5s);
    EXPECT_EQ(recorded.next(), never);
    EXPECT_EQ(beyond.next(), never);
}

TEST(Churn, TheShareOfTimeUpIsTheRatioOfTheMeans) {
    const Churn law = OnOff{.mean_up = 40min, .mean_down = 20min};
    ChurnProcess process(law, Random(2));
    int up = 0;
    constexpr int questions = 20'000;  // A day apart: independent for all purposes.
    for (int i = 0; i < questions; ++i) up += process.up(run_start + i * 24h) ? 1 : 0;
    EXPECT_NEAR(up / double{questions}, 2.0 / 3.0, 4 * std::sqrt(2.0 / 9.0 / questions));
}

TEST(Churn, StaysHaveTheirMeanWhateverHowOftenOneAsks) {
    for (const Duration step : {Duration(10s), Duration(7min)}) {
        const Churn law = OnOff{.mean_up = 40min, .mean_down = 20min};
        ChurnProcess process(law, Random(3));
        Duration total{};
        int stays = 0;
        Instant now = run_start;
        while (stays < 5'000) {
            if (!process.up(now)) {
                now = std::max(now + step, process.next_change());
                continue;
            }
            const Instant entered = now;
            total += process.next_change() - entered;  // Memoryless: the rest is a whole stay.
            ++stays;
            now = process.next_change();
        }
        EXPECT_NEAR(static_cast<double>(total.count()) / stays / 2400e9, 1.0, 4 / std::sqrt(stays));
    }
}

TEST(Churn, TheStateDoesNotChangeBeforeItsAnnouncedEnd) {
    const Churn law = OnOff{.mean_up = 1h, .mean_down = 1h};
    ChurnProcess process(law, Random(4));
    Instant now = run_start;
    for (int i = 0; i < 1000; ++i) {
        const bool up = process.up(now);
        const Instant until = process.next_change();
        EXPECT_EQ(process.up(now + (until - now) / 2), up);
        EXPECT_EQ(process.next_change(), until);
        now = until;
        EXPECT_GT(process.next_change(), run_start);
    }
}

TEST(AppRestarts, HaveTheirRateHoweverSeldomOneAsks) {
    for (const double reinstalls : {0.0, 0.25, 1.0}) {
        int restarts = 0;
        int everything = 0;
        constexpr int clients = 10'000;
        for (std::uint64_t i = 0; i < clients; ++i) {
            AppProcess app({.mean_gap = 1h, .reinstalls = reinstalls}, Random(3).stream(i));
            for (int half_hour = 1; half_hour <= 10; ++half_hour) {
                const Instant before = app.next();
                const Instant now = run_start + half_hour * 30min;
                const auto lost = app.lost(now);
                EXPECT_EQ(lost != AppProcess::Lost::nothing, before <= now);
                restarts += lost != AppProcess::Lost::nothing ? 1 : 0;
                everything += lost == AppProcess::Lost::everything ? 1 : 0;
            }
        }
        // In half an hour none with probability exp(-1/2).
        EXPECT_NEAR(restarts / (10.0 * clients), 1.0 - std::exp(-0.5), 0.01);
        EXPECT_NEAR(everything / (10.0 * clients), 1.0 - std::exp(-0.5 * reinstalls), 0.01);
    }
}

TEST(Stek, AKeyOpensForItsRotationAndThoseKept) {
    const StekRotation rotation{.every = 1h, .keep_previous = 2};
    EXPECT_EQ(issuing_generation(rotation, run_start + 59min), 0u);
    EXPECT_EQ(issuing_generation(rotation, run_start + 60min), 1u);
    EXPECT_TRUE(can_open(rotation, 0, run_start + 3h - 1ns));
    EXPECT_FALSE(can_open(rotation, 0, run_start + 3h));
    EXPECT_FALSE(can_open(rotation, 4, run_start + 3h));  // From the future.
}

TEST(Stek, EveryGenerationAndRootHasAKeyOfItsOwn) {
    const Random root(9);
    EXPECT_EQ(derive_stek(root, 3), derive_stek(root, 3));
    EXPECT_NE(derive_stek(root, 3).key_name, derive_stek(root, 4).key_name);
    EXPECT_NE(derive_stek(root, 3).aes_key, derive_stek(Random(10), 3).aes_key);
}

}  // namespace
}  // namespace reshake
