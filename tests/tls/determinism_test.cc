#include <gtest/gtest.h>

#include <map>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

/// Bytes of full and resumed connections, by name, made in the given order.
std::map<std::string, std::uint64_t> digests(const SiteSettings& settings,
                                             const std::vector<std::string>& order) {
    Site site(settings);
    const auto ticket = fresh_tickets(site, "ticket", run_start).back();
    std::map<std::string, std::uint64_t> result;
    for (const std::string& name : order) {
        Connected full(site, name + "/full", run_start + 1s);
        full.run();
        full.exchange(200, 4096);
        Connected resumed(site, name + "/resumed", run_start + 2s, &ticket);
        resumed.run();
        EXPECT_TRUE(resumed.server->facts().resumed);
        full.digest.add(resumed.digest.value());
        result[name] = full.digest.value();
    }
    return result;
}

class Determinism : public ::testing::TestWithParam<CertificateKey> {
protected:
    static SiteSettings settings(std::uint64_t seed) {
        return {.seed = seed, .certificate = GetParam()};
    }
};

TEST_P(Determinism, EqualSeedsGiveEqualBytesAndAnotherSeedOthers) {
    const auto first = digests(settings(1), {"a", "b"});
    EXPECT_EQ(first, digests(settings(1), {"a", "b"}));
    const auto other = digests(settings(2), {"a", "b"});
    EXPECT_NE(first.at("a"), other.at("a"));
    EXPECT_NE(first.at("a"), first.at("b"));
}

TEST_P(Determinism, TheOrderOfConnectionsDoesNotReachTheirBytes) {
    const auto one_way = digests(settings(1), {"a", "b", "c", "d"});
    EXPECT_EQ(one_way, digests(settings(1), {"d", "b", "a", "c"}));
    EXPECT_EQ(one_way.at("c"), digests(settings(1), {"c"}).at("c"));
}

TEST_P(Determinism, WhatAConnectionDrawsDoesNotDependOnTheOnesBefore) {
    // RSA renews its blinding every 32 private operations: beyond that, caches would show.
    std::vector<std::string> many;
    for (int i = 0; i < 40; ++i) many.push_back("before " + std::to_string(i));
    many.push_back("last");
    EXPECT_EQ(digests(settings(1), many).at("last"), digests(settings(1), {"last"}).at("last"));
}

INSTANTIATE_TEST_SUITE_P(Keys, Determinism,
                         ::testing::Values(CertificateKey::ecdsa_p256, CertificateKey::rsa_2048),
                         [](const auto& instance) {
                             return instance.param == CertificateKey::rsa_2048 ? "Rsa" : "Ecdsa";
                         });

TEST(Determinism, HybridsAndRetriesToo) {
    SiteSettings settings;
    settings.client.groups = "X25519MLKEM768:P-256";
    settings.server.groups = "P-256";
    EXPECT_EQ(digests(settings, {"a", "b"}), digests(settings, {"b", "a"}));
    settings.server.groups = "X25519MLKEM768";
    EXPECT_EQ(digests(settings, {"a", "b"}), digests(settings, {"b", "a"}));
}

TEST(Determinism, OpensslDrawsNoRandomnessOutsideAnEnvironment) {
    Site site;
    Connected connected(site, "first", run_start);
    connected.run();
    connected.client->close();
    connected.server->close();
    connected.run();
    EXPECT_EQ(stray_random_draws(), 0u);
}

}  // namespace
}  // namespace reshake::tls::testing
