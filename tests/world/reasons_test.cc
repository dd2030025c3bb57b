// Every reason why a session did not resume, and why a request was no early data, provoked.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::DecidedBy;
using history::NoEarlyData;
using history::NotResumed;

struct Case {
    const char* name;
    NotResumed expected;
    std::vector<std::vector<Duration>> visits;
    std::function<void(Clients&, Fleet&)> change;
    std::vector<PlannedFault> faults{};
    history::Outcome ends = history::Outcome::ok;  ///< Of the attempt that does not resume.
};

// By what it provokes: so the test at the end of this file knows what has a case.
std::ostream& operator<<(std::ostream& out, const Case& each) {
    return out << name_of(each.expected);
}

class Fallback : public ::testing::TestWithParam<Case> {};

TEST_P(Fallback, IsProvokedAndNamed) {
    Scenario scenario = visiting(GetParam().visits);
    GetParam().change(scenario.clients[0], scenario.fleets[0]);
    scenario.faults = GetParam().faults;
    Outcome outcome = run(scenario, 5);
    const auto reasons = found<NotResumed>(outcome, "not_resumed");
    EXPECT_TRUE(reasons.contains(GetParam().expected));
    for (const NotResumed reason : reasons) {
        EXPECT_TRUE(reason == GetParam().expected || reason == NotResumed::resumed ||
                    reason == NotResumed::first_visit)
            << name_of(reason);
    }
    const auto ends = column<history::Outcome>(outcome, "outcome");
    const auto why = column<NotResumed>(outcome, "not_resumed");
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const bool provoked = why[i] == GetParam().expected;
        EXPECT_EQ(ends[i], provoked ? GetParam().ends : history::Outcome::ok);
    }
}

std::vector<std::vector<Duration>> twice() { return {{1s, 600s}}; }

