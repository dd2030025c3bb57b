// The loss-free flights of real OpenSSL 3.0 on real Linux TCP, to the byte.
//
// Source: reference measurements of this project (tls13_full_ecdsa, tls13_full_rsa, tls13_psk).
#include <gtest/gtest.h>

#include "sim/tls/handles.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

/// OpenSSL 3.0's defaults, in today's OpenSSL.
constexpr const char* groups_of_3_0 =
    "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192";
constexpr const char* sigalgs_of_3_0 =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:"
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512";

/// What the reference's programs set directly, for which scenarios have no setting: TLS 1.3 only,
/// no certificate compression, and a server that allows early data in stateless tickets.
struct ReferenceSite : Site {
    explicit ReferenceSite(CertificateKey certificate)
        : Site({.certificate = certificate,
                .client = {.groups = groups_of_3_0, .sigalgs = sigalgs_of_3_0},
                .server = {.groups = groups_of_3_0, .sigalgs = sigalgs_of_3_0}}) {
        SSL_CTX* const of_client = client.handle().context.get();
        SSL_CTX* const of_server = server.handle().context.get();
        for (SSL_CTX* context : {of_client, of_server}) {
            SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
            SSL_CTX_set_options(context, SSL_OP_NO_RX_CERTIFICATE_COMPRESSION |
                                             SSL_OP_NO_TX_CERTIFICATE_COMPRESSION);
        }
        SSL_CTX_set_max_early_data(of_server, SSL3_RT_MAX_PLAIN_LENGTH);
        SSL_CTX_set_options(of_server, SSL_OP_NO_ANTI_REPLAY);
    }
};

constexpr std::size_t request = 200;
constexpr std::size_t response = 4096;

using Sizes = std::vector<std::size_t>;

/// Splits what a peer sent into TLS records. Source: RFC 8446 section 5.1.
Sizes record_sizes(std::span<const std::byte> bytes) {
    Sizes sizes;
    while (bytes.size() >= 5) {
        const auto size = 5 + (std::to_integer<std::size_t>(bytes[3]) << 8) +
                          std::to_integer<std::size_t>(bytes[4]);
        sizes.push_back(size);
        bytes = bytes.subspan(std::min(size, bytes.size()));
    }
    return sizes;
}

TEST(Flights, RecordsHoldWhatTheSenderAllows) {
    SiteSettings settings;
    settings.client.max_send_fragment = 512;
    settings.server.max_send_fragment = 1'400;
    Site site(settings);
    Connected connected(site, "visit", run_start);
    connected.run();
    constexpr std::size_t around = 5 + 1 + 16;  // Header, content type, tag.
    connected.client->write(std::vector<std::byte>(1'200));
    connected.client->step(run_start);
    EXPECT_EQ(record_sizes(connected.client->output().front()),
              (Sizes{512 + around, 512 + around, 176 + around}));
    connected.run();
    connected.server->write(std::vector<std::byte>(3'000));
    connected.server->step(run_start);
    EXPECT_EQ(record_sizes(connected.server->output().front()),
              (Sizes{1'400 + around, 1'400 + around, 200 + around}));
    connected.run();
    EXPECT_EQ(connected.client->received().size(), 3'000u);
}

TEST(Flights, FullHandshakeWithEcdsa) {
    ReferenceSite site(CertificateKey::ecdsa_p256);
    // An ECDSA signature has 70 to 72 bytes. Two are in the certificates, for good; the one of this
    // handshake is what the tolerance is for.
    const Chain::Handle& chain = site.chain.handle();
    const int longer = i2d_X509(chain.leaf.get(), nullptr) - 895 +
                       i2d_X509(chain.intermediates.front().get(), nullptr) - 655;
    for (const char* name : {"1", "2", "3", "4", "5"}) {
        Connected connected(site, name, run_start);
        connected.run();
        connected.exchange(request, response);
        ASSERT_EQ(connected.upward, (Sizes{250, 80, 222}));
        ASSERT_EQ(connected.downward.size(), 3u);
        EXPECT_NEAR(static_cast<double>(connected.downward[0]) - longer, 1926, 1);
        EXPECT_EQ(connected.downward[1], 2u * 263);
        EXPECT_EQ(connected.downward[2], 4118u);
    }
}

TEST(Flights, FullHandshakeWithRsa) {
    ReferenceSite site(CertificateKey::rsa_2048);
    Connected connected(site, "1", run_start);
    connected.run();
    connected.exchange(request, response);
    EXPECT_EQ(connected.upward, (Sizes{250, 80, 222}));
    EXPECT_EQ(connected.downward, (Sizes{2897, 2 * 263, 4118}));
}

TEST(Flights, Resumption) {
    ReferenceSite site(CertificateKey::ecdsa_p256);
    const auto ticket = fresh_tickets(site, "1", run_start).back();
    Connected connected(site, "2", run_start, &ticket);
    connected.run();
    connected.exchange(request, response);
    EXPECT_TRUE(connected.server->facts().resumed);
    EXPECT_EQ(connected.upward, (Sizes{521, 80, 222}));
    EXPECT_EQ(connected.downward, (Sizes{241, 263, 4118}));
}

TEST(Flights, EachTicketAndEachWriteIsARecordOfItsOwn) {
    ReferenceSite site(CertificateKey::ecdsa_p256);
    Connected connected(site, "1", run_start);
    Endpoint& client = *connected.client;
    Endpoint& server = *connected.server;
    client.step(run_start);
    connected.move(client, server, connected.upward);
    server.step(run_start);
    connected.move(server, client, connected.downward);
    client.write(std::vector<std::byte>(request));
    client.write(std::vector<std::byte>(1));
    client.step(run_start);
    EXPECT_EQ(record_sizes(client.output().front()), (Sizes{6, 74, 222, 23}));
    connected.move(client, server, connected.upward);
    server.step(run_start);
    EXPECT_EQ(record_sizes(server.output().front()), (Sizes{263, 263}));
    EXPECT_EQ(server.received().size(), request + 1);
    connected.move(server, client, connected.downward);
    server.write(std::vector<std::byte>(16384));
    server.write(std::vector<std::byte>(16385));
    server.step(run_start);
    EXPECT_EQ(record_sizes(server.output().front()), (Sizes{16384 + 22, 16384 + 22, 23}));
}

}  // namespace
}  // namespace reshake::tls::testing
