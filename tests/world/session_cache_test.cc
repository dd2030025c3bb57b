// Session caches in a run: what they bring, what they cost, and what happens without them.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::CacheOperationKind;
using history::NotResumed;

constexpr Duration lookup = 2 * 1ms + 100us;

Scenario cached(std::uint32_t servers = 2) {
    Scenario scenario = plain(20, 6h, 30min);
    Fleet& fleet = scenario.fleets[0];
    fleet.servers_per_site = servers;
    fleet.tls.session_ticket = false;
    fleet.session_cache =
        SessionCache{.link = {.delay = 1ms}, .service_time = 100us, .lookup_timeout = 20ms};
    return scenario;
}

SessionCache& cache_of(Scenario& scenario) { return *scenario.fleets[0].session_cache; }

struct Row {
    Duration started, lookup, handshake;
    history::Outcome outcome;
    bool offered;
    NotResumed reason;
    std::int64_t version;

    [[nodiscard]] bool resumed() const { return reason == NotResumed::resumed; }
};

std::vector<Row> rows_of(Outcome& outcome) {
    std::map<std::string_view, std::vector<std::int64_t>> of;
    for (const char* name : {"started", "session_lookup", "handshake", "outcome", "offered",
                             "not_resumed", "tls_version"}) {
        of[name] = numbers(outcome, name);
    }
    std::vector<Row> rows;
    for (std::size_t i = 0; i < of["started"].size(); ++i) {
        rows.push_back({Duration(of["started"][i]), Duration(of["session_lookup"][i]),
                        Duration(of["handshake"][i]),
                        static_cast<history::Outcome>(of["outcome"][i]), of["offered"][i] != 0,
                        static_cast<NotResumed>(of["not_resumed"][i]), of["tls_version"][i]});
    }
    return rows;
}

std::vector<Row> rows_of(const Scenario& scenario, std::uint64_t seed = 5) {
    Outcome outcome = run(scenario, seed);
    return rows_of(outcome);
}

std::map<CacheOperationKind, std::size_t> operations_of(Outcome& outcome) {
    std::map<CacheOperationKind, std::size_t> counts;
    outcome.history.cache.for_each_column([&](const auto& field, auto& stored) {
        if (field.name != "operation") return;
        for (const auto each : stored) ++counts[static_cast<CacheOperationKind>(each)];
    });
    return counts;
}

std::size_t resumed_of(const std::vector<Row>& rows) {
    return static_cast<std::size_t>(std::ranges::count_if(rows, &Row::resumed));
}

void expect_no_handshake_broken(const std::vector<Row>& rows) {
    EXPECT_FALSE(rows.empty());
    for (const Row& row : rows) {
        if (row.outcome == history::Outcome::connect_timeout) continue;  // No server was reached.
        EXPECT_EQ(row.outcome, history::Outcome::ok);
    }
}

class Cached : public ::testing::TestWithParam<ProtocolVersion> {
protected:
    static Scenario scenario(std::uint32_t servers) {
        Scenario made = cached(servers);
        made.clients[0].tls.max_protocol = GetParam();
        return made;
    }
};

TEST_P(Cached, ServersThatShareACacheResumeAsMuchAsOneServerDoes) {
    Scenario alone = scenario(1);
    alone.fleets[0].session_cache.reset();
    const std::size_t one = resumed_of(rows_of(alone));
    EXPECT_GT(one, 100u);
    for (const std::uint32_t servers : {1u, 4u}) {
        const auto rows = rows_of(scenario(servers));
        expect_no_handshake_broken(rows);
        EXPECT_EQ(resumed_of(rows), one) << servers;
    }
}

