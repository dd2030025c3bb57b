// Ticket keys that come from clocks or from a coordinator, in a run: who has which key when, what
// that does to tickets, and what faults do to it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::NotResumed;
using Ended = history::Outcome;

constexpr Duration hour = std::chrono::hours(1);

struct Row {
    std::int64_t client, site, server;
    Duration started, handshake_at;
    Ended outcome;
    bool offered, resumed;
    NotResumed not_resumed;
};

std::vector<Row> rows_of(Outcome& outcome) {
    std::map<std::string_view, std::vector<std::int64_t>> of;
    for (const char* name : {"client", "site", "server", "started", "connect", "handshake",
                             "outcome", "offered", "resumed", "not_resumed"}) {
        of[name] = numbers(outcome, name);
    }
    std::vector<Row> rows;
    for (std::size_t i = 0; i < of["client"].size(); ++i) {
        rows.push_back({of["client"][i], of["site"][i], of["server"][i], Duration(of["started"][i]),
                        Duration(of["started"][i] + of["connect"][i] + of["handshake"][i]),
                        static_cast<Ended>(of["outcome"][i]), of["offered"][i] != 0,
                        of["resumed"][i] != 0, static_cast<NotResumed>(of["not_resumed"][i])});
    }
    std::ranges::stable_sort(rows, {}, &Row::started);
    return rows;
}

struct Key {
    std::int64_t site, server, generation, key;
    KeySource source;
    Duration arrived, issued_from, issued_until, opens_until;
};

std::vector<Key> keys_of(Outcome& outcome) {
    std::map<std::string_view, std::vector<std::int64_t>> of;
    outcome.history.ticket_keys.for_each_column([&](const auto& field, auto& stored) {
        for (const auto& each : stored) of[field.name].push_back(static_cast<std::int64_t>(each));
    });
    std::vector<Key> keys;
    for (std::size_t i = 0; i < of["site"].size(); ++i) {
        keys.push_back({of["site"][i], of["server"][i], of["generation"][i], of["key"][i],
                        static_cast<KeySource>(of["source"][i]), Duration(of["arrived"][i]),
                        Duration(of["issued_from"][i]), Duration(of["issued_until"][i]),
                        Duration(of["opens_until"][i])});
    }
    return keys;
}

/// Two sites of two servers, keys changed every hour.
Scenario rotating(std::uint32_t clients, Duration duration, Duration mean_gap) {
    Scenario scenario = plain(clients, duration, mean_gap);
    Fleet& fleet = scenario.fleets[0];
    fleet.sites = {{.name = "ams", .distance = 5ms}, {.name = "iad", .distance = 9ms}};
    fleet.servers_per_site = 2;
    fleet.tickets.lifetime = 24h;
    fleet.tickets.rotation = StekRotation{.every = hour, .keep_previous = 1};
    return scenario;
}

/// What happened to attempts, without the table of keys.
std::vector<std::int64_t> attempts(Outcome& outcome) {
    std::vector<std::int64_t> values;
    outcome.history.attempts.for_each_column([&](const auto&, auto& stored) {
        for (const auto& each : stored) values.push_back(static_cast<std::int64_t>(each));
    });
    return values;
}

TEST(Keys, ComeInTimeAreAsIfAllHadThemAtTheSameInstant) {
    Scenario scenario = rotating(8, 5h, 20min);
    Outcome ideal = run(scenario, 1);
    const std::vector<KeyDistribution> in_time{
        ClockDerived{}, KeyCoordinator{.pre_distribution = 1s},
        KeyCoordinator{
            .delivery = KeyDelivery::poll, .pre_distribution = 5min, .poll_interval = 4min}};
    for (const KeyDistribution& distribution : in_time) {
        scenario.fleets[0].tickets.distribution = distribution;
        Outcome outcome = run(scenario, 1);
        EXPECT_EQ(outcome.history.wire.value(), ideal.history.wire.value());
        EXPECT_EQ(attempts(outcome), attempts(ideal));
        Outcome again = run(scenario, 1);
        EXPECT_EQ(everything(outcome), everything(again));
    }
}

