// The run loop and its alarms.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sim/net/simulation.h"

namespace reshake::net {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(Simulation, EqualInstantsKeepTheOrderInWhichTheyWereAskedFor) {
    Simulation simulation;
    std::string order;
    const Instant when = run_start + seconds(1);
    simulation.at(when, [&] {
        order += 'a';
        simulation.at(when, [&] { order += 'd'; });
    });
    simulation.at(when, [&] { order += 'b'; });
    simulation.at(run_start, [&] { order += '0'; });
    simulation.at(when, [&] { order += 'c'; });
    simulation.run_until(when);
    EXPECT_EQ(order, "0abcd");
}

TEST(Simulation, RunsUpToAndIncludingTheEndAndStandsThere) {
    Simulation simulation;
    int rang = 0;
    const Instant end = run_start + seconds(5);
    // What happens at the end may ask for more at the end.
    simulation.at(end, [&] {
        ++rang;
        simulation.at(end, [&] {
            ++rang;
            simulation.at(end, [&] { ++rang; });
        });
    });
    simulation.at(end + nanoseconds(1), [&] { rang = 100; });
    simulation.run_until(end);
    EXPECT_EQ(rang, 3);
    EXPECT_EQ(simulation.now(), end);
    simulation.run_until(end);
    EXPECT_EQ(rang, 3);
    simulation.run_until(end + nanoseconds(1));
    EXPECT_EQ(rang, 100);
}

TEST(Simulation, CountsEventsAndNotItsOwnStops) {
    Simulation simulation;
    for (int i = 0; i < 10; ++i) simulation.run_until(run_start + hours(i));
    EXPECT_EQ(simulation.events(), 0u);
    simulation.at(run_start + hours(20), [] {});
    simulation.run_until(run_start + hours(30));
    EXPECT_EQ(simulation.events(), 1u);
}

TEST(Simulation, OneAfterTheOtherBeginsAnew) {
    for (int i = 0; i < 3; ++i) {
        Simulation simulation;
        EXPECT_EQ(simulation.now(), run_start);
        EXPECT_EQ(simulation.events(), 0u);
        bool rang = false;
        simulation.at(run_start + seconds(1), [&] { rang = true; });
        simulation.at(run_start + seconds(9), [] { FAIL(); });
        simulation.run_until(run_start + seconds(5));
        EXPECT_TRUE(rang);
    }
}

TEST(SimulationDeathTest, TwoAtOnceAreRefused) {
    const Simulation simulation;
    EXPECT_DEATH({ const Simulation second; }, "simulation_alive");
}

TEST(SimulationDeathTest, ThePastIsRefused) {
    Simulation simulation;
    simulation.run_until(run_start + seconds(1));
    EXPECT_DEATH(simulation.at(run_start, [] {}), "when >= now");
}

TEST(Alarm, RingsOnceAtItsTime) {
    Simulation simulation;
    int rang = 0;
    Alarm alarm(simulation, [&] { ++rang; });
    alarm.set(run_start + seconds(2));
    EXPECT_TRUE(alarm.pending());
    simulation.run_until(run_start + seconds(2) - nanoseconds(1));
    EXPECT_EQ(rang, 0);
    simulation.run_until(run_start + hours(1));
    EXPECT_EQ(rang, 1);
    EXPECT_FALSE(alarm.pending());
}

TEST(Alarm, MovesAndLeavesNothingBehind) {
    Simulation simulation;
    Instant rang = never;
    Alarm alarm(simulation, [&] { rang = simulation.now(); });
    for (int i = 1; i <= 1'000; ++i) alarm.set(run_start + seconds(i));
    alarm.set(run_start + seconds(7));
    simulation.run_until(run_start + hours(1));
    EXPECT_EQ(rang, run_start + seconds(7));
    EXPECT_EQ(simulation.events(), 1u);
}

TEST(Alarm, ClearedOrDestroyedItIsSilent) {
    Simulation simulation;
    Alarm cleared(simulation, [] { FAIL(); });
    auto destroyed = std::make_unique<Alarm>(simulation, [] { FAIL(); });
    cleared.set(run_start + seconds(1));
    destroyed->set(run_start + seconds(1));
    cleared.clear();
    destroyed.reset();
    simulation.run_until(run_start + hours(1));
    EXPECT_EQ(simulation.events(), 0u);
}

TEST(Alarm, MayBeSetClearedOrDestroyedWhileItRings) {
    Simulation simulation;
    int rang = 0;
    std::unique_ptr<Alarm> alarm;
    std::string captured(100, 'x');  // On the heap: a destroyed action would show under ASan.
    alarm = std::make_unique<Alarm>(simulation, [&, captured] {
        if (++rang < 3) {
            alarm->set(simulation.now() + seconds(1));
            return;
        }
        alarm.reset();
        EXPECT_EQ(captured.size(), 100u);
    });
    alarm->set(run_start);
    simulation.run_until(run_start + hours(1));
    EXPECT_EQ(rang, 3);
    EXPECT_EQ(alarm, nullptr);
}

}  // namespace
}  // namespace reshake::net