INSTANTIATE_TEST_SUITE_P(
    Reasons, Fallback,
    ::testing::Values(
        Case{"ExpiredAtClient", NotResumed::expired_at_client, twice(),
             [](Clients&, Fleet& fleet) { fleet.tickets.lifetime = 300s; }},
        // Offered in time, received too late: the ClientHello is on its way for a second.
        Case{"ExpiredAtServer",
             NotResumed::expired_at_server,
             {{1s, 604'900ms}},
             [](Clients& clients, Fleet& fleet) {
                 clients.access = Link{.delay = 1s};
                 fleet.tickets.lifetime = 600s;
             }},
        Case{"AllUsed",
             NotResumed::all_used,
             {{1s, 600s, 1200s}},
             [](Clients&, Fleet& fleet) {
                 fleet.tickets.num_tickets = 1;
                 fleet.tickets.renew = false;
             }},
        Case{"InUse", NotResumed::in_use, {{1s, 600s, 600s, 600s}}, [](Clients&, Fleet&) {}},
        Case{"StoreFull", NotResumed::store_full, twice(),
             [](Clients& clients, Fleet&) { clients.tickets.capacity = 0; }},
        Case{"DroppedAtClient", NotResumed::dropped_at_client, twice(),
             [](Clients& clients, Fleet&) {
                 clients.vanish = 1.0;
                 clients.tickets.after_unclean_end = UncleanEnd::drop;
             }},
        Case{"KeyRetired", NotResumed::key_retired, twice(),
             [](Clients&, Fleet& fleet) {
                 fleet.tickets.rotation = StekRotation{.every = 60s, .keep_previous = 1};
             }},
        Case{"UnknownKey",
             NotResumed::unknown_key,
             {{1s, 10s, 20s, 30s, 40s, 50s}},
             [](Clients&, Fleet& fleet) {
                 fleet.servers_per_site = 2;
                 fleet.tickets.keys = TicketKeyScope::per_server;
             }},
        Case{"ChainTooOld",
             NotResumed::chain_too_old,
             {{1s, 600s, 1200s}},
             [](Clients&, Fleet& fleet) { fleet.tickets.max_chain_age = 900s; }},
        Case{"NotCached",
             NotResumed::not_cached,
             {{1s, 10s, 20s, 30s, 40s, 50s}},
             [](Clients&, Fleet& fleet) {
                 fleet.servers_per_site = 2;
                 fleet.tls.session_ticket = false;
             }},
        Case{"Evicted",
             NotResumed::evicted,
             {{1s, 600s}, {2s}, {3s}, {4s}},
             [](Clients&, Fleet& fleet) {
                 fleet.tls.session_ticket = false;
                 fleet.tls.session_cache_size = 3;
             }},
        // Two connections at once offer the same ticket.
        Case{"Spent",
             NotResumed::spent,
             {{1s, 600s, 600s}},
             [](Clients& clients, Fleet& fleet) {
                 clients.tickets.reuse = TicketReuse::always;
                 fleet.tls.max_early_data = 1000;
             }},
        Case{"UncleanClose", NotResumed::unclean_close, twice(),
             [](Clients& clients, Fleet& fleet) {
                 clients.vanish = 1.0;
                 fleet.tls.session_ticket = false;
             }}),
    [](const auto& instance) { return instance.param.name; });

/// The fleet is set anew between two visits.
Deploy deploy_of(ServerTls tls) { return {.fleet = "edge", .start = 300s, .tls = std::move(tls)}; }

/// Nothing passes while the ClientHello of the visit at 600 s is on its way for a second.
Partition cut_off() { return {.between = {"phones", "edge"}, .start = 602'500ms, .lasts = 1h}; }

void far_away(Clients& clients, Fleet&) { clients.access = Link{.delay = 1s}; }

INSTANTIATE_TEST_SUITE_P(
    ReasonsOfFaults, Fallback,
    ::testing::Values(
        Case{"VersionChanged",
             NotResumed::version_changed,
             twice(),
             [](Clients&, Fleet&) {},
             {deploy_of({.max_protocol = ProtocolVersion::tls_1_2})}},
        Case{"CipherChanged",
             NotResumed::cipher_changed,
             twice(),
             [](Clients&, Fleet&) {},
             {deploy_of({.ciphersuites = "TLS_AES_128_GCM_SHA256"})}},
        // A session without extended master secret, and a hello with it: RFC 7627 section 5.3.
        Case{"Refused",
             NotResumed::refused,
             twice(),
             [](Clients&, Fleet& fleet) {
                 fleet.tls.max_protocol = ProtocolVersion::tls_1_2;
                 fleet.tls.extended_master_secret = false;
             },
             {deploy_of({.max_protocol = ProtocolVersion::tls_1_2})}},
        Case{"KeyDamaged",
             NotResumed::key_damaged,
             twice(),
             [](Clients&, Fleet&) {},
             {KeyCorruption{.where = "edge", .start = 300s}}},
        Case{"Revoked",
             NotResumed::revoked,
             twice(),
             [](Clients&, Fleet&) {},
             {Revocation{.where = "edge", .start = 300s}}},
        Case{"NoHandshake",
             NotResumed::no_handshake,
             twice(),
             far_away,
             {cut_off()},
             history::Outcome::attempt_timeout}),
    [](const auto& instance) { return instance.param.name; });

TEST(FallbackAfterChurn, LosesAStoreInMemoryAndKeepsAPersistentOne) {
    for (const bool persistent : {true, false}) {
        Scenario scenario = plain(30, 24h, 30min);
        scenario.clients[0].churn = OnOff{.mean_up = 1h, .mean_down = 10min};
        scenario.clients[0].tickets.persistent = persistent;
        scenario.fleets[0].tickets.lifetime = 24h;
        Outcome outcome = run(scenario, 6);
        const auto reasons = found<NotResumed>(outcome, "not_resumed");
        EXPECT_EQ(reasons.contains(NotResumed::store_lost), !persistent);
    }
}

TEST(ConnectionsAtOnce, CompeteForTheTicketsThatAreThere) {
    Scenario scenario = visiting({{1s, 600s}});
    scenario.clients[0].connections = 6;
    scenario.clients[0].tickets.capacity = 4;
    Outcome outcome = run(scenario, 5);
    const auto visits = numbers(outcome, "visit");
    const auto reasons = numbers(outcome, "not_resumed");
    std::map<NotResumed, int> second;
    std::set<std::int64_t> connections;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        if (visits[i] == 1) ++second[static_cast<NotResumed>(reasons[i])];
    }
    for (const auto connection : numbers(outcome, "connection")) connections.insert(connection);
    EXPECT_EQ(visits.size(), 12u);
    EXPECT_EQ(connections.size(), 6u);
    EXPECT_EQ(second,
              (std::map<NotResumed, int>{{NotResumed::resumed, 4}, {NotResumed::in_use, 2}}));
}

TEST(WithoutRenewal, TheTicketsOfOneFullHandshakeLastForAsManyVisits) {
    Scenario scenario = visiting({{0s, 60s, 120s, 180s, 240s, 300s, 360s}});
    scenario.fleets[0].tickets.renew = false;
    Outcome outcome = run(scenario, 5);
    EXPECT_EQ(numbers(outcome, "resumed"), (std::vector<std::int64_t>{0, 1, 1, 0, 1, 1, 0}));
}

// A chain of renewals is as old as the full handshake at its head, whatever its tickets' age.
TEST(ChainAge, GrowsOverRenewalsAndStartsAnewWithAFullHandshake) {
    Scenario scenario = visiting({{0s, 600s, 1200s, 1800s, 2400s}});
    scenario.fleets[0].tickets.max_chain_age = 1500s;
    Outcome outcome = run(scenario, 5);
    const auto ages = numbers(outcome, "chain_age");
    const auto whole_minutes = [](std::int64_t age) {
        return std::chrono::duration_cast<std::chrono::minutes>(Duration{age} + 30s).count();
    };
    ASSERT_EQ(ages.size(), 5u);
    EXPECT_EQ(ages[0], -1);
    EXPECT_EQ(whole_minutes(ages[1]), 10);
    EXPECT_EQ(whole_minutes(ages[2]), 20);
    EXPECT_EQ(whole_minutes(ages[3]), 30);
    EXPECT_EQ(whole_minutes(ages[4]), 10);
    EXPECT_EQ(numbers(outcome, "resumed"), (std::vector<std::int64_t>{0, 1, 1, 0, 1}));
}

TEST(Tls12Fleet, ResumesByIdAgainAndAgainAndByTicket) {
    for (const bool tickets : {true, false}) {
        Scenario scenario = visiting({{1s, 600s, 1200s, 1800s}});
        scenario.fleets[0].tls.max_protocol = ProtocolVersion::tls_1_2;
        scenario.fleets[0].tls.session_ticket = tickets;
        Outcome outcome = run(scenario, 5);
        EXPECT_EQ(numbers(outcome, "resumed"), (std::vector<std::int64_t>{0, 1, 1, 1}));
        for (const auto version : numbers(outcome, "tls_version")) EXPECT_EQ(version, 0x0303);
    }
}

// Early data.

struct EarlyCase {
    const char* name;
    NoEarlyData expected;
    DecidedBy decided_by;
    std::vector<std::vector<Duration>> visits;
    std::function<void(Clients&, Fleet&)> change;
    std::vector<PlannedFault> faults{};
    history::Outcome ends = history::Outcome::ok;  ///< Of the attempt with that reason.
};

std::ostream& operator<<(std::ostream& out, const EarlyCase& each) {
    return out << name_of(each.expected);
}

class Early : public ::testing::TestWithParam<EarlyCase> {};

TEST_P(Early, IsProvokedNamedAndEveryRequestIsAnswered) {
    Scenario scenario = visiting(GetParam().visits);
    scenario.clients[0].tls.early_data = true;
    scenario.fleets[0].tls.max_early_data = 16'384;
    scenario.fleets[0].tls.anti_replay = AntiReplay::client_hello_record;
    GetParam().change(scenario.clients[0], scenario.fleets[0]);
    scenario.faults = GetParam().faults;
    Outcome outcome = run(scenario, 5);
    const auto reasons = column<NoEarlyData>(outcome, "no_early_data");
    const auto deciders = column<DecidedBy>(outcome, "decided_by");
    const auto ends = column<history::Outcome>(outcome, "outcome");
    bool seen = false;
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        const bool provoked = reasons[i] == GetParam().expected;
        seen |= provoked;
        if (provoked) {
            EXPECT_EQ(deciders[i], GetParam().decided_by);
        }
        EXPECT_EQ(ends[i], provoked ? GetParam().ends : history::Outcome::ok);
    }
    EXPECT_TRUE(seen);
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, Early,
    ::testing::Values(
        EarlyCase{"Accepted", NoEarlyData::accepted, DecidedBy::openssl, twice(),
                  [](Clients&, Fleet&) {}},
        EarlyCase{"AcceptedAsSingleUse", NoEarlyData::accepted, DecidedBy::openssl, twice(),
                  [](Clients&, Fleet& fleet) { fleet.tls.anti_replay = AntiReplay::single_use; }},
        EarlyCase{"PolicyOff", NoEarlyData::policy_off, DecidedBy::nobody, twice(),
                  [](Clients& clients, Fleet&) { clients.tls.early_data = false; }},
        EarlyCase{"NoTicket", NoEarlyData::no_ticket, DecidedBy::nobody, twice(),
                  [](Clients&, Fleet&) {}},
        EarlyCase{"TicketForbids", NoEarlyData::ticket_forbids, DecidedBy::nobody, twice(),
                  [](Clients&, Fleet& fleet) { fleet.tls.max_early_data = 0; }},
        EarlyCase{"UnsafeRequest", NoEarlyData::unsafe_request, DecidedBy::nobody, twice(),
                  [](Clients& clients, Fleet&) { clients.early_safe = 0.0; }},
        EarlyCase{"NotResumed",
                  NoEarlyData::not_resumed,
                  DecidedBy::openssl,
                  {{1s, 10s, 20s, 30s, 40s, 50s}},
                  [](Clients&, Fleet& fleet) {
                      fleet.servers_per_site = 2;
                      fleet.tickets.keys = TicketKeyScope::per_server;
                  }},
        EarlyCase{"HelloRetry", NoEarlyData::hello_retry, DecidedBy::openssl, twice(),
                  [](Clients& clients, Fleet& fleet) {
                      clients.tls.groups = "X25519:P-256";
                      fleet.tls.groups = "P-256";
                  }},
        // The ticket's age travels in the ClientHello, which takes fifteen seconds to arrive.
        EarlyCase{"NotFresh", NoEarlyData::not_fresh, DecidedBy::openssl, twice(),
                  [](Clients& clients, Fleet&) {
                      clients.access = Link{.delay = 15s};
                      clients.connect_timeout = clients.attempt_timeout = 10min;
                  }},
        EarlyCase{"TooEarly", NoEarlyData::too_early, DecidedBy::server_model, twice(),
                  [](Clients&, Fleet& fleet) { fleet.early_requests = EarlyRequests::too_early; }}),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(ReasonsOfFaults, Early,
                         ::testing::Values(EarlyCase{"ServerOff",
                                                     NoEarlyData::server_off,
                                                     DecidedBy::openssl,
                                                     twice(),
                                                     [](Clients&, Fleet&) {},
                                                     {deploy_of({})}},
                                           EarlyCase{"NoHandshake",
                                                     NoEarlyData::no_handshake,
                                                     DecidedBy::nobody,
                                                     twice(),
                                                     far_away,
                                                     {cut_off()},
                                                     history::Outcome::attempt_timeout}),
                         [](const auto& instance) { return instance.param.name; });

/// Time to first byte of the second visit.
Duration second_visit(EarlyRequests policy, bool early_data) {
    Scenario scenario = visiting(twice());
    scenario.clients[0].tls.early_data = early_data;
    scenario.fleets[0].tls.max_early_data = 16'384;
    scenario.fleets[0].tls.anti_replay = AntiReplay::none;
    scenario.fleets[0].early_requests = policy;
    Outcome outcome = run(scenario, 5);
    return Duration{numbers(outcome, "first_byte").at(1)};
}

// The path takes 25 ms each way and computing nothing: what is left are round trips and the bytes'
// own way through fast links.
TEST(EarlyDataInARun, SavesOneRoundTripAndWaitingOrARefusalDoNot) {
    constexpr Duration round_trip = 50ms;
    const Duration plain_resumption = second_visit(EarlyRequests::answer, false);
    const auto saved = [&](EarlyRequests policy) {
        return plain_resumption - second_visit(policy, true);
    };
    EXPECT_NEAR(static_cast<double>((saved(EarlyRequests::answer) - round_trip).count()), 0.0, 1e5);
    EXPECT_NEAR(static_cast<double>(saved(EarlyRequests::wait).count()), 0.0, 1e5);
    EXPECT_NEAR(static_cast<double>(saved(EarlyRequests::too_early).count()), 0.0, 1e5);
}

// The server sends a ticket when it has the client's Finished: a round trip after the answer to a
// request that came as early data.
TEST(EarlyDataInARun, BringsNoTicketToAClientThatLeavesWithTheResponse) {
    const auto resumed = [](Duration linger) {
        Scenario scenario = visiting({{0s, 60s, 120s, 180s, 240s, 300s}});
        scenario.clients[0].tls.early_data = true;
        scenario.clients[0].linger = linger;
        scenario.fleets[0].tls.max_early_data = 16'384;
        scenario.fleets[0].tls.anti_replay = AntiReplay::none;
        Outcome outcome = run(scenario, 5);
        return numbers(outcome, "resumed");
    };
    EXPECT_EQ(resumed(0s), (std::vector<std::int64_t>{0, 1, 1, 0, 1, 1}));
    EXPECT_EQ(resumed(1s), (std::vector<std::int64_t>{0, 1, 1, 1, 1, 1}));
}

TEST(Lingering, LeavesTheTimesOfAVisitAsTheyAre) {
    const auto times = [](Duration linger) {
        Scenario scenario = visiting(twice());
        scenario.clients[0].linger = linger;
        Outcome outcome = run(scenario, 5);
        auto all = numbers(outcome, "total");
        for (const auto each : numbers(outcome, "first_byte")) all.push_back(each);
        for (const auto each : numbers(outcome, "outcome")) all.push_back(each);
        return all;
    };
    EXPECT_EQ(times(0s), times(10s));
}

TEST(Ipv6, MakesTheSameHandshakesInTheSameTimes) {
    const auto facts = [](IpVersion ip) {
        Scenario scenario = visiting(twice());
        scenario.ip = ip;
        Outcome outcome = run(scenario, 5);
        auto all = numbers(outcome, "first_byte");
        for (const char* name : {"outcome", "resumed", "bytes_sent", "bytes_received"}) {
            for (const auto each : numbers(outcome, name)) all.push_back(each);
        }
        return all;
    };
    EXPECT_EQ(facts(IpVersion::ipv4), facts(IpVersion::ipv6));
}

// Completeness.

/// What the cases of a parameterised suite provoke, whether they run or not.
std::set<std::string> provoked_in(const std::string& suite) {
    std::set<std::string> provoked;
    const auto& all = *::testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        const ::testing::TestSuite& each = *all.GetTestSuite(i);
        if (!std::string_view(each.name()).ends_with(suite)) continue;
        for (int k = 0; k < each.total_test_count(); ++k) {
            provoked.insert(each.GetTestInfo(k)->value_param());
        }
    }
    return provoked;
}

template <typename Reason>
void expect_complete(std::set<std::string> provoked) {
    for (const std::string_view name : names_of(Reason{})) {
        EXPECT_TRUE(provoked.contains(std::string(name))) << "nothing provokes " << name;
    }
}

TEST(EveryReason, HasACaseThatProvokesIt) {
    auto not_resumed = provoked_in("/Fallback");
    not_resumed.insert({"resumed", "first_visit"});  // In nearly every run.
    not_resumed.insert("store_lost");                // FallbackAfterChurn
    not_resumed.insert("other_context");             // tests/world/tenants_test.cc
    not_resumed.insert("clock_skew");                // tests/world/keys_test.cc
    // tests/world/session_cache_test.cc
    not_resumed.insert({"cache_timeout", "expired_in_cache", "policy_changed"});
    expect_complete<NotResumed>(std::move(not_resumed));
    auto no_early_data = provoked_in("/Early");
    no_early_data.insert("replayed");      // tests/world/replay_test.cc
    no_early_data.insert("other_host");    // tests/world/tenants_test.cc
    no_early_data.insert("alpn_changed");  // tests/world/alpn_test.cc
    expect_complete<NoEarlyData>(std::move(no_early_data));
}

}  // namespace
}  // namespace reshake::world
