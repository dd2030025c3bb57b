// Ejection by failures in a row, against its definition.
#include "models/outlier_detection.h"

#include <gtest/gtest.h>

namespace reshake {
namespace {

using namespace std::chrono_literals;

const OutlierDetection law{.consecutive_failures = 3};

TEST(Outlier, IsWhoFailsSoOftenInARow) {
    Outlier server;
    EXPECT_FALSE(server.note(true, law, run_start));
    EXPECT_FALSE(server.note(true, law, run_start));
    EXPECT_FALSE(server.note(false, law, run_start));
    EXPECT_FALSE(server.note(true, law, run_start));
    EXPECT_FALSE(server.note(true, law, run_start));
    EXPECT_TRUE(server.note(true, law, run_start));
}

TEST(Outlier, ComesBackWithACleanSlate) {
    Outlier server;
    const Instant now = run_start + 1h;
    EXPECT_EQ(server.eject(law, now), 30s);
    // Attempts that were under way when it was ejected.
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(server.note(true, law, now + 29s));
    EXPECT_FALSE(server.note(true, law, now + 31s));
    EXPECT_FALSE(server.note(true, law, now + 32s));
    EXPECT_TRUE(server.note(true, law, now + 33s));
}

TEST(Outlier, IsEjectedForLongerEachTimeAndForgivenInService) {
    Outlier server;
    Instant now = run_start + 1h;
    EXPECT_EQ(server.eject(law, now), 30s);
    EXPECT_TRUE(server.ejected(now + 30s - 1ns));
    EXPECT_FALSE(server.ejected(now + 30s));
    now += 30s;
    EXPECT_EQ(server.eject(law, now), 60s);
    now += 60s + 9s;
    EXPECT_EQ(server.eject(law, now), 90s);
    now += 90s + 10s;  // One of three is forgotten.
    EXPECT_EQ(server.eject(law, now), 90s);
    now += 90s + 1h;
    EXPECT_EQ(server.eject(law, now), 30s);
}

TEST(Outlier, IsNeverEjectedForLongerThanTheCap) {
    Outlier server;
    Instant now = run_start;
    for (int i = 0; i < 20; ++i) now += server.eject(law, now);
    EXPECT_EQ(server.eject(law, now), 300s);
}

TEST(Outlier, MayBeOneHoweverSmallTheShare) {
    EXPECT_EQ(most_ejected({.max_ejected_share = 0.0}, 10), 1u);
    EXPECT_EQ(most_ejected({.max_ejected_share = 0.1}, 10), 1u);
    EXPECT_EQ(most_ejected({.max_ejected_share = 0.25}, 10), 2u);
    EXPECT_EQ(most_ejected({.max_ejected_share = 1.0}, 10), 10u);
}

}  // namespace
}  // namespace reshake
