// What keeps the sessions of tenants apart, and what does not: OpenSSL decides on resumption before
// its servername callback (CVE-2025-23419).
#include <gtest/gtest.h>

#include <array>
#include <list>
#include <ostream>
#include <string>
#include <vector>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

enum class Sessions { sealed, in_memory };

struct Setting {
    TenantIsolation isolation;
    TenantKeys keys = TenantKeys::own;
    ProtocolVersion version = ProtocolVersion::tls_1_3;
    Sessions sessions = Sessions::sealed;
};

std::ostream& operator<<(std::ostream& out, const Setting& setting) {
    return out << name_of(setting.isolation) << ", " << name_of(setting.keys) << " keys, "
               << name_of(setting.version)
               << (setting.sessions == Sessions::sealed ? ", tickets" : ", memory");
}

/// A server of three tenants, and clients who ask for each.
struct Shared {
    explicit Shared(const Setting& setting, std::string servers_groups = "X25519:P-256")
        : keys(std::nullopt, random.stream("steks")) {
        const ServerTls tls{.groups = std::move(servers_groups),
                            .max_protocol = setting.version,
                            .session_ticket = setting.sessions == Sessions::sealed};
        std::vector<TenantSite> sites;
        for (const char* name : {"first", "shop", "bank"}) {
            tenants.push_back({.name = name, .hosts = 2, .keys = setting.keys});
        }
        for (const Tenant& tenant : tenants) {
            auto hosts = host_names(tenant, "edge.example");
            const ChainPlan plan{.further_names = {hosts[1]}};
            chains.emplace_back(library, plan, hosts[0], random.stream(tenant.name));
            sites.push_back({tenant, hosts, chains.back()});
            clients.emplace_back(library, ClientTls{.groups = "X25519:P-256"}, chains.back(),
                                 hosts[0]);
            others.emplace_back(library, ClientTls{.groups = "P-256:X25519"}, chains.back(),
                                hosts[1]);
        }
        server = std::make_unique<ServerContext>(library, tls, Tickets{}, sites, setting.isolation,
                                                 keys);
    }

    Connected connect(ClientContext& client, const char* name, Instant now,
                      const Ticket* ticket = nullptr) {
        Connected made(client, *server, random, name, now, ticket);
        made.run();
        made.client->close();
        made.server->close();
        made.run();
        return made;
    }
    ClientContext& client(std::size_t tenant) { return *std::next(clients.begin(), tenant); }
    ClientContext& other(std::size_t tenant) { return *std::next(others.begin(), tenant); }

    Library library;
    Random random{7};
    TicketKeys keys;
    std::vector<Tenant> tenants;
    std::list<Chain> chains;
    std::list<ClientContext> clients;  ///< Each asks for its tenant's first name,
    std::list<ClientContext> others;   ///< or for its second.
    std::unique_ptr<ServerContext> server;
};

std::vector<Setting> every_setting() {
    std::vector<Setting> settings;
    for (const auto isolation :
         {TenantIsolation::client_hello, TenantIsolation::session_id_context,
          TenantIsolation::servername_check, TenantIsolation::context_switch}) {
        for (const auto keys : {TenantKeys::own, TenantKeys::shared}) {
            for (const auto version : {ProtocolVersion::tls_1_2, ProtocolVersion::tls_1_3}) {
                for (const auto sessions : {Sessions::sealed, Sessions::in_memory}) {
                    settings.push_back({isolation, keys, version, sessions});
                }
            }
        }
    }
    return settings;
}

class Isolation : public ::testing::TestWithParam<Setting> {};

TEST_P(Isolation, EveryTenantHasItsCertificateAndResumesItsOwnSessions) {
    Shared shared(GetParam());
    for (std::size_t tenant = 0; tenant < shared.tenants.size(); ++tenant) {
        // The client has verified the name.
        auto full = shared.connect(shared.client(tenant), "full", run_start);
        EXPECT_EQ(full.client->facts().state, State::closed) << full.client->facts().error;
        const Ticket ticket = full.client->take_tickets().back();
        auto again = shared.connect(shared.client(tenant), "again", run_start + 1s, &ticket);
        EXPECT_TRUE(again.client->facts().resumed) << tenant;
        auto other = shared.connect(shared.other(tenant), "other", run_start + 2s,
                                    &again.client->take_tickets().emplace_back(ticket));
        EXPECT_TRUE(other.client->facts().resumed) << tenant;
    }
}

