// Restarts, deploys and balancing in a run: who loses what, and what nobody notices.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::NoEarlyData;
using history::NotResumed;
using Ended = history::Outcome;

struct Row {
    std::int64_t client, server;
    Duration started, connect, total;
    Ended outcome;
    bool offered;
    NotResumed not_resumed;
    NoEarlyData no_early_data;
    std::int64_t early_bytes, version;

    [[nodiscard]] Duration ended() const { return started + total; }
};

std::vector<Row> rows_of(Outcome& outcome) {
    std::map<std::string_view, std::vector<std::int64_t>> of;
    for (const char* name :
         {"client", "server", "started", "connect", "total", "outcome", "offered", "not_resumed",
          "no_early_data", "early_bytes", "tls_version"}) {
        of[name] = numbers(outcome, name);
    }
    std::vector<Row> rows;
    for (std::size_t i = 0; i < of["client"].size(); ++i) {
        rows.push_back({of["client"][i], of["server"][i], Duration(of["started"][i]),
                        Duration(of["connect"][i]), Duration(of["total"][i]),
                        static_cast<Ended>(of["outcome"][i]), of["offered"][i] != 0,
                        static_cast<NotResumed>(of["not_resumed"][i]),
                        static_cast<NoEarlyData>(of["no_early_data"][i]), of["early_bytes"][i],
                        of["tls_version"][i]});
    }
    std::ranges::stable_sort(rows, {}, &Row::started);
    return rows;
}

std::vector<Row> rows_of(const Scenario& scenario, std::uint64_t seed) {
    Outcome outcome = run(scenario, seed);
    return rows_of(outcome);
}

/// One row of numbers per attempt that was over before `when`, in the order of the table.
std::vector<std::vector<std::int64_t>> over_before(Outcome& outcome, Duration when) {
    std::vector<std::vector<std::int64_t>> rows;
    outcome.history.attempts.for_each_column([&](const auto&, auto& stored) {
        rows.resize(stored.size());
        for (std::size_t i = 0; i < stored.size(); ++i) {
            rows[i].push_back(static_cast<std::int64_t>(stored[i]));
        }
    });
    const auto started = numbers(outcome, "started");
    const auto total = numbers(outcome, "total");
    std::vector<std::vector<std::int64_t>> before;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        // The server's side writes into a row for a second longer.
        if (total[i] >= 0 && Duration(started[i] + total[i]) + 1s < when) before.push_back(rows[i]);
    }
    return before;
}

