#include <gtest/gtest.h>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t request_size = 300;

SiteSettings with_early_data(AntiReplay anti_replay) {
    SiteSettings settings;
    settings.server.max_early_data = 16'384;
    settings.server.anti_replay = anti_replay;
    return settings;
}

/// A resumption whose request leaves as early data.
struct Resumption : Connected {
    Resumption(Site& site, Instant now, const Ticket& ticket, std::size_t size = request_size)
        : Connected(site, "early", now, &ticket) {
        ask(size);
    }
    Resumption(ClientContext& of_client, ServerContext& of_server, const Random& random,
               Instant now, const Ticket& ticket, std::string_view name = "early")
        : Connected(of_client, of_server, random, name, now, &ticket) {
        ask(request_size);
    }
    void ask(std::size_t size) {
        client->write(std::vector<std::byte>(size, std::byte{'q'}));
        client->send_early();
    }
    [[nodiscard]] EarlyDataVerdict verdict() const { return server->facts().early_data_verdict; }
    [[nodiscard]] EarlyData fate() const { return client->facts().early_data; }
};

class EarlyDataWith : public ::testing::TestWithParam<AntiReplay> {};

TEST_P(EarlyDataWith, IsReadAndAnsweredBeforeTheClientsFinished) {
    Site site(with_early_data(GetParam()));
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    Resumption resumption(site, run_start + 1s, ticket);
    resumption.client->step(run_start + 1s);
    resumption.move(*resumption.client, *resumption.server, resumption.upward);
    resumption.server->step(run_start + 1s);

    EXPECT_EQ(resumption.server->received().size(), request_size);
    EXPECT_EQ(resumption.server->facts().state, State::handshaking);
    resumption.server->write(std::vector<std::byte>(4000, std::byte{'r'}));
    EXPECT_TRUE(resumption.server->has_work());
    resumption.server->step(run_start + 1s);
    EXPECT_EQ(resumption.server->facts().state, State::handshaking);
    resumption.move(*resumption.server, *resumption.client, resumption.downward);
    resumption.client->step(run_start + 1s);
    EXPECT_EQ(resumption.client->received().size(), 4000u);

    resumption.run();
    EXPECT_EQ(resumption.fate(), EarlyData::accepted);
    EXPECT_EQ(resumption.server->facts().early_data, EarlyData::accepted);
    EXPECT_EQ(resumption.verdict(), EarlyDataVerdict::none);
    EXPECT_EQ(resumption.server->facts().early_bytes, request_size);
    EXPECT_EQ(resumption.server->received().size(), request_size) << "not sent a second time";
    EXPECT_TRUE(resumption.client->facts().resumed);
}

INSTANTIATE_TEST_SUITE_P(AntiReplays, EarlyDataWith,
                         ::testing::Values(AntiReplay::single_use, AntiReplay::client_hello_record,
                                           AntiReplay::none));

TEST(EarlyDataRule, TicketsOfAServerWithoutItForbidIt) {
    Site site;
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    Connected connected(site, "second", run_start, &ticket);
    EXPECT_FALSE(connected.client->early_data_possible());
}

TEST(EarlyDataRule, WhatExceedsTheTicketsLimitFollowsTheHandshake) {
    auto settings = with_early_data(AntiReplay::none);
    settings.server.max_early_data = 1000;
    Site site(settings);
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    Resumption resumption(site, run_start, ticket, 2500);
    resumption.run();
    EXPECT_EQ(resumption.client->facts().early_bytes, 1000u);
    EXPECT_EQ(resumption.server->facts().early_bytes, 1000u);
    EXPECT_EQ(resumption.server->received().size(), 2500u);
}

/// Rejected for `expected`, and the request arrives all the same, once.
void expect_rejected(Resumption& resumption, EarlyDataVerdict expected) {
    resumption.run();
    EXPECT_EQ(resumption.client->facts().state, State::established);
    EXPECT_EQ(resumption.fate(), EarlyData::rejected);
    EXPECT_EQ(resumption.verdict(), expected);
    EXPECT_EQ(resumption.server->received().size(), request_size);
    EXPECT_EQ(resumption.server->facts().early_bytes, 0u);
}

TEST(EarlyDataRejected, WhenTheServerHasTurnedItOff) {
    Site site(with_early_data(AntiReplay::none));
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    ServerContext off(site.library, {.groups = "X25519"}, {}, site.chain, site.keys);
    Resumption resumption(site.client, off, site.random, run_start, ticket);
    expect_rejected(resumption, EarlyDataVerdict::server_off);
    EXPECT_TRUE(resumption.client->facts().resumed);
}

TEST(EarlyDataRejected, WhenTheTicketIsNotHonoured) {
    const auto settings = with_early_data(AntiReplay::none);
    Site site(settings);
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    TicketKeys others(std::nullopt, Random(99));
    ServerContext elsewhere(site.library, settings.server, {}, site.chain, others);
    Resumption resumption(site.client, elsewhere, site.random, run_start, ticket);
    expect_rejected(resumption, EarlyDataVerdict::not_resumed);
}

TEST(EarlyDataRejected, ByAHelloRetryRequest) {
    auto settings = with_early_data(AntiReplay::none);
    settings.client.groups = "X25519:P-256";
    settings.server.groups = "X25519:P-256";
    Site site(settings);
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    settings.server.groups = "P-256";
    ServerContext other(site.library, settings.server, {}, site.chain, site.keys);
    Resumption resumption(site.client, other, site.random, run_start, ticket);
    expect_rejected(resumption, EarlyDataVerdict::hello_retry);
    EXPECT_TRUE(resumption.client->facts().hello_retry);
    EXPECT_TRUE(resumption.client->facts().resumed);
}

