#include <gtest/gtest.h>

#include "sim/tls/session_memory.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

SiteSettings stateful(ProtocolVersion version) {
    SiteSettings settings;
    settings.server.session_ticket = false;
    settings.server.max_protocol = version;
    settings.server.groups = "X25519:P-256";
    settings.client.groups = "X25519:P-256";
    return settings;
}

/// Offers `ticket` to `server` at `now`; what it says of it. The client's clock stays at the
/// ticket's receipt, so that it offers what it would else hold back.
TicketVerdict offer(Site& site, ServerContext& server, const Ticket& ticket, Instant now) {
    Connected connected(site.client, server, site.random, "offer", ticket.received_at, &ticket);
    connected.server_now = now;
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::established);
    const TicketVerdict verdict = connected.server->facts().ticket;
    EXPECT_EQ(connected.client->facts().resumed, verdict == TicketVerdict::accepted);
    connected.client->close();
    connected.run();
    return verdict;
}

class Stateful : public ::testing::TestWithParam<ProtocolVersion> {};

TEST_P(Stateful, SessionsResumeUntilTheyTimeOut) {
    auto settings = stateful(GetParam());
    settings.tickets.lifetime = 10min;
    Site site(settings);
    const auto ticket = fresh_tickets(site, "visit", run_start).back();
    EXPECT_EQ(offer(site, site.server, ticket, run_start + 9min), TicketVerdict::accepted);
    const auto second = fresh_tickets(site, "again", run_start + 10min).back();
    EXPECT_EQ(offer(site, site.server, second, run_start + 21min), TicketVerdict::expired);
}

TEST_P(Stateful, AnotherServerOrALostMemoryDoesNotHaveThem) {
    const auto settings = stateful(GetParam());
    Site site(settings);
    const auto ticket = fresh_tickets(site, "visit", run_start).back();
    ServerContext restarted(site.library, settings.server, {}, site.chain, site.keys);
    EXPECT_EQ(offer(site, restarted, ticket, run_start + 1s), TicketVerdict::not_cached);
}

TEST_P(Stateful, AFullCacheEvicts) {
    auto settings = stateful(GetParam());
    settings.server.session_cache_size = 4;
    Site site(settings);
    const auto ticket = fresh_tickets(site, "visit", run_start).front();
    for (int i = 1; i <= 4; ++i) {
        fresh_tickets(site, "other " + std::to_string(i), run_start + i * 1s);
    }
    EXPECT_EQ(offer(site, site.server, ticket, run_start + 1min), TicketVerdict::evicted);
}

TEST_P(Stateful, OpensslDropsTheSessionOfAnUncleanEnd) {
    Site site(stateful(GetParam()));
    Ticket last;
    {
        Connected connected(site, "cut", run_start);
        connected.run();
        last = connected.client->take_tickets().back();
    }
    EXPECT_EQ(offer(site, site.server, last, run_start + 1s), TicketVerdict::unclean_close);
}

INSTANTIATE_TEST_SUITE_P(Versions, Stateful,
                         ::testing::Values(ProtocolVersion::tls_1_2, ProtocolVersion::tls_1_3),
                         [](const auto& instance) {
                             return instance.param == ProtocolVersion::tls_1_2 ? "Tls12" : "Tls13";
                         });

TEST(SessionMemory, RemembersADropForALifetimeAndForgetsItAfterTwo) {
    std::array<std::byte, 32> id{};
    id[3] = std::byte{7};
    SessionMemory memory(1h);
    EXPECT_EQ(memory.verdict(id, run_start), TicketVerdict::not_cached);
    memory.stored(id, run_start + 1h);
    EXPECT_EQ(memory.verdict(id, run_start + 1h), TicketVerdict::refused);
    EXPECT_EQ(memory.verdict(id, run_start + 1h + 1ns), TicketVerdict::expired);
    memory.dropped(id, TicketVerdict::evicted, run_start + 10min);
    auto other = id;
    other[3] = std::byte{8};
    for (const auto later : {30min, 90min, 130min}) {
        EXPECT_EQ(memory.verdict(id, run_start + later), TicketVerdict::evicted);
        memory.dropped(other, TicketVerdict::spent, run_start + later);
    }
    memory.dropped(other, TicketVerdict::spent, run_start + 4h);
    EXPECT_EQ(memory.verdict(id, run_start + 4h), TicketVerdict::not_cached);
}

