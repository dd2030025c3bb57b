#include <gtest/gtest.h>

#include "sim/tls/handles.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using std::chrono::days;

// Source: RFC 8446 section 6.2.
constexpr std::uint8_t bad_certificate = 42;
constexpr std::uint8_t certificate_expired = 45;
constexpr std::uint8_t unknown_ca = 48;

void expect_refused(Connected& connected, std::uint8_t alert, const std::string& error) {
    connected.run();
    const Facts& client = connected.client->facts();
    EXPECT_EQ(client.state, State::failed);
    EXPECT_EQ(client.alert_sent, alert);
    EXPECT_EQ(client.error, "certificate verify failed: " + error);
    EXPECT_EQ(connected.server->facts().state, State::failed);
    EXPECT_EQ(connected.server->facts().alert_received, alert);
}

class Certificates : public ::testing::TestWithParam<CertificateKey> {
protected:
    static SiteSettings settings() {
        SiteSettings settings;
        settings.certificate = GetParam();
        return settings;
    }
};

TEST_P(Certificates, ARootThatTheClientDoesNotTrustIsRefused) {
    Site site(settings());
    const Chain other(site.library, {.key = GetParam()}, server_name, Random(8));
    ClientContext stranger(site.library, settings().client, other, server_name);
    Connected connected(stranger, site.server, site.random, "first", run_start);
    expect_refused(connected, unknown_ca, "unable to get local issuer certificate");
}

TEST_P(Certificates, AnotherNameIsRefused) {
    Site site(settings());
    ClientContext elsewhere(site.library, settings().client, site.chain, "other.example.net");
    Connected connected(elsewhere, site.server, site.random, "first", run_start);
    expect_refused(connected, bad_certificate, "hostname mismatch");
}

TEST_P(Certificates, AClockBeyondTheirEndRefusesThem) {
    Site site(settings());
    Connected connected(site, "first", run_start + days(3660));
    expect_refused(connected, certificate_expired, "certificate has expired");
}

TEST_P(Certificates, AClockBeforeTheirStartRefusesThem) {
    Site site(settings());
    Connected connected(site, "first", run_start - days(2));
    expect_refused(connected, bad_certificate, "certificate is not yet valid");
}

TEST_P(Certificates, ASeedGivesTheSameOnesAndAnotherSeedOthers) {
    const Library library;
    const auto der = [&](std::uint64_t seed) {
        const Chain chain(library, {.key = GetParam()}, server_name, Random(seed));
        unsigned char* bytes = nullptr;
        const int size = i2d_X509(chain.handle().leaf.get(), &bytes);
        const std::string text(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
        OPENSSL_free(bytes);
        return text;
    };
    const auto first = der(1);
    EXPECT_EQ(first, der(1));
    EXPECT_NE(first, der(2));
}

TEST_P(Certificates, AreAsLargeAsTheReferencesOnes) {
    const Library library;
    const Chain chain(library, {.key = GetParam()}, server_name, Random(7));
    const bool ecdsa = GetParam() == CertificateKey::ecdsa_p256;
    const int tolerance = ecdsa ? 1 : 0;  // Two numbers of 32 or 33 bytes, once per certificate.
    EXPECT_NEAR(i2d_X509(chain.handle().leaf.get(), nullptr), ecdsa ? 895 : 1289, tolerance);
    EXPECT_NEAR(i2d_X509(chain.handle().intermediates.front().get(), nullptr), ecdsa ? 655 : 1047,
                tolerance);
}

INSTANTIATE_TEST_SUITE_P(Keys, Certificates,
                         ::testing::Values(CertificateKey::ecdsa_p256, CertificateKey::rsa_2048),
                         [](const auto& instance) {
                             return instance.param == CertificateKey::rsa_2048 ? "Rsa" : "Ecdsa";
                         });

TEST(CertificateNames, ALongNameAndOneWithPunctuationAreTakenAsTheyAre) {
    SiteSettings settings;
    Site site(settings);
    for (const auto& name :
         {std::string(63, 'a') + "." + std::string(63, 'b') + ".example", std::string("a,IP:b")}) {
        const Chain chain(site.library, {}, name, Random(3));
        EXPECT_EQ(X509_check_host(chain.handle().leaf.get(), name.data(), name.size(),
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr),
                  1)
            << name;
        EXPECT_EQ(X509_check_ip_asc(chain.handle().leaf.get(), "127.0.0.1", 0), 0);
    }
}

class ChainOf : public ::testing::TestWithParam<std::tuple<CertificateKey, std::uint32_t>> {};

TEST_P(ChainOf, AnyKeyAndLengthVerifiesAndIsSentWhole) {
    const auto [key, intermediates] = GetParam();
    SiteSettings settings;
    settings.certificate = key;
    settings.server.intermediates = intermediates;
    Site site(settings);
    Connected connected(site, "visit", run_start);
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::established)
        << connected.client->facts().error;
    std::size_t chain = static_cast<std::size_t>(i2d_X509(site.chain.handle().leaf.get(), nullptr));
    for (const X509Ptr& each : site.chain.handle().intermediates) {
        chain += static_cast<std::size_t>(i2d_X509(each.get(), nullptr));
    }
    EXPECT_EQ(site.chain.handle().intermediates.size(), intermediates);
    EXPECT_GT(connected.downward.front(), chain);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, ChainOf,
    ::testing::Combine(::testing::Values(CertificateKey::ecdsa_p256, CertificateKey::ecdsa_p384,
                                         CertificateKey::rsa_3072, CertificateKey::rsa_4096,
                                         CertificateKey::ml_dsa_65),
                       ::testing::Values(0u, 1u, 3u)));

TEST(Chains, PaddingMakesTheLeafLongerByThatMuch) {
    SiteSettings settings;
    const auto length = [&] {
        const Site site(settings);
        return i2d_X509(site.chain.handle().leaf.get(), nullptr);
    };
    const int plain = length();
    settings.server.leaf_padding = 5000;
    EXPECT_NEAR(length() - plain, 5000, 40);
}

TEST(Chains, CompressionShortensTheServersFlightWhereBothSidesDoIt) {
    SiteSettings settings;
    settings.server.leaf_padding = 5000;  // Zeros, which nothing in a real certificate is.
    settings.server.tx_certificate_compression = true;
    const auto flight = [&] {
        Site site(settings);
        Connected connected(site, "visit", run_start);
        connected.run();
        EXPECT_EQ(connected.client->facts().state, State::established);
        return connected.downward.front();
    };
    const std::size_t compressed = flight();
    settings.client.rx_certificate_compression = false;
    EXPECT_GT(flight(), compressed + 5000);
}

}  // namespace
}  // namespace reshake::tls::testing