// OpenSSL allows ten seconds between the ticket's ages by both clocks (TICKET_AGE_ALLOWANCE).
TEST(EarlyDataRejected, WhenTheTicketsAgeLooksWrongByTheServersClock) {
    Site site(with_early_data(AntiReplay::none));
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    for (const auto& [ahead, fresh] : {std::pair(7s, true), std::pair(12s, false)}) {
        Resumption resumption(site, run_start + 1min, ticket);
        resumption.server_now = run_start + 1min + ahead;
        if (fresh) {
            resumption.run();
            EXPECT_EQ(resumption.fate(), EarlyData::accepted);
        } else {
            expect_rejected(resumption, EarlyDataVerdict::not_fresh);
            EXPECT_TRUE(resumption.client->facts().resumed);
        }
    }
}

/// The client's first flight, sent again by somebody else to `server`.
std::unique_ptr<Endpoint> replay(Site& site, ServerContext& server, const Ticket& ticket,
                                 Instant now, std::string_view name) {
    Resumption original(site.client, site.server, site.random, now, ticket, name);
    original.client->step(now);
    const auto bytes = original.client->output().front();
    const std::vector<std::byte> captured(bytes.begin(), bytes.end());
    original.run();
    RESHAKE_CHECK(original.fate() == EarlyData::accepted);
    static const Device device;
    auto victim = Endpoint::server(server, now, site.random.stream("victim"), device);
    victim->input().append(captured);
    victim->step(now);
    return victim;
}

TEST(Replay, ACopyIsAcceptedWithoutAntiReplay) {
    Site site(with_early_data(AntiReplay::none));
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    const auto victim = replay(site, site.server, ticket, run_start + 1s, "original");
    EXPECT_EQ(victim->received().size(), request_size);
}

TEST(Replay, TheRecordOfTheSameServerRefusesACopyAndAnotherServersDoesNot) {
    const auto settings = with_early_data(AntiReplay::client_hello_record);
    Site site(settings);
    auto tickets = fresh_tickets(site, "first", run_start);
    const auto refused = replay(site, site.server, tickets[0], run_start + 1s, "one");
    EXPECT_EQ(refused->received().size(), 0u);
    ServerContext second(site.library, settings.server, {}, site.chain, site.keys);
    const auto fooled = replay(site, second, tickets[1], run_start + 1s, "two");
    EXPECT_EQ(fooled->received().size(), request_size);
}

TEST(Replay, SingleUseTicketsRefuseACopy) {
    Site site(with_early_data(AntiReplay::single_use));
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    const auto victim = replay(site, site.server, ticket, run_start + 1s, "original");
    EXPECT_EQ(victim->received().size(), 0u);
    EXPECT_EQ(victim->facts().ticket, TicketVerdict::spent);
}

// RFC 8446 appendix D.3: a server that goes back to TLS 1.2 breaks clients that send early data.
TEST(Rollback, ToTls12FailsTheConnectionsThatSendEarlyDataAndNoOthers) {
    auto settings = with_early_data(AntiReplay::none);
    settings.client.groups = "X25519:P-256";  // TLS 1.2 asks for the certificate's curve, too.
    settings.server.groups = "X25519:P-256";
    Site site(settings);
    auto tickets = fresh_tickets(site, "first", run_start);
    settings.server.max_protocol = ProtocolVersion::tls_1_2;
    ServerContext rolled_back(site.library, settings.server, {}, site.chain, site.keys);
    Resumption early(site.client, rolled_back, site.random, run_start, tickets[0]);
    early.run();
    EXPECT_EQ(early.client->facts().state, State::failed);
    Connected plain(site.client, rolled_back, site.random, "plain", run_start, &tickets[1]);
    plain.run();
    EXPECT_EQ(plain.client->facts().state, State::established);
    EXPECT_EQ(plain.client->facts().version, 0x0303);
}

TEST(EarlyDataTurnedOff, LeavesItsPermissionInEveryTicketThatIsRenewed) {
    // A NewSessionTicket without the early_data extension allows none (RFC 8446 section 4.6.1), but
    // OpenSSL's client makes the session of a renewed ticket from the one before, and keeps what
    // that allowed: RFC 8446 appendix D.3's wait for a ticket lifetime is not enough.
    SiteSettings settings;
    settings.server.max_early_data = 1000;
    settings.server.anti_replay = AntiReplay::none;
    Site site(settings);
    Ticket ticket = fresh_tickets(site, "seal", run_start).back();
    settings.server.max_early_data = 0;
    ServerContext off(site.library, settings.server, settings.tickets, site.chain, site.keys);
    for (int renewal = 1; renewal <= 3; ++renewal) {
        Connected renewed(site.client, off, site.random, "renewed", run_start + 1h * renewal,
                          &ticket);
        EXPECT_TRUE(renewed.client->early_data_possible()) << renewal;
        renewed.run();
        EXPECT_TRUE(renewed.client->facts().resumed);
        ticket = renewed.client->take_tickets().back();
    }
    Connected full(site.client, off, site.random, "full", run_start);
    full.run();
    const Ticket fresh = full.client->take_tickets().back();
    Connected next(site.client, off, site.random, "next", run_start + 1s, &fresh);
    EXPECT_FALSE(next.client->early_data_possible());
}

}  // namespace
}  // namespace reshake::tls::testing