TEST(Tls12, NegotiatesDownInsideOneHandshakeAndResumesByTicket) {
    SiteSettings settings;
    settings.client.groups = "X25519:P-256";
    settings.server.groups = "X25519:P-256";
    settings.server.max_protocol = ProtocolVersion::tls_1_2;
    Site site(settings);
    Connected first(site, "first", run_start);
    first.run();
    EXPECT_EQ(first.client->facts().version, 0x0303);
    EXPECT_EQ(first.upward.size(), 2u);
    const auto tickets = first.client->take_tickets();
    ASSERT_EQ(tickets.size(), 1u);
    Connected second(site, "second", run_start + 1min, &tickets[0]);
    second.run();
    EXPECT_TRUE(second.client->facts().resumed);
    EXPECT_EQ(second.server->facts().ticket, TicketVerdict::accepted);
    second.exchange(300, 4000);
}

TEST(Tls12, AResumptionWithoutExtendedMasterSecretIsAbortedOrRefused) {
    SiteSettings settings;
    settings.client.groups = "X25519:P-256";
    settings.server.groups = "X25519:P-256";
    settings.server.max_protocol = ProtocolVersion::tls_1_2;
    Site site(settings);
    const auto with = fresh_tickets(site, "first", run_start).back();
    settings.client.extended_master_secret = false;
    ClientContext without(site.library, settings.client, site.chain, server_name);
    Connected lost(without, site.server, site.random, "lost", run_start, &with);
    lost.run();
    EXPECT_EQ(lost.client->facts().state, State::failed);  // RFC 7627 section 5.3.
}

TEST(ChainAge, EndsAChainOfRenewalsAndAFullHandshakeStartsAnother) {
    SiteSettings settings;
    settings.tickets.lifetime = 10min;
    settings.tickets.max_chain_age = 30min;
    Site site(settings);
    Ticket ticket = fresh_tickets(site, "seal", run_start).back();
    for (int visit = 1; visit <= 8; ++visit) {
        const Instant now = run_start + visit * 9min;
        Connected connected(site, "visit", now, &ticket);
        connected.run();
        const bool too_old = visit == 4 || visit == 8;  // 36 minutes after the chain's head.
        EXPECT_EQ(connected.server->facts().ticket,
                  too_old ? TicketVerdict::chain_too_old : TicketVerdict::accepted)
            << visit;
        ticket = connected.client->take_tickets().back();
    }
}

TEST(Renewal, CanBeTurnedOff) {
    SiteSettings settings;
    settings.tickets.renew = false;
    Site site(settings);
    const auto tickets = fresh_tickets(site, "seal", run_start);
    EXPECT_EQ(tickets.size(), 2u);
    Connected connected(site, "visit", run_start + 1s, &tickets[0]);
    connected.run();
    EXPECT_TRUE(connected.client->facts().resumed);
    EXPECT_TRUE(connected.client->take_tickets().empty());
}

TEST(PskOnly, DoesWithoutAKeyExchangeWhereBothSidesAllowIt) {
    SiteSettings settings;
    settings.client.allow_no_dhe_kex = true;
    settings.server.allow_no_dhe_kex = true;
    settings.server.prefer_no_dhe_kex = true;
    Site site(settings);
    const auto ticket = fresh_tickets(site, "seal", run_start).back();
    Connected cheap(site, "visit", run_start + 1s, &ticket);
    cheap.run();
    EXPECT_TRUE(cheap.client->facts().resumed);
    Site dear;
    const auto usual = fresh_tickets(dear, "seal", run_start).back();
    Connected with_exchange(dear, "visit", run_start + 1s, &usual);
    with_exchange.run();
    EXPECT_LT(cheap.server_cost.total, with_exchange.server_cost.total);
}

}  // namespace
}  // namespace reshake::tls::testing
