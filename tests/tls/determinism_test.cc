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
    // More than 32: after so many private operations RSA draws a new blinding factor, and whose
    // connection that is depends on the order.
    std::vector<std::string> names;
    for (int i = 0; i < 40; ++i) names.push_back(std::to_string(i));
    const auto forwards = digests(settings(1), names);
    std::ranges::reverse(names);
    EXPECT_EQ(forwards, digests(settings(1), names));
    EXPECT_EQ(forwards.at("33"), digests(settings(1), {"33"}).at("33"));
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
    const auto before = stray_random_draws();
    {
        Site site;
        Connected connected(site, "first", run_start);
        connected.run();
        connected.client->close();
        connected.server->close();
        connected.run();
    }
    EXPECT_EQ(stray_random_draws(), before);
}

}  // namespace
}  // namespace reshake::tls::testing
