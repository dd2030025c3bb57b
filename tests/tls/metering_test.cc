#include <gtest/gtest.h>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;
using enum CryptoOperation;

/// What the two sides of a connection pay.
std::pair<Cost, Cost> costs(Site& site, std::string_view name, const Ticket* ticket = nullptr) {
    Connected connected(site, name, run_start, ticket);
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::established);
    return {connected.client_cost, connected.server_cost};
}

/// Encryption costs by the byte: an ECDSA signature in a message has 70 to 72 bytes, and the
/// numbers in a ticket have as many as they need.
constexpr Duration byte_tolerance = 10ns;

TEST(Metering, EveryHandshakeOfAKindCostsTheSame) {
    for (const auto certificate : {CertificateKey::ecdsa_p256, CertificateKey::rsa_2048}) {
        Site site({.certificate = certificate});
        const auto ticket = fresh_tickets(site, "ticket", run_start).back();
        const auto [full_client, full_server] = costs(site, "full");
        const auto [psk_client, psk_server] = costs(site, "psk", &ticket);
        for (int i = 0; i < 20; ++i) {
            const auto [client, server] = costs(site, "full " + std::to_string(i));
            EXPECT_LE(std::chrono::abs(client.total - full_client.total), byte_tolerance);
            EXPECT_LE(std::chrono::abs(server.total - full_server.total), byte_tolerance);
            EXPECT_EQ(client.verification, full_client.verification);
            const auto [again_client, again_server] =
                costs(site, "psk " + std::to_string(i), &ticket);
            EXPECT_EQ(again_client.total, psk_client.total);
            EXPECT_LE(std::chrono::abs(again_server.total - psk_server.total), byte_tolerance);
        }
    }
}

TEST(Metering, TheClientVerifiesThreeSignaturesInAFullHandshakeAndNoneInAResumption) {
    for (const auto& [certificate, algorithm, size] :
         {std::tuple(CertificateKey::ecdsa_p256, "ECDSA", std::size_t{71}),
          std::tuple(CertificateKey::rsa_2048, "RSA", std::size_t{256})}) {
        Site site({.certificate = certificate});
        const auto ticket = fresh_tickets(site, "ticket", run_start).back();
        const auto [client, server] = costs(site, "full");
        EXPECT_EQ(client.verification, 3 * server_core_costs().cost(verify, algorithm, size));
        EXPECT_EQ(server.verification, 0ns);
        const auto [psk_client, psk_server] = costs(site, "psk", &ticket);
        EXPECT_EQ(psk_client.verification, 0ns);
        EXPECT_EQ(psk_server.verification, 0ns);
    }
}

TEST(Metering, TheServerSignsOnceInAFullHandshakeAndExchangesKeysInBoth) {
    for (const auto& [certificate, algorithm, size] :
         {std::tuple(CertificateKey::ecdsa_p256, "ECDSA", std::size_t{71}),
          std::tuple(CertificateKey::rsa_2048, "RSA", std::size_t{256})}) {
        Site site({.certificate = certificate});
        const auto ticket = fresh_tickets(site, "ticket", run_start).back();
        const Duration exchange = server_core_costs().cost(keygen, "X25519", 32) +
                                  server_core_costs().cost(derive, "X25519", 32);
        const auto [client, full] = costs(site, "full");
        const auto [psk_client, psk] = costs(site, "psk", &ticket);
        // The rest is key derivation, record protection and messages: not nothing.
        const Duration full_rest =
            full.total - exchange - server_core_costs().cost(sign, algorithm, size);
        EXPECT_GT(full_rest, 20us);
        EXPECT_LT(full_rest, 130us);
        const Duration psk_rest = psk.total - exchange;
        EXPECT_GT(psk_rest, 20us);
        EXPECT_LT(psk_rest, 130us);
    }
}

/// Source: CPU time of OpenSSL 3.5.7 in memory on the machine of the cost table, one ticket.
///
/// The costs of messages and certificates are fitted to these four totals, so this holds the fit;
/// it is no evidence for other certificates, ciphers or machines.
TEST(Metering, AHandshakeCostsInSumWhatWasMeasuredOfItAsAWhole) {
    SiteSettings settings;
    settings.tickets.num_tickets = 1;
    Site site(settings);
    const auto ticket = fresh_tickets(site, "ticket", run_start).back();
    const auto [client, server] = costs(site, "full");
    const auto [psk_client, psk_server] = costs(site, "psk", &ticket);
    const auto near = [](Duration modelled, double measured_us) {
        EXPECT_NEAR(static_cast<double>(modelled.count()), measured_us * 1e3,
                    0.1 * measured_us * 1e3);
    };
    // The measured client had one certificate less to parse and to verify, and its session at hand.
    const Duration parsing = server_core_costs().cost(certificate, {}, 0);
    near(client.total - parsing - server_core_costs().cost(verify, "ECDSA", 71), 327);
    near(server.total, 181);
    near(psk_client.total - parsing, 138);
    near(psk_server.total, 143);
}

TEST(Metering, AHybridPaysForItselfAndNotForItsHalves) {
    Site plain;
    SiteSettings settings;
    settings.client.groups = "X25519MLKEM768";
    settings.server.groups = "X25519MLKEM768";
    Site hybrid(settings);
    const auto [plain_client, plain_server] = costs(plain, "first");
    const auto [hybrid_client, hybrid_server] = costs(hybrid, "first");
    const Duration exchange = server_core_costs().cost(keygen, "X25519", 32) +
                              server_core_costs().cost(derive, "X25519", 32);
    const Duration client_difference =
        server_core_costs().cost(keygen, "X25519MLKEM768", 0) +
        server_core_costs().cost(decapsulate, "X25519MLKEM768", 1120) - exchange;
    const Duration server_difference =
        server_core_costs().cost(encapsulate, "X25519MLKEM768", 1120) - exchange;
    EXPECT_LT(std::chrono::abs(hybrid_client.total - plain_client.total - client_difference), 1us);
    EXPECT_LT(std::chrono::abs(hybrid_server.total - plain_server.total - server_difference), 1us);
}

TEST(Metering, ASlowerDeviceTakesLongerInProportion) {
    Site site;
    const auto cost = [&](double slowdown) {
        const Device device{.slowdown = slowdown};
        auto client = Endpoint::client(site.client, nullptr, run_start, Random(1), device);
        return client->step(run_start).total;
    };
    const Duration once = cost(1.0);
    EXPECT_GE(once, server_core_costs().cost(keygen, "X25519", 32));
    EXPECT_EQ(cost(20.0), 20 * once);
    EXPECT_EQ(cost(0.0), 0ns);
}

TEST(Metering, BulkDataCostsByTheByte) {
    Site site;
    Connected connected(site, "first", run_start);
    connected.run();
    connected.server_cost = {};
    connected.exchange(1, 1 << 20);
    const Duration one_record = server_core_costs().cost(cipher, "AES-256-GCM", 16384);
    EXPECT_NEAR(static_cast<double>(connected.server_cost.total.count()),
                64.0 * static_cast<double>(one_record.count()), 5'000.0);
}

}  // namespace
}  // namespace reshake::tls::testing