TEST_P(Cached, ALookupTakesTheWayThereTheServiceAndTheWayBackAndTheHandshakeWaits) {
    Scenario near = scenario(1);
    near.fleets[0].session_cache.reset();
    const auto without = rows_of(near);
    const auto with = rows_of(scenario(1));
    ASSERT_EQ(without.size(), with.size());
    for (std::size_t i = 0; i < with.size(); ++i) {
        if (!with[i].offered) {
            EXPECT_EQ(with[i].lookup, history::not_reached);
            continue;
        }
        EXPECT_EQ(with[i].lookup, lookup);
        EXPECT_EQ(with[i].handshake, without[i].handshake + lookup);
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, Cached,
                         ::testing::Values(ProtocolVersion::tls_1_2, ProtocolVersion::tls_1_3),
                         [](const auto& instance) {
                             return instance.param == ProtocolVersion::tls_1_2 ? "Tls12" : "Tls13";
                         });

struct Case {
    const char* name;
    std::set<NotResumed> expected;
    std::function<void(Scenario&)> change;
};

std::ostream& operator<<(std::ostream& out, const Case& each) { return out << each.name; }

class CacheFallback : public ::testing::TestWithParam<Case> {};

TEST_P(CacheFallback, IsNamedAndBreaksNoHandshake) {
    Scenario scenario = cached();
    GetParam().change(scenario);
    const auto rows = rows_of(scenario);
    expect_no_handshake_broken(rows);
    std::set<NotResumed> met;
    for (const Row& row : rows) {
        if (row.offered && !row.resumed()) met.insert(row.reason);
    }
    EXPECT_EQ(met, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, CacheFallback,
    ::testing::Values(
        Case{"Full", {NotResumed::evicted}, [](Scenario& s) { cache_of(s).capacity = 20; }},
        Case{"FullFifo",
             {NotResumed::evicted},
             [](Scenario& s) {
                 cache_of(s).capacity = 20;
                 cache_of(s).eviction = Eviction::fifo;
             }},
        Case{"ShortLived",
             {NotResumed::expired_in_cache},
             [](Scenario& s) { cache_of(s).ttl = 10min; }},
        Case{"Slow",
             {NotResumed::cache_timeout},
             [](Scenario& s) { cache_of(s).link.delay = 15ms; }},
        Case{"Gone",
             {NotResumed::cache_timeout},
             [](Scenario& s) {
                 s.faults = {Restart{.where = "edge/cache", .start = 0s, .lasts = 24h}};
             }},
        // Half of the questions and half of the answers are lost, and half of what is stored.
        Case{"Lossy",
             {NotResumed::cache_timeout, NotResumed::not_cached},
             [](Scenario& s) { cache_of(s).link.loss = Bernoulli{.loss = 0.5}; }},
        Case{"Emptied",
             {NotResumed::not_cached},
             [](Scenario& s) {
                 s.faults = {Restart{.where = "edge/cache", .start = 3h, .lasts = 1ns}};
             }},
        Case{"PolicyChanged",
             {NotResumed::policy_changed},
             [](Scenario& s) {
                 s.faults = {Deploy{.fleet = "edge",
                                    .start = 3h,
                                    .every = 0s,
                                    .tickets = Tickets{.lifetime = 600s}}};
                 s.clients[0].arrivals = Poisson{.mean_gap = 1h};
             }},
        Case{"ChainTooOld",
             {NotResumed::chain_too_old},
             [](Scenario& s) { s.fleets[0].tickets.max_chain_age = 90min; }},
        Case{"UncleanClose",
             {NotResumed::unclean_close},
             [](Scenario& s) { s.clients[0].vanish = 0.5; }},
        // Two connections at once offer the same ticket; early data lets one have it.
        Case{"Spent",
             {NotResumed::spent},
             [](Scenario& s) {
                 s.fleets[0].tls.session_ticket = true;
                 s.fleets[0].tls.max_early_data = 1000;
                 s.clients[0].connections = 2;
                 s.clients[0].tickets.reuse = TicketReuse::always;
             }},
        Case{"OtherSite",
             {NotResumed::not_cached},
             [](Scenario& s) {
                 Fleet& fleet = s.fleets[0];
                 fleet.sites.push_back({.name = "iad"});
                 cache_of(s).scope = CacheScope::per_site;
                 s.faults = {
                     Partition{.between = {"phones", "edge/ams"}, .start = 3h, .lasts = 24h}};
                 s.clients[0].connect_timeout = 5s;
             }}),
    [](const auto& instance) { return instance.param.name; });

TEST(SessionCacheFaults, AfterAPartitionOnlyWhatWasStoredMeanwhileIsMissing) {
    Scenario scenario = cached();
    cache_of(scenario).failure_limit = 0;
    scenario.clients[0].arrivals = Poisson{.mean_gap = 10min};
    scenario.faults = {Partition{.between = {"edge/ams", "edge/cache"}, .start = 2h, .lasts = 1h}};
    scenario.duration = 4h;
    for (const Row& row : rows_of(scenario)) {
        EXPECT_EQ(row.outcome, history::Outcome::ok);
        if (!row.offered) continue;
        const bool cut = row.started >= 2h && row.started < 3h - 1s;
        if (cut) {
            EXPECT_EQ(row.reason, NotResumed::cache_timeout);
            EXPECT_EQ(row.lookup, 20ms);
        } else if (row.started < 2h) {
            EXPECT_TRUE(row.resumed());
        } else if (row.started > 3h + 1s) {
            EXPECT_TRUE(row.resumed() || row.reason == NotResumed::not_cached);
        }
    }
}

TEST(SessionCacheFaults, ARestartKeepsWhatItIsToldToKeep) {
    for (const Fate memory : {Fate::kept, Fate::lost}) {
        Scenario scenario = cached();
        scenario.faults = {
            Restart{.where = "edge/cache", .start = 3h, .lasts = 1ns, .memory = memory}};
        const auto rows = rows_of(scenario);
        const auto missed = std::ranges::count(rows, NotResumed::not_cached, &Row::reason);
        EXPECT_EQ(missed > 0, memory == Fate::lost);
    }
}

TEST(SessionCacheFaults, AReplicaTakesOverAfterOneTimeoutPerServer) {
    Scenario scenario = cached(2);
    cache_of(scenario).replicas = 2;
    scenario.faults = {
        Partition{.between = {"edge", "edge/cache/replica-1"}, .start = 3h, .lasts = 24h}};
    Outcome outcome = run(scenario, 5);
    const auto rows = rows_of(outcome);
    std::size_t waited = 0;
    for (const Row& row : rows) {
        EXPECT_EQ(row.resumed(), row.offered);
        if (!row.offered || row.lookup == lookup) continue;
        EXPECT_EQ(row.lookup, 20ms + lookup);
        EXPECT_GE(row.started, 3h);
        ++waited;
    }
    EXPECT_EQ(waited, 2u);
    EXPECT_EQ(operations_of(outcome)[CacheOperationKind::timeout], 2u);
}

// Two servers, clients that come every few seconds, and replicas that are all gone for ten minutes.
TEST(SessionCacheFaults, SilentReplicasAreLeftAloneAndAskedAgainAfterAWhile) {
    Scenario scenario = cached(1);
    scenario.duration = 1h;
    scenario.clients[0].arrivals = Poisson{.mean_gap = 1min};
    cache_of(scenario).replicas = 2;
    cache_of(scenario).failure_limit = 2;
    cache_of(scenario).retry_timeout = 1min;
    scenario.faults = {
        Partition{.between = {"edge", "edge/cache"}, .start = 30min, .lasts = 10min}};
    Outcome outcome = run(scenario, 5);
    std::size_t waited = 0;
    std::size_t spared = 0;
    for (const Row& row : rows_of(outcome)) {
        if (row.outcome == history::Outcome::unfinished) continue;
        EXPECT_EQ(row.outcome, history::Outcome::ok);
        if (!row.offered) continue;
        if (row.lookup == history::not_reached) {
            EXPECT_EQ(row.reason, NotResumed::cache_timeout);
            EXPECT_GT(row.started, 30min);
            EXPECT_LT(row.started, 41min) << "a minute after the end at the latest";
            ++spared;
        } else if (row.reason == NotResumed::cache_timeout) {
            ++waited;
        }
    }
    // Once a minute each replica is asked again; what was under way when it fell silent comes to
    // it.
    EXPECT_GT(spared, 100u);
    EXPECT_GE(waited, 10u);
    EXPECT_LE(waited, 20u);
    EXPECT_EQ(operations_of(outcome)[CacheOperationKind::timeout], 2 * waited);
}

TEST(SessionCacheFaults, AReplicaThatIsLeftAloneCostsNoTimeWhileAnotherAnswers) {
    for (const std::uint32_t limit : {0u, 1u}) {
        Scenario scenario = cached(1);
        cache_of(scenario).replicas = 2;
        cache_of(scenario).failure_limit = limit;
        cache_of(scenario).retry_timeout = 24h;
        // The second answers, falls silent, and leaves the server with the first.
        scenario.faults = {
            Partition{.between = {"edge", "edge/cache/replica-1"}, .start = 1h, .lasts = 1h},
            Partition{.between = {"edge", "edge/cache/replica-2"}, .start = 3h, .lasts = 24h}};
        for (const Row& row : rows_of(scenario)) {
            if (!row.offered || row.started < 3h) continue;
            if (limit == 0) {
                EXPECT_NE(row.reason, NotResumed::cache_timeout);
            } else {
                EXPECT_EQ(row.reason, NotResumed::cache_timeout) << "the first is left alone, too";
            }
        }
    }
}

TEST(SessionCacheFaults, ACacheThatIsAskedMoreThanItCanServeLosesRequestsAndNoHandshake) {
    Scenario scenario = cached();
    scenario.duration = 8s;
    scenario.clients[0].count = 200;
    scenario.clients[0].arrivals = Poisson{.mean_gap = 2s};  // 100/s, and as many to store.
    cache_of(scenario).service_time = 20ms;
    cache_of(scenario).lookup_timeout = 200ms;
    Outcome outcome = run(scenario, 5);
    auto operations = operations_of(outcome);
    EXPECT_GT(operations[CacheOperationKind::overflow], 0u);
    EXPECT_GT(operations[CacheOperationKind::timeout], 0u);
    for (const Row& row : rows_of(outcome)) {
        EXPECT_TRUE(row.outcome == history::Outcome::ok ||
                    row.outcome == history::Outcome::unfinished);
    }
}

TEST(SessionCacheRecord, HasARowForEveryLookupAndNeverMoreStoredThanFits) {
    Scenario scenario = cached();
    cache_of(scenario).capacity = 25;
    Outcome outcome = run(scenario, 5);
    auto operations = operations_of(outcome);
    const auto rows = rows_of(outcome);
    const auto asked = static_cast<std::size_t>(std::ranges::count(rows, true, &Row::offered));
    EXPECT_EQ(operations[CacheOperationKind::hit], resumed_of(rows));
    EXPECT_EQ(operations[CacheOperationKind::hit] + operations[CacheOperationKind::miss], asked);
    EXPECT_GT(operations[CacheOperationKind::evict], 0u);
    EXPECT_LE(operations[CacheOperationKind::store] - operations[CacheOperationKind::evict] -
                  operations[CacheOperationKind::expire],
              25u);
}

TEST(SessionCacheLaw, ACacheThatNothingAsksChangesNoByteAndCostsNoEventAsTimePasses) {
    std::set<std::uint64_t> more;
    for (const Duration duration : {1h, 3h}) {
        Scenario scenario = cached();
        scenario.duration = duration;
        scenario.fleets[0].tls.session_ticket = true;
        Outcome with = run(scenario, 5);
        scenario.fleets[0].session_cache.reset();
        Outcome without = run(scenario, 5);
        EXPECT_EQ(with.history.wire.value(), without.history.wire.value());
        EXPECT_EQ(everything(with), everything(without));
        more.insert(with.history.events - without.history.events);
    }
    EXPECT_EQ(more.size(), 1u);  // What it takes to set up a machine, and no more.
}

TEST(SessionCacheLaw, TheSameSeedGivesTheSameRun) {
    Scenario scenario = cached();
    cache_of(scenario) = {
        .replicas = 2,
        .capacity = 30,
        .link = {.rate = BitRate{1'000'000}, .delay = 1ms, .loss = Bernoulli{.loss = 0.1}}};
    Outcome one = run(scenario, 5);
    Outcome two = run(scenario, 5);
    EXPECT_EQ(one.history.wire.value(), two.history.wire.value());
    EXPECT_EQ(everything(one), everything(two));
}

std::vector<std::string> paths_of(const Scenario& scenario, Severity severity) {
    std::vector<std::string> paths;
    for (const Problem& problem : validate(scenario)) {
        if (problem.severity == severity) paths.push_back(problem.path);
    }
    return paths;
}

TEST(SessionCacheValidation, RefusesWhatCannotBeAndDoubtsWhatCannotWork) {
    Scenario scenario = cached();
    EXPECT_TRUE(validate(scenario).empty());
    scenario.fleets[0].sites[0].name = "cache";
    scenario.fleets[0].tls.max_early_data = 1000;
    cache_of(scenario).replicas = 2;
    scenario.faults = {
        Restart{.where = "edge/cache", .start = 1h, .lasts = 1s, .keys = Fate::lost},
        Partition{.between = {"phones", "edge/cache/replica-2"}, .start = 1h, .lasts = 1s},
        Restart{.where = "edge/cache/replica-3", .start = 1h, .lasts = 1s},
        Partition{.between = {"edge/cache", "edge/cache/replica-1"}, .start = 1h, .lasts = 1s},
        ClockSkew{.where = "edge/cache", .offset = 1s, .start = 1h, .lasts = 1h}};
    EXPECT_EQ(paths_of(scenario, Severity::error),
              (std::vector<std::string>{
                  "fleets[0].sites[0].name", "fleets[0].session_cache.replicas", "faults[0].keys",
                  "faults[1].between", "faults[2].where", "faults[3].between", "faults[4].where"}));

    scenario = cached();
    scenario.fleets[0].tls.session_ticket = true;
    cache_of(scenario).ttl = 24h;
    cache_of(scenario).lookup_timeout = 2ms;
    EXPECT_EQ(paths_of(scenario, Severity::error), std::vector<std::string>{});
    EXPECT_EQ(paths_of(scenario, Severity::warning),
              (std::vector<std::string>{"fleets[0].session_cache", "fleets[0].session_cache.ttl",
                                        "fleets[0].session_cache.lookup_timeout"}));
}

}  // namespace
}  // namespace reshake::world