/// The table of keys predicts what becomes of each ticket: sealed with what its issuer sealed with
/// then, opened where and while the row of that secret says so.
TEST(Keys, TheTableSaysWhatBecomesOfEveryTicket) {
    Scenario scenario = rotating(12, 5h, 6min);
    const std::vector<KeyDistribution> all{
        ClockDerived{.accept_next = 0},
        KeyCoordinator{.delivery = KeyDelivery::poll, .poll_interval = 40min},
        KeyCoordinator{.link = {.delay = 20ms, .loss = Bernoulli{.loss = 0.5}},
                       .retry = 10min,
                       .retry_at_most = 20min}};
    for (const KeyDistribution& distribution : all) {
        scenario.fleets[0].tickets.distribution = distribution;
        scenario.faults = {
            ClockSkew{.where = "edge/iad/server-2", .offset = 20min, .start = 30min, .lasts = 2h},
            ClockSkew{
                .where = "edge/ams/server-1", .offset = -25min, .start = 2h, .lasts = 150min}};
        Outcome outcome = run(scenario, 3);
        const auto keys = keys_of(outcome);
        const auto at = [&](const Row& row) {
            return
                [&row](const Key& key) { return key.site == row.site && key.server == row.server; };
        };
        const auto sealing = [&](const Row& row) -> std::optional<std::int64_t> {
            for (const Key& key : keys) {
                if (at(row)(key) && key.issued_from <= row.handshake_at &&
                    row.handshake_at < key.issued_until) {
                    return key.key;
                }
            }
            return std::nullopt;
        };
        std::map<std::int64_t, std::optional<std::int64_t>> ticket;  // Of each client: its key.
        std::map<NotResumed, int> found;
        for (const Row& row : rows_of(outcome)) {
            if (row.outcome != Ended::ok) continue;
            if (row.offered) {
                const auto held = std::ranges::find_if(keys, [&](const Key& key) {
                    return at(row)(key) && key.key == ticket[row.client];
                });
                // Within some milliseconds of a change it may be either.
                const Duration when = row.handshake_at;
                const bool close = held != keys.end() && (abs(held->arrived - when) < 100ms ||
                                                          abs(held->opens_until - when) < 100ms);
                const bool opens =
                    held != keys.end() && held->arrived <= when && when < held->opens_until;
                if (!close) {
                    EXPECT_EQ(row.resumed, opens) << when.count();
                    ++found[row.not_resumed];
                }
            }
            ticket[row.client] = sealing(row);
        }
        EXPECT_GT(found[NotResumed::resumed], 400);
        EXPECT_GT(found[NotResumed::unknown_key], 3);
        EXPECT_EQ(found[NotResumed::clock_skew], 0);
    }
}

/// Servers poll at phases of their own: until the last has the new key, tickets of those that have
/// it already are unknown to those that have not.
TEST(Keys, AreUnknownAroundARotationForAsLongAsTheyTravelUnlessTheyAreHandedOutBefore) {
    Scenario scenario = rotating(40, 71min, 1min);
    scenario.fleets[0].servers_per_site = 8;
    Trace visits;
    for (int client = 0; client < 40; ++client) {
        std::vector<Duration>& own = visits.visits.emplace_back();
        for (int i = 0; i < 26; ++i) own.push_back(59min + i * 27s + client * 600ms);
    }
    scenario.clients[0].arrivals = visits;
    KeyCoordinator polled{
        .delivery = KeyDelivery::poll, .poll_interval = 10min, .poll_jitter = 0.0};
    const auto unknown_of = [&](Duration before) {
        polled.pre_distribution = before;
        scenario.fleets[0].tickets.distribution = polled;
        Outcome outcome = run(scenario, 2);
        std::pair<int, int> unknown_and_offered;
        for (const Row& row : rows_of(outcome)) {
            if (!row.offered || row.started < 1h || row.started > 70min) continue;
            ++unknown_and_offered.second;
            if (row.not_resumed != NotResumed::unknown_key) continue;
            ++unknown_and_offered.first;
        }
        return unknown_and_offered;
    };
    const auto [unknown, offers] = unknown_of(0s);
    // With visits far closer together than polls, a ticket has the newest key of its issuer: at a
    // share t of the interval, t of the servers have it, and 1 - t have not. In the mean 1/6.
    EXPECT_NEAR(unknown / double{1.0 * offers}, 1.0 / 6.0, 0.05);
    EXPECT_EQ(unknown_of(10min).first, 0);
}

