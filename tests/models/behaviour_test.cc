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
    OnOffProcess process({.mean_up = 40min, .mean_down = 20min}, Random(2));
    int up = 0;
    constexpr int questions = 20'000;  // A day apart: independent for all purposes.
    for (int i = 0; i < questions; ++i) up += process.up(run_start + i * 24h) ? 1 : 0;
    EXPECT_NEAR(up / double{questions}, 2.0 / 3.0, 4 * std::sqrt(2.0 / 9.0 / questions));
}

TEST(Churn, StaysHaveTheirMeanWhateverHowOftenOneAsks) {
    for (const Duration step : {Duration(10s), Duration(7min)}) {
        OnOffProcess process({.mean_up = 40min, .mean_down = 20min}, Random(3));
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
    OnOffProcess process({.mean_up = 1h, .mean_down = 1h}, Random(4));
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