/// Attempts that take long enough to be hit: a response of 40 kB at 200 kbit/s.
Scenario busy() {
    Scenario scenario = plain(100, 8min, 20s);
    scenario.clients[0].access = Link{.rate = BitRate{200'000}, .delay = 20ms};
    scenario.clients[0].response_bytes = 20'000;
    scenario.fleets[0].servers_per_site = 2;
    return scenario;
}

TEST(Restart, ResetsWhatIsOpenAndRefusesWhatComesUntilItIsOver) {
    for (const TcpFlavour tcp : {TcpFlavour::linux_6, TcpFlavour::linux_4, TcpFlavour::ns3}) {
        Scenario scenario = busy();
        scenario.clients[0].response_bytes = 40'000;
        scenario.tcp = tcp;
        scenario.faults = {Restart{.where = "edge/ams/server-1", .start = 4min, .lasts = 1min}};
        int refused = 0;
        int cut = 0;
        for (const Row& row : rows_of(scenario, 1)) {
            const bool its = row.server == 1;
            if (its && row.started >= 4min && row.started < 5min - 100ms) {
                EXPECT_EQ(row.outcome, Ended::reset);
                EXPECT_EQ(row.connect, history::not_reached);
                EXPECT_GE(row.total, 50ms);
                EXPECT_LE(row.total, 3s);  // Behind other visits' bytes, but nobody times out.
                ++refused;
            } else if (its && row.started < 4min && row.outcome != Ended::ok) {
                EXPECT_EQ(row.outcome, Ended::reset);
                EXPECT_GE(row.ended(), 4min);
                EXPECT_LE(row.ended(), 4min + 4s);
                ++cut;
            } else if (!its || row.started >= 5min) {
                EXPECT_TRUE(row.outcome == Ended::ok || row.outcome == Ended::unfinished);
            }
        }
        EXPECT_GT(refused, 100) << name_of(tcp);
        EXPECT_GT(cut, 1) << name_of(tcp);
    }
}

TEST(Restart, OfASiteSendsItsClientsToTheNextOneAtOnce) {
    for (const IpVersion ip : {IpVersion::ipv4, IpVersion::ipv6}) {
        Scenario scenario = plain(40, 4h, 5min);
        scenario.ip = ip;
        scenario.fleets[0].sites.push_back({.name = "iad", .distance = 5ms});
        scenario.faults = {Restart{.where = "edge/ams", .start = 1h, .lasts = 1h}};
        Outcome outcome = run(scenario, 2);
        const auto site = numbers(outcome, "site");
        const auto attempt = numbers(outcome, "attempt");
        const auto home = numbers(outcome, "home");
        const auto ended = numbers(outcome, "outcome");
        int elsewhere = 0;
        for (std::size_t i = 0; i < site.size(); ++i) {
            if (home[i] != 0 || site[i] != 1) continue;
            EXPECT_EQ(attempt[i], 1);
            EXPECT_EQ(static_cast<Ended>(ended[i]), Ended::ok);
            ++elsewhere;
        }
        EXPECT_GT(elsewhere, 100);
    }
}

/// What first offers met that were made after 1 h with tickets from before.
std::map<NotResumed, int> first_offers_after(const Scenario& scenario, Duration when) {
    std::map<std::int64_t, bool> seen;
    std::map<NotResumed, int> reasons;
    for (const Row& row : rows_of(scenario, 3)) {
        if (row.started < when || !row.offered) continue;
        if (!std::exchange(seen[row.client], true)) ++reasons[row.not_resumed];
    }
    return reasons;
}

TEST(Restart, LosesSessionsWithItsMemoryAndTicketsWithItsKeysAndNothingThatIsKept) {
    for (const bool cached : {true, false}) {
        for (const Fate memory : {Fate::lost, Fate::kept}) {
            for (const Fate keys : {Fate::lost, Fate::kept}) {
                Scenario scenario = plain(30, 2h, 5min);
                scenario.clients[0].linger = 3min;  // Connections are cut off that have sessions.
                scenario.fleets[0].idle_timeout = 10min;
                scenario.fleets[0].tls.session_ticket = !cached;
                scenario.faults = {Restart{
                    .where = "edge", .start = 1h, .lasts = 1ms, .memory = memory, .keys = keys}};
                const bool lost = (cached ? memory : keys) == Fate::lost;
                const NotResumed expected = !lost    ? NotResumed::resumed
                                            : cached ? NotResumed::not_cached
                                                     : NotResumed::unknown_key;
                const auto reasons = first_offers_after(scenario, 1h + 1ms);
                EXPECT_EQ(reasons.size(), 1u);
                EXPECT_TRUE(reasons.contains(expected));
            }
        }
    }
}

// Shared keys lost by one of two servers: they open their own tickets from then on, and not each
// other's. Lost by the whole fleet: the new keys are shared again.
TEST(Restart, KeysLostByOneServerAreSharedWithNobodyAndByAllAreSharedByAll) {
    for (const bool all : {false, true}) {
        Scenario scenario = plain(30, 5h, 5min);
        scenario.fleets[0].servers_per_site = 2;
        scenario.faults = {Restart{.where = all ? "edge" : "edge/ams/server-2",
                                   .start = 1h,
                                   .lasts = 1ms,
                                   .keys = Fate::lost}};
        std::map<std::int64_t, std::int64_t> last;  // Who has issued each client's newest ticket.
        int same = 0;
        int other = 0;
        for (const Row& row : rows_of(scenario, 4)) {
            if (row.outcome != Ended::ok) continue;
            const bool known = last.contains(row.client);
            const bool from_other = known && last[row.client] != row.server;
            last[row.client] = row.server;
            if (row.started < 3h || !row.offered) continue;  // By then all tickets are new.
            const bool resumed = row.not_resumed == NotResumed::resumed;
            EXPECT_EQ(resumed, all || !from_other);
            ++(from_other ? other : same);
        }
        EXPECT_GT(same, 100);
        EXPECT_GT(other, 100);
    }
}

TEST(Restart, TheNewRingIsRecordedWithItsFault) {
    Scenario scenario = plain(1, 4h, 1h);
    scenario.fleets[0].tickets.rotation = StekRotation{.every = 2h, .keep_previous = 1};
    scenario.fleets[0].tickets.lifetime = 2h;
    scenario.faults = {Restart{.where = "edge", .start = 1h, .lasts = 1min, .keys = Fate::lost}};
    Outcome outcome = run(scenario, 1);
    std::map<std::string_view, std::vector<std::int64_t>> of;
    outcome.history.ticket_keys.for_each_column([&](const auto& field, auto& stored) {
        for (const auto& each : stored) of[field.name].push_back(static_cast<std::int64_t>(each));
    });
    const auto ns = [](Duration time) { return time.count(); };
    EXPECT_EQ(of["fault"], (std::vector<std::int64_t>{-1, 0, 0}));
    EXPECT_EQ(of["generation"], (std::vector<std::int64_t>{0, 0, 1}));
    const Duration up = 1h + 1min;
    EXPECT_EQ(of["issued_from"], (std::vector<std::int64_t>{0, ns(up), ns(2h)}));
    EXPECT_EQ(of["issued_until"], (std::vector<std::int64_t>{ns(up), ns(2h), ns(4h)}));
    EXPECT_EQ(of["opens_until"], (std::vector<std::int64_t>{ns(up), ns(4h), ns(6h)}));
}

TEST(Restart, OfServersThatAreDownAlreadyKeepsThemDownToTheEndOfBoth) {
    Scenario scenario = plain(20, 1h, 1min);
    scenario.faults = {Restart{.where = "edge", .start = 30min, .lasts = 10min},
                       Restart{.where = "edge/ams", .start = 35min, .lasts = 10min}};
    for (const Row& row : rows_of(scenario, 1)) {
        if (row.started > 30min && row.started < 45min - 1s) {
            EXPECT_EQ(row.outcome, Ended::reset);
        } else if (row.started > 45min && row.ended() < 1h) {
            EXPECT_EQ(row.outcome, Ended::ok);
        }
    }
}

// Deploys.

TEST(Deploy, WithoutDowntimeNobodyNoticesThatProcessesChange) {
    Scenario scenario = busy();
    Outcome before = run(scenario, 5);
    scenario.faults = {Deploy{.fleet = "edge", .start = 4min, .every = 10s}};
    Outcome after = run(scenario, 5);
    EXPECT_EQ(before.history.wire.value(), after.history.wire.value());
    EXPECT_EQ(over_before(before, 8min), over_before(after, 8min));
}

TEST(Deploy, WithDowntimeTakesTheServersDownOneAfterTheOther) {
    Scenario scenario = plain(100, 10min, 20s);
    scenario.fleets[0].servers_per_site = 3;
    scenario.faults = {Deploy{.fleet = "edge", .start = 2min, .every = 60s, .lasts = 20s}};
    std::map<std::int64_t, int> refused;
    for (const Row& row : rows_of(scenario, 1)) {
        if (row.outcome != Ended::reset) continue;
        const Duration begins = 2min + 60s * (row.server - 1);
        EXPECT_GE(row.ended(), begins);
        EXPECT_LE(row.started, begins + 20s);
        ++refused[row.server];
    }
    EXPECT_EQ(refused.size(), 3u);
    for (const auto& [server, count] : refused) EXPECT_GT(count, 15);
}

TEST(Deploy, IsRecordedFromTheFirstTurnToTheEndOfTheLast) {
    Scenario scenario = plain(1, 1h, 1h);
    scenario.fleets[0].servers_per_site = 5;
    scenario.faults = {
        Deploy{.fleet = "edge", .start = 30min, .every = 60s, .servers_at_once = 2, .lasts = 20s}};
    Outcome outcome = run(scenario, 1);
    outcome.history.faults.for_each_column([&](const auto& field, auto& column) {
        ASSERT_EQ(column.size(), 1u);
        const auto held = static_cast<std::int64_t>(column[0]);
        if (field.name == "kind") {
            EXPECT_EQ(static_cast<history::FaultKind>(held), history::FaultKind::deploy);
        } else if (field.name == "began") {
            EXPECT_EQ(Duration(held), 30min);
        } else if (field.name == "ended") {
            EXPECT_EQ(Duration(held), 30min + 2 * 60s + 20s);
        }
    });
}

/// A deploy at 1 h of `tls`, and what the fleet and its clients have before.
Scenario deployed(ServerTls before, ServerTls after) {
    Scenario scenario = plain(30, 2h, 5min);
    scenario.fleets[0].tls = before;
    scenario.faults = {Deploy{.fleet = "edge", .start = 1h, .tls = after}};
    return scenario;
}

TEST(Deploy, OfTls12ChangesTheVersionAndTheTicketsOfTls13AreOfNoUse) {
    Scenario scenario = deployed({.groups = "X25519:P-256"}, {.groups = "X25519:P-256"});
    scenario.clients[0].tls.groups = "X25519:P-256";
    std::get<Deploy>(scenario.faults[0]).tls->max_protocol = ProtocolVersion::tls_1_2;
    const auto reasons = first_offers_after(scenario, 1h);
    EXPECT_EQ(reasons.size(), 1u);
    EXPECT_TRUE(reasons.contains(NotResumed::version_changed));
}

TEST(Deploy, OfAnotherHashChangesTheCipherAndTheTicketsOfTheFormerAreOfNoUse) {
    const Scenario scenario = deployed({.ciphersuites = "TLS_AES_256_GCM_SHA384"},
                                       {.ciphersuites = "TLS_AES_128_GCM_SHA256"});
    const auto reasons = first_offers_after(scenario, 1h);
    EXPECT_EQ(reasons.size(), 1u);
    EXPECT_TRUE(reasons.contains(NotResumed::cipher_changed));
}

ServerTls taking_early_data() {
    return {.groups = "X25519:P-256",
            .max_early_data = 16'384,
            .anti_replay = AntiReplay::client_hello_record};
}

TEST(Deploy, ThatTurnsEarlyDataOffIsTheReasonAndEveryRequestIsAnswered) {
    ServerTls after = taking_early_data();
    after.max_early_data = 0;
    Scenario scenario = deployed(taking_early_data(), after);
    scenario.clients[0].tls.early_data = true;
    int off = 0;
    for (const Row& row : rows_of(scenario, 3)) {
        EXPECT_TRUE(row.outcome == Ended::ok || row.outcome == Ended::unfinished);
        if (row.no_early_data != NoEarlyData::server_off) continue;
        EXPECT_GE(row.started, 1h - 1s);
        ++off;
    }
    EXPECT_GE(off, 28);
}

// RFC 8446 appendix D.3.
TEST(Deploy, ThatRollsBackToTls12FailsThoseWhoSendEarlyDataAndNoOthers) {
    ServerTls after = taking_early_data();
    after.max_protocol = ProtocolVersion::tls_1_2;
    Scenario scenario = deployed(taking_early_data(), after);
    scenario.clients[0].tls = {.groups = "X25519:P-256", .early_data = true};
    scenario.clients[0].early_safe = 0.5;
    int failed = 0;
    int fine = 0;
    for (const Row& row : rows_of(scenario, 3)) {
        if (row.started < 1h || row.outcome == Ended::unfinished) continue;
        if (row.early_bytes > 0) {
            EXPECT_EQ(row.outcome, Ended::alert);
            ++failed;
        } else {
            EXPECT_EQ(row.outcome, Ended::ok);
            EXPECT_EQ(row.version, 0x0303);
            ++fine;
        }
    }
    EXPECT_GT(failed, 10);
    EXPECT_GT(fine, 100);
}

// The chain of the fleet has an intermediate, the one that replaces it has none.
TEST(CertificateExpiry, OfAChainThatHasLostItsIntermediateIsItsLeafs) {
    Scenario scenario = visiting({{1h}, {3h}});
    scenario.fleets[0].tls.intermediates = 1;
    scenario.faults = {
        CertificateReplacement{.where = "edge", .start = 30min, .intermediates = 0},
        CertificateExpiry{.where = "edge", .start = 2h, .which = ChainPart::intermediate}};
    const auto rows = rows_of(scenario, 3);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].outcome, Ended::ok);
    EXPECT_EQ(rows[1].outcome, Ended::alert);
}