struct Shares {
    int offered = 0;
    int resumed = 0;
    int unknown = 0;
    int failed = 0;
    int tickets_of_none = 0;
};

Shares between(Outcome& outcome, Duration from, Duration to, std::int64_t site = -1) {
    Shares shares;
    for (const Row& row : rows_of(outcome)) {
        if (row.started < from || row.started >= to || (site >= 0 && row.site != site)) continue;
        shares.offered += row.offered ? 1 : 0;
        shares.resumed += row.resumed ? 1 : 0;
        shares.unknown += row.not_resumed == NotResumed::unknown_key ? 1 : 0;
        shares.failed += row.outcome == Ended::alert || row.outcome == Ended::reset ? 1 : 0;
        shares.tickets_of_none += row.offered ? 0 : 1;
    }
    return shares;
}

TEST(Keys, ASiteThatIsCutOffForTooLongHasNoneAndGetsThemBackAfterTheHeal) {
    for (const KeyDelivery delivery : {KeyDelivery::push, KeyDelivery::poll}) {
        Scenario scenario = rotating(8, 9h, 10min);
        scenario.fleets[0].tickets.distribution =
            KeyCoordinator{.delivery = delivery, .pre_distribution = 5min};
        scenario.faults = {
            Partition{.between = {"edge/ams", "edge/keys"}, .start = 90min, .lasts = 5h}};
        Outcome outcome = run(scenario, 5);
        // Its last key, of 1 h, is retired at 3 h: until then clients at home there resume.
        const Shares before = between(outcome, 1h, 3h - 1min, 0);
        EXPECT_EQ(before.resumed, before.offered);
        const Shares during = between(outcome, 3h + 15min, 390min, 0);
        EXPECT_GT(during.tickets_of_none + during.offered, 40);
        EXPECT_EQ(during.resumed, 0);
        EXPECT_EQ(during.failed, 0);
        const Shares elsewhere = between(outcome, 3h + 15min, 390min, 1);
        EXPECT_EQ(elsewhere.resumed, elsewhere.offered);
        // Healed at 390 min; the next poll or try is less than a minute away.
        for (const Key& key : keys_of(outcome)) {
            if (key.site == 0 && key.generation == 6) {
                EXPECT_LE(key.arrived, 391min + 1s);
                EXPECT_GE(key.arrived, 390min);
            }
        }
        const Shares after = between(outcome, 410min, 9h, 0);
        EXPECT_GT(after.resumed, 20);
    }
}

TEST(Keys, OfADeadCoordinatorAreNoLongerRotatedAndWhatServersDoThenIsTheirChoice) {
    for (const WithoutKey choice : {WithoutKey::no_tickets, WithoutKey::own_key,
                                    WithoutKey::keep_sealing, WithoutKey::fail}) {
        Scenario scenario = rotating(12, 7h, 10min);
        scenario.fleets[0].sites.pop_back();
        scenario.fleets[0].servers_per_site = 4;
        scenario.fleets[0].tickets.distribution = KeyCoordinator{.without_key = choice};
        scenario.faults = {Restart{.where = "edge/keys", .start = 90min, .lasts = 100h}};
        Outcome outcome = run(scenario, 6);
        const Shares before = between(outcome, 1h, 3h - 1s);
        EXPECT_EQ(before.resumed, before.offered);
        const Shares late = between(outcome, 200min, 7h);
        const double share = late.offered > 0 ? late.resumed / double{1.0 * late.offered} : 0.0;
        switch (choice) {
            case WithoutKey::no_tickets:
                EXPECT_EQ(late.resumed, 0);
                EXPECT_EQ(late.failed, 0);
                break;
            case WithoutKey::own_key:  // As four servers that share nothing.
                EXPECT_NEAR(share, 0.25, 4 * std::sqrt(0.1875 / late.offered));
                break;
            case WithoutKey::keep_sealing:
                EXPECT_EQ(late.resumed, late.offered);
                break;
            case WithoutKey::fail:
                EXPECT_GT(late.failed, 100);
                EXPECT_EQ(late.resumed, 0);
                break;
        }
        for (const Key& key : keys_of(outcome)) {
            EXPECT_TRUE(key.source == KeySource::own || key.generation <= 1);
        }
    }
}

