// Keys given beforehand: what OpenSSL makes of them, beside tickets and certificates.
#include <gtest/gtest.h>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

SiteSettings knowing(bool client, bool server) {
    SiteSettings settings;
    settings.client.external_psk = client;
    settings.server.external_psk = server;
    return settings;
}

/// A site whose servers know the keys of the clients of "phones".
struct Enrolled : Site {
    explicit Enrolled(const SiteSettings& settings = knowing(true, true)) : Site(settings) {
        server.know(psks);
    }

    [[nodiscard]] Connected connect(const char* name, Instant now, const Ticket* ticket = nullptr,
                                    std::optional<ExternalPsk> psk = {}) {
        Connected made(client, server, random, name, now, ticket,
                       {.psk = psk ? psk : psks.of("phones", 17)});
        made.run();
        return made;
    }

    ExternalPsks psks{Random(5), {"phones", "laptops"}};
};

TEST(ExternalPsk, AuthenticatesWithoutACertificate) {
    Enrolled site;
    Site usual;
    auto psk = site.connect("visit", run_start);
    Connected full(usual, "visit", run_start);
    full.run();
    for (const Facts* facts : {&psk.client->facts(), &psk.server->facts()}) {
        EXPECT_EQ(facts->state, State::established);
        EXPECT_TRUE(facts->external_psk);
        EXPECT_FALSE(facts->resumed);
        EXPECT_EQ(facts->group, 0x001d);  // psk_dhe_ke
    }
    EXPECT_EQ(psk.client_cost.verification, 0ns);
    EXPECT_GT(full.client_cost.verification, 0ns);
    psk.exchange(300, 4000);
}

TEST(ExternalPsk, CostsTheFlightsWhatRfc8446Says) {
    Enrolled site;
    Site usual;
    auto psk = site.connect("visit", run_start);
    Connected full(usual, "visit", run_start);
    full.run();
    // pre_shared_key: its header, the list's length, one identity with its length and age, the
    // binders' length, one of SHA-384 with its length. RFC 8446 section 4.2.11.
    const std::size_t identity = std::string_view("phones/17").size();
    EXPECT_EQ(psk.upward.at(0), full.upward.at(0) + 4 + 2 + (2 + identity + 4) + 2 + (1 + 48));
    // The server's flight is that of a resumption: no Certificate, no CertificateVerify.
    const auto ticket = fresh_tickets(usual, "seal", run_start).back();
    Connected resumed(usual, "resumed", run_start + 1s, &ticket);
    resumed.run();
    EXPECT_EQ(psk.downward.at(0), resumed.downward.at(0));
    EXPECT_LT(psk.downward.at(0) + 1000, full.downward.at(0));
}

TEST(ExternalPsk, ItsTicketsResumeLikeAnyOthers) {
    Enrolled site;
    const Ticket ticket = site.connect("visit", run_start).client->take_tickets().back();
    EXPECT_EQ(ticket.lifetime, Tickets{}.lifetime);
    auto again = site.connect("again", run_start + 1h, &ticket);
    for (const Facts* facts : {&again.client->facts(), &again.server->facts()}) {
        EXPECT_TRUE(facts->resumed);
        EXPECT_FALSE(facts->external_psk);
    }
    EXPECT_EQ(again.server->facts().ticket, TicketVerdict::accepted);
}

TEST(ExternalPsk, StandsInForATicketThatIsRefused) {
    Enrolled site;
    Site stranger;
    const Ticket ticket = fresh_tickets(stranger, "seal", run_start).back();
    TicketKeys others(std::nullopt, Random(99));
    site.server.change_keys(others);
    auto visit = site.connect("visit", run_start + 1s, &ticket);
    EXPECT_TRUE(visit.client->facts().external_psk);
    EXPECT_FALSE(visit.client->facts().resumed);
    EXPECT_TRUE(visit.server->facts().external_psk);
    EXPECT_EQ(visit.server->facts().ticket, TicketVerdict::unknown_key);
}

TEST(ExternalPsk, GoesWithoutAKeyExchangeWhereBothSidesAllowIt) {
    SiteSettings settings = knowing(true, true);
    settings.client.allow_no_dhe_kex = true;
    settings.server.allow_no_dhe_kex = true;
    settings.server.prefer_no_dhe_kex = true;
    Enrolled site(settings);
    Enrolled usual;
    auto cheap = site.connect("visit", run_start);
    auto dear = usual.connect("visit", run_start);
    EXPECT_TRUE(cheap.client->facts().external_psk);
    EXPECT_EQ(cheap.client->facts().group, 0);
    EXPECT_LT(cheap.server_cost.total, dear.server_cost.total);
}

TEST(ExternalPsk, ThatNobodyKnowsLeavesTheCertificate) {
    for (const bool server_takes : {true, false}) {
        Enrolled site(knowing(true, server_takes));
        const ExternalPsk stranger{.identity = "tablets/3"};
        auto visit = server_takes ? site.connect("visit", run_start, nullptr, stranger)
                                  : site.connect("visit", run_start);
        EXPECT_EQ(visit.client->facts().state, State::established);
        EXPECT_FALSE(visit.client->facts().external_psk);
        EXPECT_GT(visit.client_cost.verification, 0ns);
    }
}

TEST(ExternalPsk, WithAnotherKeyEndsTheHandshake) {
    Enrolled site;
    ExternalPsk forged = site.psks.of("phones", 17);
    forged.key[0] ^= std::byte{1};
    auto visit = site.connect("visit", run_start, nullptr, forged);
    EXPECT_EQ(visit.client->facts().state, State::failed);
    EXPECT_EQ(visit.client->facts().alert_received, 51);  // decrypt_error
}

TEST(ExternalPsk, OfAnotherHashIsPassedOver) {
    SiteSettings settings = knowing(true, true);
    settings.client.ciphersuites = "TLS_AES_128_GCM_SHA256";
    Enrolled site(settings);
    auto visit = site.connect("visit", run_start);
    EXPECT_EQ(visit.client->facts().state, State::established);
    EXPECT_FALSE(visit.client->facts().external_psk);
}

TEST(ExternalPsk, SurvivesAHelloRetryRequest) {
    SiteSettings settings = knowing(true, true);
    settings.client.groups = "P-256:X25519";
    Enrolled site(settings);
    auto visit = site.connect("visit", run_start);
    EXPECT_TRUE(visit.client->facts().hello_retry);
    EXPECT_TRUE(visit.client->facts().external_psk);
    settings.client.ciphersuites = "TLS_AES_128_GCM_SHA256";
    Enrolled other(settings);
    auto passed_over = other.connect("visit", run_start);
    EXPECT_EQ(passed_over.client->facts().state, State::established);
    EXPECT_FALSE(passed_over.client->facts().external_psk);
}

TEST(ExternalPsks, AreEachClientsOwnAndFollowFromTheName) {
    const ExternalPsks psks(Random(5), {"phones", "laptops"});
    const ExternalPsk one = psks.of("phones", 17);
    EXPECT_EQ(psks.find(one.identity), one);
    EXPECT_EQ(one, ExternalPsks(Random(5), {"phones"}).of("phones", 17));
    EXPECT_NE(one.key, psks.of("phones", 18).key);
    EXPECT_NE(one.key, psks.of("laptops", 17).key);
    EXPECT_EQ(psks.find("tablets/17"), std::nullopt);
    EXPECT_EQ(psks.find("phones"), std::nullopt);
}

}  // namespace
}  // namespace reshake::tls::testing
