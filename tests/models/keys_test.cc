// Clocks that are off, and keys that follow from them or are handed out.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/held_keys.h"
#include "models/key_view.h"
#include "models/scenario.h"
#include "models/stek.h"
#include "models/wall_clock.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

TEST(WallClock, IsRightUntilItIsPutOffAndAgainAfterwards) {
    WallClock clock;
    EXPECT_EQ(clock.shows(run_start + 5s), run_start + 5s);
    clock.put_off(0, -2h, 0.0, run_start + 1h);
    clock.put_off(1, 1min, 0.0, run_start + 2h);
    EXPECT_EQ(clock.read(run_start + 3h).ahead(), -2h + 1min);
    clock.set_right(0);
    EXPECT_EQ(clock.read(run_start + 4h).ahead(), 1min);
    clock.set_right(1);
    EXPECT_EQ(clock.read(run_start + 5h).ahead(), 0s);
}

TEST(WallClock, DriftGrowsFromTheMomentOfTheFault) {
    WallClock clock;
    clock.put_off(0, 1s, 100.0, run_start + 1h);
    EXPECT_EQ(clock.read(run_start + 1h).ahead(), 1s);
    EXPECT_EQ(clock.read(run_start + 1h + 10'000s).ahead(), 2s);
}

TEST(WallClock, ShowsADateForTheFirstTimeWhenItSaysSo) {
    for (const double drift : {-9'999.0, -0.37, 0.0, 12.3, 9'999.0}) {
        for (const Duration offset : {Duration(-3h), Duration(0s), Duration(1s + 1ns)}) {
            WallClock clock;
            const Instant now = run_start + 1h;
            clock.put_off(0, offset, drift, now);
            for (const Duration ahead :
                 {Duration(1ns), Duration(17s), Duration(4h), Duration(2400h)}) {
                const Instant date = clock.shows(now) + ahead;
                const Instant when = clock.when_it_shows(date, now);
                EXPECT_GE(clock.shows(when), date);
                EXPECT_LT(clock.shows(when - 1ns), date);
            }
            EXPECT_EQ(clock.when_it_shows(clock.shows(now) - 1s, now), now);
            EXPECT_EQ(clock.when_it_shows(never, run_start + 2h), never);
        }
    }
}

TEST(StekSchedule, GenerationsGoOnBeforeTheStartOfTheRun) {
    const StekRotation rotation{.every = 1h, .keep_previous = 1};
    EXPECT_EQ(issuing_generation(rotation, run_start - 1ns), -1);
    EXPECT_EQ(issuing_generation(rotation, run_start - 1h), -1);
    EXPECT_EQ(issuing_generation(rotation, run_start - 1h - 1ns), -2);
    EXPECT_TRUE(can_open(rotation, -1, run_start));
    EXPECT_FALSE(can_open(rotation, -2, run_start));
    EXPECT_FALSE(can_open(rotation, 1, run_start));
    EXPECT_TRUE(can_open(rotation, 1, run_start, 1));
    const Random root(4);
    EXPECT_NE(derive_stek(root, -1), derive_stek(root, 1));
}

HandedKey handed(std::int64_t generation, Duration seals_from) {
    return {.id = {.source = KeySource::coordinator, .generation = generation},
            .seals_from = run_start + seals_from};
}

constexpr StekRotation hourly{.every = std::chrono::hours(1), .keep_previous = 1};

TEST(HeldKeys, OpenFromTheirArrivalAndSealFromTheirDate) {
    HeldKeys keys(hourly, WithoutKey::no_tickets);
    keys.receive(handed(0, 0h));
    EXPECT_EQ(keys.fate(handed(1, 1h).id, run_start + 50min), HeldKeys::Fate::unknown);
    keys.receive(handed(1, 1h));
    EXPECT_EQ(keys.fate(handed(1, 1h).id, run_start + 50min), HeldKeys::Fate::opens);
    EXPECT_EQ(keys.sealing(run_start + 1h - 1ns).key->generation, 0);
    EXPECT_EQ(keys.sealing(run_start + 1h).key->generation, 1);
    EXPECT_EQ(keys.fate(handed(0, 0h).id, run_start + 2h - 1ns), HeldKeys::Fate::opens);
    EXPECT_EQ(keys.fate(handed(0, 0h).id, run_start + 2h), HeldKeys::Fate::retired);
    // A clock that was put back has the former key again.
    EXPECT_EQ(keys.sealing(run_start).key->generation, 0);
    keys.lose();
    EXPECT_EQ(keys.fate(handed(1, 1h).id, run_start + 1h), HeldKeys::Fate::unknown);
}

TEST(HeldKeys, WithoutANewOneGoOnUntilTheyAreRetiredAndThenAsTheOperatorChose) {
    for (const WithoutKey choice : {WithoutKey::no_tickets, WithoutKey::own_key,
                                    WithoutKey::keep_sealing, WithoutKey::fail}) {
        HeldKeys keys(hourly, choice);
        keys.receive(handed(3, 3h));
        EXPECT_EQ(keys.sealing(run_start + 5h - 1ns).key, handed(3, 3h).id);
        const auto late = keys.sealing(run_start + 5h);
        EXPECT_EQ(late.fails, choice == WithoutKey::fail);
        EXPECT_EQ(late.key.has_value(),
                  choice == WithoutKey::own_key || choice == WithoutKey::keep_sealing);
        if (choice == WithoutKey::own_key) {
            EXPECT_EQ(late.key, (KeyId{.source = KeySource::own, .generation = 5}));
        }
        const bool keeps = choice == WithoutKey::keep_sealing;
        const auto open = keeps ? HeldKeys::Fate::opens : HeldKeys::Fate::retired;
        EXPECT_EQ(keys.fate(handed(3, 3h).id, run_start + 50h), open);
        keys.receive(handed(50, 50h));
        EXPECT_EQ(keys.fate(handed(3, 3h).id, run_start + 50h), HeldKeys::Fate::retired);
        EXPECT_EQ(keys.sealing(run_start + 50h).key, handed(50, 50h).id);
    }
}

/// Nothing that a view says changes before it says that it may.
TEST(KeyView, HoldsUntilTheDateItNames) {
    HeldKeys own(hourly, WithoutKey::own_key);
    HeldKeys keeps(hourly, WithoutKey::keep_sealing);
    for (const HandedKey& key : {handed(0, 0h), handed(2, 2h + 17s), handed(1, 7h)}) {
        own.receive(key);
        keeps.receive(key);
    }
    const ClockDerived derived{.accept_next = 2};
    const auto check = [](const auto& view_at) {
        Instant date = run_start - 90min;
        int views = 0;
        while (date < run_start + 24h && ++views < 100) {
            const KeyView view = view_at(date);
            EXPECT_GT(view.until, date);
            const Instant last = std::min(view.until, run_start + 24h) - 1ns;
            const KeyView same = view_at(last);
            EXPECT_EQ(same.sealing, view.sealing);
            EXPECT_TRUE(std::ranges::equal(same.opening, view.opening, {}, &KeyView::Opening::key,
                                           &KeyView::Opening::key));
            date = view.until;
        }
        EXPECT_LT(views, 100);
    };
    check([&](Instant date) { return view_of(own, date); });
    check([&](Instant date) { return view_of(keeps, date); });
    check([&](Instant date) { return view_of(hourly, derived, date); });
}

Scenario handing_out() {
    return {.duration = 72h,
            .clients = {{.name = "phones",
                         .count = 10,
                         .access = Link{.delay = 45ms},
                         .arrivals = Poisson{.mean_gap = 1h}}},
            .fleets = {{.name = "edge",
                        .sites = {{.name = "ams"}, {.name = "iad"}},
                        .tickets = {.lifetime = 6h,
                                    .rotation = StekRotation{.every = 24h},
                                    .distribution = KeyCoordinator{}}}},
            .faults = {Partition{.between = {"edge/ams", "edge/keys"}, .start = 30h, .lasts = 2h},
                       Restart{.where = "edge/keys", .start = 1h, .lasts = 1h},
                       ClockSkew{.where = "edge/keys", .offset = 1h, .start = 1h, .lasts = 1h},
                       ClockSkew{.where = "phones", .drift_ppm = 5, .start = 1h, .lasts = 1h}}};
}

bool mentions(const std::vector<Problem>& problems, std::string_view path, std::string_view words) {
    return std::ranges::any_of(problems, [&](const Problem& problem) {
        return problem.path == path && problem.sentence.find(words) != std::string::npos;
    });
}

TEST(ValidateKeys, ACoordinatorIsAPlaceWhereThereIsOne) {
    Scenario scenario = handing_out();
    EXPECT_EQ(validate(scenario), std::vector<Problem>{});
    scenario.fleets[0].tickets.distribution = ClockDerived{};
    const auto found = validate(scenario);
    EXPECT_TRUE(mentions(found, "faults[0].between[1]", "\"edge/keys\", which is no place"));
    EXPECT_TRUE(mentions(found, "faults[1].where", "which is no place"));
    EXPECT_TRUE(mentions(found, "faults[2].where", "which is no place"));
}

TEST(ValidateKeys, RefusesWhatCannotBeMeant) {
    Scenario scenario = handing_out();
    Tickets& tickets = scenario.fleets[0].tickets;
    scenario.fleets[0].sites[1].name = "keys";
    tickets.distribution = KeyCoordinator{.delivery = KeyDelivery::poll,
                                          .pre_distribution = 25h,
                                          .poll_interval = 48h,
                                          .retry = 5min};
    scenario.faults = {ClockSkew{.where = "edge/ams", .start = 1h, .lasts = 1h}};
    auto found = validate(scenario);
    const std::string own = "fleets[0].tickets.distribution";
    EXPECT_TRUE(mentions(found, "fleets[0].sites[1].name", "the fleet's key coordinator"));
    EXPECT_TRUE(mentions(found, own + ".pre_distribution", "is 1d1h, must be at most"));
    EXPECT_TRUE(mentions(found, own + ".retry", "is 5min, must be at most retry_at_most (1min)"));
    EXPECT_TRUE(mentions(found, own + ".poll_interval", "a key is gone after 2d"));
    EXPECT_TRUE(mentions(found, "faults[0].offset", "the clock stays right"));
    tickets.rotation.reset();
    EXPECT_TRUE(mentions(validate(scenario), own, "rotation is None"));
    tickets.rotation = StekRotation{.every = 1h};
    Tickets other = tickets;
    other.rotation->every = 2h;
    scenario.faults = {Deploy{.fleet = "edge", .start = 1h, .tickets = other, .keys = Fate::lost}};
    EXPECT_TRUE(mentions(validate(scenario), "faults[0].tickets", "the keys of a coordinator"));
}

}  // namespace
}  // namespace reshake