TEST(Keys, ACoordinatorThatComesBackGoesOnWithoutThemIfItKeptThemAndElseWithOthers) {
    for (const Fate keys : {Fate::kept, Fate::lost}) {
        Scenario scenario = rotating(6, 5h, 10min);
        scenario.fleets[0].tickets.distribution = KeyCoordinator{};
        scenario.faults = {
            Restart{.where = "edge/keys", .start = 90min, .lasts = 1h, .keys = keys}};
        Outcome outcome = run(scenario, 7);
        const Shares shares = between(outcome, 1h, 5h);
        EXPECT_EQ(shares.unknown, 0);  // Old and new are both at all servers.
        EXPECT_GT(shares.resumed, 100);
        std::map<std::int64_t, Duration> began;
        for (const Key& key : keys_of(outcome)) {
            if (key.server != 1 || key.site != 0) continue;
            began[key.key] = key.issued_from;
        }
        // 0 h and 1 h; 2 h when it is back; 3 h, 4 h.
        EXPECT_EQ(began.size(), 5u);
        EXPECT_TRUE(std::ranges::any_of(began, [](const auto& each) {
            return each.second > 150min && each.second < 150min + 100ms;
        }));
    }
}

TEST(Keys, AServerThatHasLostThemAsksAndHasTheSameAgain) {
    Scenario scenario = rotating(10, 2h, 2min);
    scenario.fleets[0].tickets.distribution = KeyCoordinator{};
    scenario.faults = {
        Restart{.where = "edge/ams", .start = 70min, .lasts = 1min, .keys = Fate::lost},
        Deploy{.fleet = "edge", .start = 100min, .every = 10s, .keys = Fate::lost}};
    Outcome outcome = run(scenario, 8);
    for (const Row& row : rows_of(outcome)) {
        const bool settled =
            row.started > 71min + 100ms && (row.started < 100min || row.started > 101min);
        if (!settled || !row.offered || row.outcome != Ended::ok) continue;
        EXPECT_TRUE(row.resumed);
    }
}

TEST(Keys, ACoordinatorWhoseClockJumpsAheadHandsOutKeysThatNobodyMayUseYet) {
    Scenario scenario = rotating(5, 5h, 5min);
    scenario.fleets[0].tickets.distribution = KeyCoordinator{};
    scenario.faults = {
        ClockSkew{.where = "edge/keys", .offset = 10h, .start = 90min, .lasts = 200min}};
    Outcome outcome = run(scenario, 9);
    // The key of 1 h is retired at 3 h; those of 11 h to 14 h are here and must wait.
    const Shares without = between(outcome, 200min, 290min);
    EXPECT_EQ(without.resumed, 0);
    for (const Key& key : keys_of(outcome)) {
        if (key.generation <= 1 || key.generation > 20) continue;
        EXPECT_EQ(key.issued_from, history::not_reached);
    }
}

