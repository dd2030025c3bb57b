// What is not set is OpenSSL's default, and the README says what that is: both are asked of the
// library itself.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/tickets.h"
#include "models/tls_settings.h"
#include "sim/tls/handles.h"
#include "sim/tls/library.h"
#include "sim/tls/openssl_ptr.h"
#include "sim/tls/seams.h"

namespace reshake::tls::testing {
namespace {

constexpr unsigned psk_ke = 0;  // RFC 8446 section 4.2.9.

/// A context on which nothing was set, and what a connection of it would say first.
struct Fresh {
    Library library;
    Housekeeping housekeeping{Random(0).stream("defaults")};
    SslCtxPtr context{SSL_CTX_new_ex(library.handle().context.get(), nullptr, TLS_method())};
};

/// Reads numbers in network order, and stops the test where there are none left.
class Reader {
public:
    explicit Reader(std::span<const unsigned char> bytes) : rest_(bytes) {}

    unsigned number(std::size_t bytes) {
        unsigned value = 0;
        for (const unsigned char byte : take(bytes)) value = value << 8u | byte;
        return value;
    }
    std::span<const unsigned char> take(std::size_t bytes) {
        if (bytes > rest_.size()) throw std::out_of_range("the message ends early");
        const auto taken = rest_.first(bytes);
        rest_ = rest_.subspan(bytes);
        return taken;
    }
    /// What a length of so many bytes announces.
    Reader vector(std::size_t bytes) { return Reader(take(number(bytes))); }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    std::span<const unsigned char> rest_;
};

/// RFC 8446 section 4.1.2, without GREASE: OpenSSL sends none.
struct ClientHello {
    std::vector<unsigned> ciphers, versions, groups, key_shares, sigalgs;
    bool extended_master_secret = false;
    bool certificate_compression = false;
    bool psk_modes_without_dhe = false;
    bool alpn = false;
};

ClientHello first_words(SSL_CTX* context) {
    const SslPtr ssl(SSL_new(context));
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
    EXPECT_NE(SSL_connect(ssl.get()), 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    Reader record({reinterpret_cast<const unsigned char*>(data), static_cast<std::size_t>(size)});
    record.take(3);
    Reader handshake = record.vector(2);
    EXPECT_EQ(handshake.number(1), 1u);
    Reader body = handshake.vector(3);
    body.take(2 + 32);
    body.vector(1);
    ClientHello hello;
    for (Reader suites = body.vector(2); !suites.empty();)
        hello.ciphers.push_back(suites.number(2));
    body.vector(1);
    for (Reader extensions = body.vector(2); !extensions.empty();) {
        const unsigned type = extensions.number(2);
        Reader content = extensions.vector(2);
        if (type == TLSEXT_TYPE_supported_versions) {
            for (Reader of = content.vector(1); !of.empty();)
                hello.versions.push_back(of.number(2));
        } else if (type == TLSEXT_TYPE_supported_groups) {
            for (Reader of = content.vector(2); !of.empty();) hello.groups.push_back(of.number(2));
        } else if (type == TLSEXT_TYPE_signature_algorithms) {
            for (Reader of = content.vector(2); !of.empty();) hello.sigalgs.push_back(of.number(2));
        } else if (type == TLSEXT_TYPE_key_share) {
            for (Reader of = content.vector(2); !of.empty(); of.vector(2)) {
                hello.key_shares.push_back(of.number(2));
            }
        } else if (type == TLSEXT_TYPE_psk_kex_modes) {
            for (Reader of = content.vector(1); !of.empty();) {
                hello.psk_modes_without_dhe |= of.number(1) == psk_ke;
            }
        }
        hello.extended_master_secret |= type == TLSEXT_TYPE_extended_master_secret;
        hello.certificate_compression |= type == TLSEXT_TYPE_compress_certificate;
        hello.alpn |= type == TLSEXT_TYPE_application_layer_protocol_negotiation;
    }
    return hello;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ":") + name;
    return text;
}

/// Names as SSL_CTX_set1_groups_list(3) takes them; numbers of IANA's registry of TLS groups.
std::string groups_named(const std::vector<unsigned>& numbers) {
    static const std::map<unsigned, std::string> known{
        {23, "P-256"}, {24, "P-384"},      {25, "P-521"},      {29, "X25519"},
        {30, "X448"},  {256, "ffdhe2048"}, {257, "ffdhe3072"}, {4588, "X25519MLKEM768"}};
    std::vector<std::string> names;
    for (const unsigned number : numbers) names.push_back(known.at(number));
    return joined(names);
}

std::string truth(bool value) { return value ? "true" : "false"; }

/// The rows of the README's table, as the library would write them.
std::vector<std::string> rows(const Fresh& fresh) {
    SSL_CTX* const context = fresh.context.get();
    const SslPtr ssl(SSL_new(context));
    const ClientHello hello = first_words(context);
    const std::uint64_t options = SSL_CTX_get_options(context);
    const auto off = [&](std::uint64_t option) { return (options & option) == 0; };
    std::vector<std::string> of_1_3;
    std::size_t of_1_2 = 0;
    for (const unsigned number : hello.ciphers) {
        const unsigned char id[] = {static_cast<unsigned char>(number >> 8u),
                                    static_cast<unsigned char>(number & 0xffu)};
        const SSL_CIPHER* const cipher = SSL_CIPHER_find(ssl.get(), id);
        if (cipher == nullptr) continue;  // TLS_EMPTY_RENEGOTIATION_INFO_SCSV
        const bool new_one = std::string(SSL_CIPHER_get_version(cipher)) == "TLSv1.3";
        if (new_one) of_1_3.emplace_back(SSL_CIPHER_get_name(cipher));
        of_1_2 += new_one ? 0 : 1;
    }
    const auto row = [](const std::string& names, const std::string& value) {
        return "| " + names + " | " + value + " |";
    };
    EXPECT_EQ(hello.versions, (std::vector<unsigned>{TLS1_3_VERSION, TLS1_2_VERSION}));
    EXPECT_EQ(hello.sigalgs.front() >> 8u, 9u);  // ML-DSA.
    return {
        row("`min_protocol`, `max_protocol`", "TLSv1.2, TLSv1.3"),
        row("`groups`", groups_named(hello.groups)),
        row("key shares in the ClientHello", groups_named(hello.key_shares)),
        row("`ciphersuites`", joined(of_1_3)),
        row("`cipher_list`", std::to_string(of_1_2) + " suites of TLS 1.2 (`openssl ciphers -s`)"),
        row("`sigalgs`", std::to_string(hello.sigalgs.size()) + " algorithms, ML-DSA first"),
        row("`Tickets.lifetime`", std::to_string(SSL_CTX_get_timeout(context) / 3600) + " h"),
        row("`num_tickets`", std::to_string(SSL_CTX_get_num_tickets(context)) +
                                 " after a full handshake, one after a resumption"),
        row("`session_ticket`", truth(off(SSL_OP_NO_TICKET))),
        row("`session_cache_size`", std::to_string(SSL_CTX_sess_get_cache_size(context))),
        row("`max_early_data`", std::to_string(SSL_CTX_get_max_early_data(context))),
        row("`anti_replay`", off(SSL_OP_NO_ANTI_REPLAY) ? "single-use" : "none"),
        row("`allow_no_dhe_kex`, `prefer_no_dhe_kex`",
            truth(hello.psk_modes_without_dhe) + ", " + truth(!off(SSL_OP_PREFER_NO_DHE_KEX))),
        row("`extended_master_secret`", truth(hello.extended_master_secret)),
        row("`rx_certificate_compression`", truth(hello.certificate_compression)),
        row("`alpn`", hello.alpn ? "some" : "none: no extension"),
        row("sessions that a client keeps by itself",
            (SSL_CTX_get_session_cache_mode(context) & SSL_SESS_CACHE_CLIENT) == 0 ? "none"
                                                                                   : "some"),
    };
}

TEST(Defaults, TheReadmeSaysWhatAFreshContextDoes) {
    std::ifstream file("README.md");
    std::stringstream readme;
    readme << file.rdbuf();
    const Fresh fresh;
    for (const std::string& row : rows(fresh)) {
        EXPECT_NE(readme.str().find(row + "\n"), std::string::npos) << "README.md lacks: " << row;
    }
}

TEST(Defaults, OursAreThoseOfAFreshContext) {
    const Fresh fresh;
    SSL_CTX* const context = fresh.context.get();
    const ClientHello hello = first_words(context);
    const ServerTls server;
    const ClientTls client;
    const Tickets tickets;
    EXPECT_EQ(tickets.lifetime, std::chrono::seconds(SSL_CTX_get_timeout(context)));
    EXPECT_EQ(tickets.num_tickets, SSL_CTX_get_num_tickets(context));
    EXPECT_EQ(server.max_early_data, SSL_CTX_get_max_early_data(context));
    EXPECT_EQ(server.session_cache_size, SSL_CTX_sess_get_cache_size(context));
    const std::uint64_t options = SSL_CTX_get_options(context);
    EXPECT_EQ(server.session_ticket, (options & SSL_OP_NO_TICKET) == 0);
    EXPECT_EQ(server.anti_replay == AntiReplay::single_use, (options & SSL_OP_NO_ANTI_REPLAY) == 0);
    EXPECT_EQ(server.prefer_no_dhe_kex, (options & SSL_OP_PREFER_NO_DHE_KEX) != 0);
    EXPECT_EQ(client.allow_no_dhe_kex, hello.psk_modes_without_dhe);
    EXPECT_EQ(client.extended_master_secret, hello.extended_master_secret);
    EXPECT_EQ(client.rx_certificate_compression, hello.certificate_compression);
    EXPECT_EQ(client.min_protocol, ProtocolVersion::tls_1_2);
    EXPECT_EQ(hello.versions, (std::vector<unsigned>{TLS1_3_VERSION, TLS1_2_VERSION}));
}

}  // namespace
}  // namespace reshake::tls::testing