TEST_P(Isolation, SessionsCrossOnlyWhereTheContextIsSwitchedAfterTheDecision) {
    const Setting setting = GetParam();
    Shared shared(setting);
    for (std::size_t from = 0; from < shared.tenants.size(); ++from) {
        for (std::size_t to = 0; to < shared.tenants.size(); ++to) {
            if (from == to) continue;
            // A fresh one each time: with a connection that it aborts OpenSSL drops the session.
            auto full = shared.connect(shared.client(from), "full", run_start);
            const Ticket ticket = full.client->take_tickets().back();
            auto crossing = shared.connect(shared.client(to), "crossing", run_start + 1s, &ticket);
            const Facts& facts = crossing.client->facts();
            const bool hazard = setting.isolation == TenantIsolation::context_switch;
            EXPECT_EQ(facts.resumed, hazard) << from << " at " << to;
            const bool aborted = setting.isolation == TenantIsolation::servername_check;
            EXPECT_EQ(facts.state, aborted ? State::failed : State::closed) << facts.error;
            if (aborted) {
                EXPECT_EQ(facts.alert_received, 49);  // access_denied
            }
            if (aborted || hazard || setting.sessions == Sessions::in_memory) continue;
            const bool by_key = setting.isolation == TenantIsolation::client_hello &&
                                setting.keys == TenantKeys::own;
            EXPECT_EQ(crossing.server->facts().ticket,
                      by_key ? TicketVerdict::unknown_key : TicketVerdict::other_context);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Settings, Isolation, ::testing::ValuesIn(every_setting()),
                         [](const auto& instance) {
                             std::string name;
                             std::ostringstream words;
                             words << instance.param;
                             for (const char c : words.str()) {
                                 if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
                             }
                             return name;
                         });

TEST(ContextSwitch, SessionsOfAHelloRetryRequestHaveAnotherSessionIdContext) {
    // The servername callback has switched the context before the second ClientHello is read, so
    // that OpenSSL makes the session under the tenant's session id context, and the next one looks
    // under the first tenant's.
    Shared shared({.isolation = TenantIsolation::context_switch}, "X25519");
    auto full = shared.connect(shared.other(1), "retried", run_start);
    ASSERT_TRUE(full.client->facts().hello_retry);
    const Ticket ticket = full.client->take_tickets().back();
    auto again = shared.connect(shared.client(1), "plain", run_start + 1s, &ticket);
    EXPECT_FALSE(again.client->facts().resumed);
    EXPECT_EQ(again.server->facts().ticket, TicketVerdict::other_context);
    auto retried = shared.connect(shared.other(1), "retried again", run_start + 1s, &ticket);
    EXPECT_TRUE(retried.client->facts().resumed);
}

TEST(SessionIdContext, ASessionOfAnotherIsRefused) {
    Site site;
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    ServerTls tls{.groups = "X25519"};
    tls.session_id_context = "another";
    ServerContext later(site.library, tls, {}, site.chain, site.keys);
    Connected connected(site.client, later, site.random, "second", run_start + 1s, &ticket);
    connected.run();
    EXPECT_FALSE(connected.client->facts().resumed);
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::other_context);
}

TEST(TenantKeys, FollowTheFleetsAndAreTheirOwn) {
    const Random root(3);
    const Stek fleet = derive_stek(root, 5);
    const Stek shop = derive_stek(fleet, "shop");
    const Stek bank = derive_stek(fleet, "bank");
    EXPECT_EQ(shop.generation, 5u);
    EXPECT_EQ(shop, derive_stek(fleet, "shop"));
    EXPECT_NE(shop.aes_key, bank.aes_key);
    EXPECT_NE(shop.aes_key, fleet.aes_key);
    EXPECT_NE(shop.aes_key, derive_stek(derive_stek(root, 6), "shop").aes_key);
    EXPECT_EQ(ring_name(shop.key_name, "shop"), fleet.key_name);
    EXPECT_NE(ring_name(shop.key_name, "bank"), fleet.key_name);
}

}  // namespace
}  // namespace reshake::tls::testing