TEST(Keys, CostNothingWhereNothingHappensAndOneExchangeWhereOneDoes) {
    Scenario scenario = rotating(1, 24h, 1h);
    scenario.clients[0].arrivals = Trace{};  // Nobody comes.
    const auto events = [&](const KeyDistribution& distribution) {
        scenario.fleets[0].tickets.distribution = distribution;
        return run(scenario, 1).history.events;
    };
    const std::uint64_t ideal = events(std::monostate{});
    EXPECT_EQ(events(ClockDerived{}), ideal);
    // Per rotation one alarm; per server two datagrams, one event where it meets a machine and one
    // where it meets the link.
    const std::uint64_t pushed = events(KeyCoordinator{}) - ideal;
    EXPECT_LE(pushed, 24u * (1 + 4 * 3));
    EXPECT_GE(pushed, 23u * (1 + 4 * 3));
    const std::uint64_t polled =
        events(KeyCoordinator{.delivery = KeyDelivery::poll, .poll_interval = 1h}) - ideal;
    EXPECT_LE(polled, 24u + 4 * 28 * 4);
}

TEST(ClockSkew, IsTheReasonWhereItAloneMakesATicketTooOld) {
    for (const char* where : {"phones", "edge/ams/server-1"}) {
        Scenario scenario = plain(1, 24h, 1h);
        Trace visits;
        visits.visits = {{10min, 70min, 3h + 10min, 3h + 20min}};
        scenario.clients[0].arrivals = visits;
        scenario.faults = {ClockSkew{.where = where, .offset = 90min, .start = 1h, .lasts = 2h}};
        Outcome outcome = run(scenario, 1);
        std::vector<NotResumed> reasons;
        for (const Row& row : rows_of(outcome)) reasons.push_back(row.not_resumed);
        // Lifetime 2 h: at 70 min it is one hour old, and looks two and a half. The ticket of then,
        // issued at 160 min by a server's clock that was ahead, is two hours old at 190 min and
        // does not look so; a client counts its age from when its own clock was ahead.
        EXPECT_EQ(reasons[0], NotResumed::first_visit);
        EXPECT_EQ(reasons[1], NotResumed::clock_skew) << where;
        EXPECT_EQ(reasons[3], NotResumed::resumed);
    }
}

TEST(ClockSkew, OfDerivedKeysMakesThemUnknownBehindAndRetiredAhead) {
    for (const Duration offset : std::initializer_list<Duration>{-3h, 3h}) {
        Scenario scenario = rotating(10, 3h, 5min);
        scenario.fleets[0].sites.pop_back();
        scenario.fleets[0].tickets.distribution = ClockDerived{};
        scenario.faults = {ClockSkew{
            .where = "edge/ams/server-2", .offset = offset, .start = 90min, .lasts = 10h}};
        Outcome outcome = run(scenario, 3);
        std::map<NotResumed, int> at_the_other;
        for (const Row& row : rows_of(outcome)) {
            if (row.started > 95min && row.server == 2) ++at_the_other[row.not_resumed];
        }
        EXPECT_GT(at_the_other[NotResumed::resumed], 10);  // What it issued itself.
        EXPECT_GT(at_the_other[offset < 0h ? NotResumed::unknown_key : NotResumed::key_retired],
                  10);
        EXPECT_EQ(at_the_other[offset < 0h ? NotResumed::key_retired : NotResumed::unknown_key], 0);
    }
}

// A server out of step whose key is damaged meanwhile; then only the damage is left.
TEST(KeyDesync, ThatEndsUnderADamageLeavesTheDamageAlone) {
    std::vector<Duration> visits;
    for (int i = 0; i < 8; ++i) visits.push_back(2h + 30min + i * 1min);
    Scenario scenario = visiting({visits});
    Fleet& fleet = scenario.fleets[0];
    fleet.servers_per_site = 2;
    fleet.balancing = Balancing::round_robin;
    fleet.tickets.rotation = StekRotation{.every = 10min};
    scenario.faults = {KeyDesync{.where = "edge/ams/server-2", .start = 1h, .lasts = 1h},
                       KeyCorruption{.where = "edge/ams/server-2", .start = 90min, .lasts = 2h}};
    Outcome outcome = run(scenario, 3);
    const auto resumed = numbers(outcome, "resumed");
    EXPECT_EQ(resumed, (std::vector<std::int64_t>{0, 1, 1, 1, 1, 1, 1, 1}));
}

}  // namespace
}  // namespace reshake::world
