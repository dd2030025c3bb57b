#include <gtest/gtest.h>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

TEST(Handshake, FullBringsTheNumberOfTicketsThatIsSet) {
    for (const std::uint32_t num_tickets : {0u, 1u, 2u, 5u}) {
        SiteSettings settings;
        settings.tickets.num_tickets = num_tickets;
        settings.tickets.lifetime = 3h;
        Site site(settings);
        Connected connected(site, "first", run_start + 5s);
        connected.run();
        const auto tickets = connected.client->take_tickets();
        ASSERT_EQ(tickets.size(), num_tickets);
        for (const Ticket& ticket : tickets) {
            EXPECT_EQ(ticket.received_at, run_start + 5s);
            EXPECT_EQ(ticket.lifetime, 3h);
        }
        EXPECT_TRUE(connected.client->take_tickets().empty());
    }
}

TEST(Handshake, BothSidesAgreeOnWhatWasNegotiated) {
    Site site;
    Connected connected(site, "first", run_start);
    connected.run();
    for (const Endpoint* side : {connected.client.get(), connected.server.get()}) {
        EXPECT_EQ(side->facts().state, State::established);
        EXPECT_EQ(side->facts().version, 0x0304);
        EXPECT_EQ(side->facts().cipher_suite, 0x1302);
        EXPECT_EQ(side->facts().group, 0x001d);
        EXPECT_FALSE(side->facts().resumed);
        EXPECT_EQ(side->facts().error, "");
    }
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::none_offered);
}

TEST(Handshake, GroupsCarryTheirIanaNumbers) {
    const std::pair<const char*, std::uint16_t> groups[] = {
        {"P-256", 0x0017}, {"P-384", 0x0018},     {"P-521", 0x0019},
        {"X448", 0x001e},  {"ffdhe2048", 0x0100}, {"X25519MLKEM768", 0x11ec}};
    for (const auto& [name, number] : groups) {
        SiteSettings settings;
        settings.client.groups = name;
        settings.server.groups = name;
        Site site(settings);
        Connected connected(site, "first", run_start);
        connected.run();
        EXPECT_EQ(connected.client->facts().group, number) << name;
        EXPECT_EQ(connected.server->facts().group, number) << name;
    }
}

TEST(Handshake, ResumptionSkipsTheCertificateAndRenewsOneTicket) {
    Site site;
    const auto tickets = fresh_tickets(site, "first", run_start);
    Connected connected(site, "second", run_start + 1s, &tickets.back());
    connected.run();
    EXPECT_TRUE(connected.client->facts().resumed);
    EXPECT_TRUE(connected.server->facts().resumed);
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::accepted);
    EXPECT_EQ(connected.client->take_tickets().size(), 1u);
}

TEST(Handshake, MessagesCarryTheInstantOfTheirStep) {
    Site site;
    Connected connected(site, "first", run_start);
    Endpoint& client = *connected.client;
    client.step(run_start + 1ms);
    connected.move(client, *connected.server, connected.upward);
    connected.server->step(run_start + 2ms);
    EXPECT_FALSE(client.facts().server_hello_received);
    connected.move(*connected.server, client, connected.downward);
    client.step(run_start + 3ms);
    EXPECT_EQ(client.facts().client_hello_sent, run_start + 1ms);
    EXPECT_EQ(client.facts().server_hello_received, run_start + 3ms);
    EXPECT_EQ(client.facts().server_finished_received, run_start + 3ms);
    EXPECT_EQ(client.facts().finished_sent, run_start + 3ms);
}

TEST(Handshake, ARetryRequestIsNotTheServerHello) {
    SiteSettings settings;
    settings.client.groups = "X25519:P-256";
    settings.server.groups = "P-256";
    Site site(settings);
    Connected connected(site, "first", run_start);
    Endpoint& client = *connected.client;
    client.step(run_start + 1ms);
    connected.move(client, *connected.server, connected.upward);
    connected.server->step(run_start + 2ms);
    connected.move(*connected.server, client, connected.downward);
    client.step(run_start + 3ms);
    EXPECT_FALSE(client.facts().server_hello_received);
    connected.client_now = run_start + 5ms;
    connected.run();
    EXPECT_EQ(client.facts().client_hello_sent, run_start + 1ms);
    EXPECT_EQ(client.facts().server_hello_received, run_start + 5ms);
    EXPECT_EQ(client.facts().group, 0x0017);
}

TEST(Handshake, NothingInCommonEndsWithAnAlertOnBothSides) {
    SiteSettings settings;
    settings.client.groups = "X25519";
    settings.server.groups = "P-256";
    Site site(settings);
    Connected connected(site, "first", run_start);
    connected.run();
    constexpr std::uint8_t handshake_failure = 40;
    EXPECT_EQ(connected.server->facts().state, State::failed);
    EXPECT_EQ(connected.server->facts().alert_sent, handshake_failure);
    EXPECT_EQ(connected.client->facts().state, State::failed);
    EXPECT_EQ(connected.client->facts().alert_received, handshake_failure);
    EXPECT_FALSE(connected.client->facts().truncated);
}

TEST(Handshake, ADamagedTicketInTheStoreMeansAFullHandshake) {
    Site site;
    auto ticket = fresh_tickets(site, "first", run_start).back();
    ticket.session.resize(ticket.session.size() / 2);
    Connected connected(site, "second", run_start, &ticket);
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::established);
    EXPECT_FALSE(connected.client->facts().resumed);
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::none_offered);
}

TEST(Handshake, OneLibraryAfterTheOtherAndSideBySide) {
    Site first;
    {
        Site second;
        Connected connected(second, "first", run_start);
        connected.run();
        EXPECT_EQ(connected.client->facts().state, State::established);
    }
    Connected connected(first, "first", run_start);
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::established);
}

}  // namespace
}  // namespace reshake::tls::testing
