// Application protocols: what real OpenSSL selects, refuses, and holds against early data.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

SiteSettings speaking(Names clients, Names servers,
                      AlpnMismatch mismatch = AlpnMismatch::alert_fatal) {
    SiteSettings settings;
    settings.client.alpn = std::move(clients);
    settings.server.alpn = std::move(servers);
    settings.server.alpn_mismatch = mismatch;
    return settings;
}

/// A full handshake.
struct Met {
    explicit Met(const SiteSettings& settings)
        : site(settings), connected(site, "first", run_start) {
        connected.run();
    }
    [[nodiscard]] const Facts& client() const { return connected.client->facts(); }
    [[nodiscard]] const Facts& server() const { return connected.server->facts(); }
    [[nodiscard]] std::string protocol() const {
        EXPECT_EQ(client().alpn, server().alpn);
        return client().alpn;
    }

    Site site;
    Connected connected;
};

class Alpn : public ::testing::TestWithParam<ProtocolVersion> {
protected:
    static SiteSettings of(SiteSettings settings) {
        settings.server.max_protocol = GetParam();
        // With an ECDSA certificate TLS 1.2 asks for the certificate's curve, too.
        settings.client.groups = settings.server.groups = "X25519:P-256";
        settings.client.ciphersuites.reset();
        return settings;
    }
};

TEST_P(Alpn, TheServersPreferenceAmongWhatTheClientOffersDecides) {
    const Names offered{"http/1.1", "h2"};
    EXPECT_EQ(Met(of(speaking(offered, {"h2", "http/1.1"}))).protocol(), "h2");
    EXPECT_EQ(Met(of(speaking(offered, {"h3", "http/1.1", "h2"}))).protocol(), "http/1.1");
}

TEST_P(Alpn, WhereOneSideNamesNoneThereIsNone) {
    for (const auto& settings : {speaking({}, {"h2"}), speaking({"h2"}, {}), speaking({}, {})}) {
        const Met met(of(settings));
        EXPECT_EQ(met.protocol(), "");
        EXPECT_EQ(met.client().state, State::established);
    }
}

TEST_P(Alpn, WithoutOneInCommonTheServerEndsTheHandshakeOrGoesOnWithout) {
    const Met refused(of(speaking({"h2"}, {"imap"})));
    EXPECT_EQ(refused.client().state, State::failed);
    EXPECT_EQ(refused.client().alert_received, 120);
    EXPECT_EQ(refused.server().alert_sent, 120);
    const Met went_on(of(speaking({"h2"}, {"imap"}, AlpnMismatch::noack)));
    EXPECT_EQ(went_on.client().state, State::established);
    EXPECT_EQ(went_on.protocol(), "");
}

TEST_P(Alpn, IsNegotiatedAnewInAResumption) {
    const auto settings = of(speaking({"h2", "http/1.1"}, {"h2"}));
    Site site(settings);
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    ServerTls changed = settings.server;
    changed.alpn = {"http/1.1"};
    ServerContext other(site.library, changed, {}, site.chain, site.keys);
    Connected second(site.client, other, site.random, "second", run_start + 1s, &ticket);
    second.run();
    EXPECT_TRUE(second.client->facts().resumed);
    EXPECT_EQ(second.client->facts().alpn, "http/1.1");
}

INSTANTIATE_TEST_SUITE_P(Versions, Alpn,
                         ::testing::Values(ProtocolVersion::tls_1_2, ProtocolVersion::tls_1_3),
                         [](const auto& instance) {
                             return instance.param == ProtocolVersion::tls_1_2 ? "Tls12" : "Tls13";
                         });

// RFC 7301 section 3.1: two bytes of type and two of size, two of the list's, one for each name's.
TEST(AlpnExtension, TakesItsBytesAndNoneWhereNobodyNamesAProtocol) {
    const auto client_hello = [](Names offered) {
        return Met(speaking(std::move(offered), {})).connected.upward.front();
    };
    EXPECT_EQ(client_hello({"h2", "http/1.1"}), client_hello({}) + 4 + 2 + 1 + 2 + 1 + 8);
}

/// A server of the site with settings of its own.
struct Other {
    Other(Site& site, const ServerTls& tls)
        : context(site.library, tls, {}, site.chain, site.keys) {}
    ServerContext context;
};

/// Offers early data with `ticket` to a server that speaks `protocols`.
struct Early : private Other, Connected {
    Early(Site& site, const ServerTls& tls, Names protocols, const Ticket& ticket,
          std::string_view name)
        : Other(site, with(tls, std::move(protocols))),
          Connected(site.client, context, site.random, name, run_start + 1s, &ticket) {
        client->write(std::vector<std::byte>(300, std::byte{'q'}));
        client->send_early();
        run();
    }
    static ServerTls with(ServerTls tls, Names protocols) {
        tls.alpn = std::move(protocols);
        return tls;
    }
};

struct WithEarlyData {
    WithEarlyData() : settings(speaking({"h2", "http/1.1"}, {"h2"})) {
        settings.server.max_early_data = 16'384;
        settings.server.anti_replay = AntiReplay::none;
    }
    SiteSettings settings;
};

// RFC 8446 section 4.2.10: the session's protocol must be the one that is selected.
TEST(AlpnAndEarlyData, ATicketForAnotherProtocolResumesAndItsEarlyDataIsSentAgain) {
    const WithEarlyData with;
    Site site(with.settings);
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    const Early same(site, with.settings.server, {"h2"}, ticket, "same");
    EXPECT_EQ(same.client->facts().early_data, EarlyData::accepted);
    for (const Names& other : {Names{"http/1.1"}, Names{}}) {
        const Early changed(site, with.settings.server, other, ticket, "changed");
        EXPECT_TRUE(changed.client->facts().resumed);
        EXPECT_EQ(changed.client->facts().early_data, EarlyData::rejected);
        EXPECT_EQ(changed.server->facts().early_data_verdict, EarlyDataVerdict::alpn_changed);
        EXPECT_EQ(changed.server->received().size(), 300u) << "the request arrives all the same";
    }
}

// OpenSSL 3.5's client keeps the former protocol in the tickets of such a resumption, the server
// writes the new one into them: with the next early data the server accepts what the client must
// then refuse (tls_parse_stoc_alpn, tls_process_new_session_ticket).
TEST(AlpnAndEarlyData, TheTicketsOfAResumptionWithAnotherProtocolEndInIllegalParameter) {
    const WithEarlyData with;
    Site site(with.settings);
    const auto ticket = fresh_tickets(site, "first", run_start).back();
    const Early changed(site, with.settings.server, {"http/1.1"}, ticket, "changed");
    const auto renewed = changed.client->take_tickets();
    ASSERT_FALSE(renewed.empty());
    const Early next(site, with.settings.server, {"http/1.1"}, renewed.back(), "next");
    EXPECT_EQ(next.client->facts().state, State::failed);
    EXPECT_EQ(next.client->facts().alert_sent, 47);
}

}  // namespace
}  // namespace reshake::tls::testing
