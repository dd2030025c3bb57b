// Sessions that live outside of the server: real handshakes wait for them, and go on without.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/tls/handles.h"
#include "sim/tls/seams.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

/// A cache at no distance, which the test looks into.
struct Cache {
    std::map<std::string, std::vector<std::byte>> entries;
    bool silent = false;

    /// Runs a connection, answering what its server asks.
    void run(Connected& connected) {
        connected.run();
        while (const SessionInquiry* const inquiry = connected.server->awaited_session()) {
            const auto found = entries.find(inquiry->key);
            if (silent) {
                connected.server->provide_no_session(TicketVerdict::cache_timeout);
            } else if (found == entries.end()) {
                connected.server->provide_no_session(TicketVerdict::not_cached);
            } else {
                const auto entry = found->second;
                if (inquiry->take) entries.erase(found);
                connected.server->provide_session(entry);
            }
            connected.run();
        }
        for (SessionEntry& made : connected.server->take_sessions()) {
            entries[made.key] = std::move(made.value);
        }
    }
    void run_and_part(Connected& connected) {
        run(connected);
        connected.client->close();
        connected.server->close();
        run(connected);
    }
};

RemoteSessions remote(bool sealed = true, std::uint64_t fleet = 3) {
    return {.sealed = sealed, .keys = Random(fleet).stream("sealing keys")};
}

SiteSettings stateful(ProtocolVersion version) {
    SiteSettings settings;
    settings.server.session_ticket = false;
    settings.server.max_protocol = version;
    settings.server.groups = "X25519:P-256";
    settings.client.groups = "X25519:P-256";
    settings.client.ciphersuites.reset();
    return settings;
}

/// One server that has met a client, and its cache.
struct Met {
    explicit Met(const SiteSettings& of_site, bool sealed = true)
        : settings(of_site), site(of_site) {
        site.server.keep_sessions_remotely(remote(sealed));
        Connected connected(site, "first", run_start);
        cache.run_and_part(connected);
        ticket = connected.client->take_tickets().back();
        EXPECT_FALSE(cache.entries.empty());
    }
    /// Another server of the fleet; its policy may be another.
    TicketVerdict offer_to(const ServerTls& tls, const Tickets& tickets, Duration later,
                           std::uint64_t fleet = 3) {
        ServerContext other(site.library, tls, tickets, site.chain, site.keys);
        other.keep_sessions_remotely(remote(true, fleet));
        Connected connected(site.client, other, site.random, "second", run_start + later, &ticket);
        cache.run_and_part(connected);
        EXPECT_EQ(connected.client->facts().state, State::closed);
        const TicketVerdict verdict = connected.server->facts().ticket;
        EXPECT_EQ(connected.client->facts().resumed, verdict == TicketVerdict::accepted);
        return verdict;
    }
    TicketVerdict offer(Duration later = 1s) {
        return offer_to(settings.server, settings.tickets, later);
    }

    SiteSettings settings;
    Site site;
    Cache cache;
    Ticket ticket;
};

/// What both sides of the session must keep to themselves.
std::vector<std::byte> secret_of(const Site& site, const Ticket& ticket) {
    const Housekeeping housekeeping{Random(0).stream("test")};
    const auto* der = reinterpret_cast<const unsigned char*>(ticket.session.data());
    const SessionPtr session(d2i_SSL_SESSION_ex(nullptr, &der,
                                                static_cast<long>(ticket.session.size()),
                                                site.library.handle().context.get(), nullptr));
    std::vector<std::byte> secret(SSL_SESSION_get_master_key(session.get(), nullptr, 0));
    SSL_SESSION_get_master_key(session.get(), reinterpret_cast<unsigned char*>(secret.data()),
                               secret.size());
    return secret;
}

class Remote : public ::testing::TestWithParam<ProtocolVersion> {};

TEST_P(Remote, SessionsResumeAtAServerThatHasNeverMetTheClient) {
    Met met(stateful(GetParam()));
    EXPECT_EQ(met.offer(), TicketVerdict::accepted);
}

TEST_P(Remote, TheHandshakeStandsStillUntilTheCacheHasAnswered) {
    Met met(stateful(GetParam()));
    Connected connected(met.site, "second", run_start + 1s, &met.ticket);
    connected.run();
    ASSERT_NE(connected.server->awaited_session(), nullptr);
    EXPECT_TRUE(connected.downward.empty());
    for (int i = 0; i < 3; ++i) {
        connected.server->step(run_start + 2s);
        EXPECT_NE(connected.server->awaited_session(), nullptr);
        EXPECT_FALSE(connected.server->has_work());
        EXPECT_TRUE(connected.server->output().empty());
    }
    met.cache.run_and_part(connected);
    EXPECT_TRUE(connected.client->facts().resumed);
}

TEST_P(Remote, AClientThatLeavesMeanwhileIsNoticedWithTheAnswer) {
    Met met(stateful(GetParam()));
    Connected connected(met.site, "second", run_start + 1s, &met.ticket);
    connected.run();
    connected.server->end_input();
    EXPECT_FALSE(connected.server->has_work());
    connected.server->provide_no_session(TicketVerdict::cache_timeout);
    connected.server->step(run_start + 2s);
    connected.server->step(run_start + 2s);
    EXPECT_EQ(connected.server->facts().state, State::failed);
}