// Laws.

TEST(Faults, WhatWasOverBeforeTheFaultIsAsInARunWithoutIt) {
    Scenario scenario = busy();
    scenario.clients[0].access = Link{.rate = BitRate{200'000},
                                      .delay = 20ms,
                                      .loss = GilbertElliott{.mean_loss = 0.02, .mean_burst = 3}};
    // Who goes where depends on everybody: what leaks from the future would show.
    scenario.fleets[0].balancing = Balancing::least_connections;
    Outcome without = run(scenario, 6);
    const auto expected = over_before(without, 4min);
    ASSERT_GT(expected.size(), 800u);
    const std::vector<PlannedFault> faults{
        Restart{.where = "edge", .start = 4min, .lasts = 1min, .keys = Fate::lost},
        Deploy{.fleet = "edge",
               .start = 4min,
               .lasts = 5s,
               .tls = ServerTls{.max_protocol = ProtocolVersion::tls_1_2}}};
    for (const PlannedFault& fault : faults) {
        scenario.faults = {fault};
        Outcome with = run(scenario, 6);
        EXPECT_EQ(over_before(with, 4min), expected);
        Outcome again = run(scenario, 6);
        EXPECT_EQ(everything(with), everything(again));
        EXPECT_EQ(with.history.wire.value(), again.history.wire.value());
        EXPECT_NE(with.history.wire.value(), without.history.wire.value());
    }
}

// Balancing.

struct Share {
    int offered = 0;
    int resumed = 0;
};

Share share_of(Balancing how, std::uint32_t servers, std::uint32_t clients) {
    Scenario scenario = plain(clients, 24h, 20min);
    scenario.fleets[0].servers_per_site = servers;
    scenario.fleets[0].balancing = how;
    scenario.fleets[0].sticky_lifetime = 24h;
    scenario.fleets[0].tickets.keys = TicketKeyScope::per_server;
    scenario.fleets[0].tickets.lifetime = 24h;
    Share share;
    for (const Row& row : rows_of(scenario, 8)) {
        share.offered += row.offered ? 1 : 0;
        share.resumed += row.not_resumed == NotResumed::resumed ? 1 : 0;
    }
    return share;
}

TEST(Balancing, AtRandomOneInNTicketsMeetsTheServerWhoseKeyItWas) {
    for (const std::uint32_t servers : {2u, 4u, 8u}) {
        const Share share = share_of(Balancing::random, servers, 30);
        ASSERT_GT(share.offered, 1500);
        const double expected = 1.0 / servers;
        EXPECT_NEAR(share.resumed / double{1.0 * share.offered}, expected,
                    4 * std::sqrt(expected * (1 - expected) / share.offered));
    }
}

TEST(Balancing, ByConsistentHashOrStickyEveryTicketMeetsItsServer) {
    for (const Balancing how : {Balancing::consistent_hash, Balancing::sticky}) {
        const Share share = share_of(how, 8, 20);
        ASSERT_GT(share.offered, 1000);
        EXPECT_EQ(share.resumed, share.offered);
    }
}

// One client, the newest ticket first: its ticket is always of the server before.
TEST(Balancing, InTurnAClientAloneNeverMeetsTheServerOfItsNewestTicketUnlessThereIsOne) {
    for (const std::uint32_t servers : {1u, 2u, 3u}) {
        Scenario scenario = plain(1, 24h, 10min);
        scenario.fleets[0].servers_per_site = servers;
        scenario.fleets[0].balancing = Balancing::round_robin;
        scenario.fleets[0].tickets.keys = TicketKeyScope::per_server;
        scenario.fleets[0].tickets.lifetime = 24h;
        const auto rows = rows_of(scenario, 9);
        ASSERT_GT(rows.size(), 80u);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            EXPECT_EQ(rows[i].server, static_cast<std::int64_t>(i % servers) + 1);
            EXPECT_EQ(rows[i].not_resumed == NotResumed::resumed, servers == 1 && i > 0);
        }
    }
}

}  // namespace
}  // namespace reshake::world