TEST_P(Remote, WithoutAnAnswerTheHandshakeIsAFullOne) {
    Met met(stateful(GetParam()));
    met.cache.silent = true;
    EXPECT_EQ(met.offer(), TicketVerdict::cache_timeout);
    met.cache.silent = false;
    met.cache.entries.clear();
    EXPECT_EQ(met.offer(), TicketVerdict::not_cached);
}

TEST_P(Remote, EntriesHoldTheSecretOnlyWhereTheyAreNotSealed) {
    for (const bool sealed : {false, true}) {
        Met met(stateful(GetParam()), sealed);
        const auto secret = secret_of(met.site, met.ticket);
        ASSERT_GE(secret.size(), 32u);
        const bool in_clear = std::ranges::any_of(met.cache.entries, [&](const auto& entry) {
            return !std::ranges::search(entry.second, secret).empty();
        });
        EXPECT_EQ(in_clear, !sealed);
    }
}

TEST_P(Remote, WhatAnotherFleetSealedOrSomebodyChangedDoesNotOpen) {
    Met met(stateful(GetParam()));
    EXPECT_EQ(met.offer_to(met.settings.server, {}, 1s, 4), TicketVerdict::unknown_key);
    for (auto& [key, value] : met.cache.entries) value.back() ^= std::byte{1};
    EXPECT_EQ(met.offer(), TicketVerdict::unknown_key);
    for (auto& [key, value] : met.cache.entries) value.resize(5);
    EXPECT_EQ(met.offer(), TicketVerdict::unknown_key);
}

TEST_P(Remote, TodaysLifetimeAndChainCapCountAndNotThoseOfTheIssue) {
    Met met(stateful(GetParam()));
    EXPECT_EQ(met.offer_to(met.settings.server, {.lifetime = 10min}, 9min),
              TicketVerdict::accepted);
    EXPECT_EQ(met.offer_to(met.settings.server, {.lifetime = 10min}, 11min),
              TicketVerdict::policy_changed);
    EXPECT_EQ(met.offer_to(met.settings.server, {.max_chain_age = 10min}, 11min),
              TicketVerdict::chain_too_old);
}

TEST_P(Remote, ASessionOfAnUncleanEndIsToBeRemoved) {
    Met met(stateful(GetParam()));
    EXPECT_TRUE(met.site.server.take_removed_sessions().empty());
    Ticket last;
    {
        Connected connected(met.site, "cut", run_start + 1s);
        met.cache.run(connected);
        last = connected.client->take_tickets().back();
    }
    const auto removed = met.site.server.take_removed_sessions();
    ASSERT_EQ(removed.size(), 1u);
    EXPECT_EQ(met.cache.entries.erase(removed[0]), 1u);
    met.ticket = last;
    EXPECT_EQ(met.offer(), TicketVerdict::not_cached);
}

/// A server of two tenants of two host names each, whose sessions are kept remotely.
struct Tenants {
    Tenants(TenantIsolation isolation, CacheKeyScope key_scope, bool sealed,
            ProtocolVersion version) {
        std::vector<TenantSite> sites;
        for (const char* name : {"shop", "bank"}) tenants.push_back({.name = name, .hosts = 2});
        for (const Tenant& tenant : tenants) {
            auto hosts = host_names(tenant, "edge.example");
            chains.emplace_back(library, ChainPlan{.further_names = {hosts[1]}}, hosts[0],
                                random.stream(tenant.name));
            for (const std::string& host : hosts) {
                clients.emplace_back(library, ClientTls{.groups = "X25519:P-256"}, chains.back(),
                                     host);
            }
            sites.push_back({tenant, hosts, chains.back()});
        }
        server = std::make_unique<ServerContext>(
            library,
            ServerTls{.groups = "X25519:P-256", .max_protocol = version, .session_ticket = false},
            Tickets{}, sites, isolation, keys);
        server->keep_sessions_remotely(
            {.key_scope = key_scope, .sealed = sealed, .keys = Random(3).stream("sealing keys")});
    }
    /// A full handshake at one host name, and what becomes of its session at another.
    Facts cross(std::size_t from, std::size_t to) {
        Connected full(*std::next(clients.begin(), static_cast<std::ptrdiff_t>(from)), *server,
                       random, "full", run_start);
        cache.run_and_part(full);
        EXPECT_EQ(full.client->facts().state, State::closed) << full.client->facts().error;
        const Ticket ticket = full.client->take_tickets().back();
        Connected crossing(*std::next(clients.begin(), static_cast<std::ptrdiff_t>(to)), *server,
                           random, "crossing", run_start + 1s, &ticket);
        cache.run_and_part(crossing);
        Facts facts = crossing.server->facts();
        facts.resumed = crossing.client->facts().resumed;
        return facts;
    }

    Library library;
    Random random{7};
    TicketKeys keys{std::nullopt, random.stream("steks")};
    std::vector<Tenant> tenants;
    std::list<Chain> chains;
    std::list<ClientContext> clients;  ///< By tenant and host name.
    std::unique_ptr<ServerContext> server;
    Cache cache;
};

TEST_P(Remote, OfATenantAreFoundByOthersOnlyUnsealedUnderTheIdAloneAndBySwitchingTooLate) {
    for (const auto isolation :
         {TenantIsolation::client_hello, TenantIsolation::session_id_context,
          TenantIsolation::servername_check, TenantIsolation::context_switch}) {
        for (const auto scope :
             {CacheKeyScope::session_id, CacheKeyScope::tenant, CacheKeyScope::sni}) {
            for (const bool sealed : {true, false}) {
                SCOPED_TRACE(std::string(name_of(isolation)) + ", " + std::string(name_of(scope)) +
                             (sealed ? ", sealed" : ""));
                Tenants tenants(isolation, scope, sealed, GetParam());
                EXPECT_TRUE(tenants.cross(0, 0).resumed);
                EXPECT_EQ(tenants.cross(0, 1).resumed, scope != CacheKeyScope::sni);
                const Facts other = tenants.cross(0, 2);
                const bool found = scope == CacheKeyScope::session_id;
                const bool late = isolation == TenantIsolation::context_switch;
                EXPECT_EQ(other.resumed, found && !sealed && late);
                if (!found) {
                    EXPECT_EQ(other.ticket, TicketVerdict::not_cached);
                } else if (sealed) {
                    EXPECT_EQ(other.ticket, TicketVerdict::unknown_key);
                } else if (isolation != TenantIsolation::servername_check && !late) {
                    EXPECT_EQ(other.ticket, TicketVerdict::other_context);
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, Remote,
                         ::testing::Values(ProtocolVersion::tls_1_2, ProtocolVersion::tls_1_3),
                         [](const auto& instance) {
                             return instance.param == ProtocolVersion::tls_1_2 ? "Tls12" : "Tls13";
                         });

TEST(RemoteSession, OfACipherSuiteThatIsNoLongerAllowedIsNotUsed) {
    auto settings = stateful(ProtocolVersion::tls_1_2);
    settings.server.cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256";
    Met met(settings);
    ServerTls today = settings.server;
    today.cipher_list = "ECDHE-ECDSA-AES256-GCM-SHA384";
    EXPECT_EQ(met.offer_to(today, {}, 1s), TicketVerdict::policy_changed);

    // The hazard: OpenSSL itself resumes it.
    ServerContext blind(met.site.library, today, {}, met.site.chain, met.site.keys);
    RemoteSessions unchecked = remote();
    unchecked.check_policy = false;
    blind.keep_sessions_remotely(std::move(unchecked));
    Connected connected(met.site.client, blind, met.site.random, "third", run_start + 2s,
                        &met.ticket);
    met.cache.run(connected);
    EXPECT_TRUE(connected.client->facts().resumed);
    EXPECT_EQ(connected.client->facts().cipher_suite, 0xc02b);
}

TEST(RemoteSession, AnAnswerServesTheClientHelloAfterAHelloRetryRequestToo) {
    auto settings = stateful(ProtocolVersion::tls_1_3);
    settings.client.groups = "X25519:P-256";
    settings.server.groups = "P-256";
    Met met(settings);
    Connected connected(met.site, "second", run_start + 1s, &met.ticket);
    met.cache.run(connected);
    EXPECT_TRUE(connected.server->facts().hello_retry);
    EXPECT_TRUE(connected.client->facts().resumed);
}

TEST(RemoteSession, OfAClientThatOffersOneOfAnotherVersionIsNotAskedFor) {
    Met met(stateful(ProtocolVersion::tls_1_3));
    ServerTls rolled_back = met.settings.server;
    rolled_back.max_protocol = ProtocolVersion::tls_1_2;
    EXPECT_EQ(met.offer_to(rolled_back, {}, 1s), TicketVerdict::none_offered);
}

TEST(RemoteSession, WithEarlyDataIsTakenOnceByWhicheverServerAsksFirst) {
    SiteSettings settings;
    settings.server.max_early_data = 16'384;
    Met met(settings);
    ServerContext other(met.site.library, settings.server, {}, met.site.chain, met.site.keys);
    other.keep_sessions_remotely(remote());
    const std::size_t before = met.cache.entries.size();
    for (const bool first : {true, false}) {
        Connected connected(met.site.client, first ? other : met.site.server, met.site.random,
                            first ? "second" : "copy", run_start + 1s, &met.ticket);
        connected.client->write(std::vector<std::byte>(300, std::byte{'q'}));
        connected.client->send_early();
        met.cache.run(connected);
        EXPECT_EQ(connected.client->facts().resumed, first);
        EXPECT_EQ(connected.client->facts().early_data,
                  first ? EarlyData::accepted : EarlyData::rejected);
        EXPECT_EQ(connected.server->received().size(), 300u) << "the request survives";
        if (first) {
            EXPECT_EQ(met.cache.entries.size(), before);  // One taken, one made.
        }
    }
}

}  // namespace
}  // namespace reshake::tls::testing
