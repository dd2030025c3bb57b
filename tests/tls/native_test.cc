// The same exchange over real TCP, by plain OpenSSL: its own provider, clock and randomness, none
// of this room's code. What it negotiates and how many bytes it sends must be what endpoints
// report.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/tls/handles.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

constexpr std::size_t request = 200;
constexpr std::size_t response = 4096;

class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) { RESHAKE_CHECK(descriptor >= 0); }
    ~Socket() { ::close(descriptor_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int get() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

/// Two ends of one TCP connection over the loopback device, without blocking.
struct Loopback {
    Loopback() {
        const Socket listener(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        RESHAKE_CHECK(::bind(listener.get(), generic, size) == 0);
        RESHAKE_CHECK(::listen(listener.get(), 1) == 0);
        RESHAKE_CHECK(::getsockname(listener.get(), generic, &size) == 0);
        client = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM, 0));
        RESHAKE_CHECK(::connect(client->get(), generic, size) == 0);
        server =
            std::make_unique<Socket>(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
        const int on = 1;
        const int flags = O_NONBLOCK;
        RESHAKE_CHECK(::setsockopt(client->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
        RESHAKE_CHECK(::setsockopt(server->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
        RESHAKE_CHECK(::fcntl(client->get(), F_SETFL, flags) == 0);
    }
    std::unique_ptr<Socket> client;
    std::unique_ptr<Socket> server;
};

/// Our certificates in objects of the default library context, where plain OpenSSL lives.
X509Ptr plain(const X509* certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    const unsigned char* in = der;
    X509Ptr copy(d2i_X509(nullptr, &in, size));
    OPENSSL_free(der);
    RESHAKE_CHECK(copy != nullptr);
    return copy;
}

KeyPtr plain(const EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(key, &der);
    const unsigned char* in = der;
    KeyPtr copy(d2i_AutoPrivateKey(nullptr, &in, size));
    OPENSSL_free(der);
    RESHAKE_CHECK(copy != nullptr);
    return copy;
}

struct NativeSite {
    explicit NativeSite(const SiteSettings& settings, const Chain& chain)
        : client(SSL_CTX_new(TLS_client_method())), server(SSL_CTX_new(TLS_server_method())) {
        const Chain::Handle& certificates = chain.handle();
        X509_STORE* const trusted = SSL_CTX_get_cert_store(client.get());
        RESHAKE_CHECK(X509_STORE_add_cert(trusted, plain(certificates.root.get()).get()) == 1);
        SSL_CTX_set_verify(client.get(), SSL_VERIFY_PEER, nullptr);
        // Whatever the date of the machine: the certificates are those of a run.
        X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(client.get()), epoch.count());
        SSL_CTX_set_session_cache_mode(client.get(),
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(client.get(), [](SSL* ssl, SSL_SESSION* session) {
            auto* tickets = static_cast<std::vector<SessionPtr>*>(SSL_get_app_data(ssl));
            tickets->emplace_back(session);
            return 1;
        });
        RESHAKE_CHECK(SSL_CTX_use_certificate(server.get(), plain(certificates.leaf.get()).get()) ==
                      1);
        RESHAKE_CHECK(SSL_CTX_add1_chain_cert(
                          server.get(), plain(certificates.intermediates.front().get()).get()) ==
                      1);
        RESHAKE_CHECK(
            SSL_CTX_use_PrivateKey(server.get(), plain(certificates.leaf_key.get()).get()) == 1);
        SSL_CTX_set_session_id_context(server.get(),
                                       reinterpret_cast<const unsigned char*>("reshake"), 7);
        SSL_CTX_set_num_tickets(server.get(), settings.tickets.num_tickets);
        apply(client.get(), settings.client);
        apply(server.get(), settings.server);
    }

    template <typename Settings>
    static void apply(SSL_CTX* context, const Settings& settings) {
        if (settings.groups) SSL_CTX_set1_groups_list(context, settings.groups->c_str());
        if (settings.ciphersuites) {
            SSL_CTX_set_ciphersuites(context, settings.ciphersuites->c_str());
        }
        if (settings.sigalgs) SSL_CTX_set1_sigalgs_list(context, settings.sigalgs->c_str());
    }

    SslCtxPtr client;
    SslCtxPtr server;
};

/// What both kinds of exchange are asked about.
struct Seen {
    std::uint16_t version = 0;
    std::uint16_t cipher_suite = 0;
    bool resumed = false;
    std::size_t tickets = 0;
    std::string group;
    std::size_t sent_by_client = 0;
    std::size_t sent_by_server = 0;
};

/// Calls `client_turn` and `server_turn` until both are done, waiting for the sockets between.
template <typename ClientTurn, typename ServerTurn>
void alternate(const Loopback& loopback, ClientTurn client_turn, ServerTurn server_turn) {
    bool client_done = false;
    bool server_done = false;
    for (int turn = 0; !client_done || !server_done; ++turn) {
        RESHAKE_CHECK(turn < 10'000);
        if (!client_done) client_done = client_turn();
        if (!server_done) server_done = server_turn();
        std::array<pollfd, 2> waits{pollfd{loopback.client->get(), POLLIN, 0},
                                    pollfd{loopback.server->get(), POLLIN, 0}};
        if (!client_done || !server_done) ::poll(waits.data(), waits.size(), 1);
    }
}

bool turn_of(SSL* ssl, int result) {
    if (result == 1) return true;
    RESHAKE_CHECK(SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ);
    return false;
}

/// Reads `wanted` bytes; false while they are not all there.
auto reader(SSL* ssl, std::size_t wanted) {
    return [ssl, wanted, got = std::size_t{0}]() mutable {
        std::array<unsigned char, 16384> buffer;
        std::size_t size = 0;
        if (turn_of(ssl, SSL_read_ex(ssl, buffer.data(), buffer.size(), &size))) got += size;
        return got == wanted;
    };
}

Seen over_tcp(NativeSite& site, SSL_SESSION* offered, std::vector<SessionPtr>& tickets) {
    const Loopback loopback;
    const SslPtr client(SSL_new(site.client.get()));
    const SslPtr server(SSL_new(site.server.get()));
    SSL_set_fd(client.get(), loopback.client->get());
    SSL_set_fd(server.get(), loopback.server->get());
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    SSL_set_tlsext_host_name(client.get(), server_name);
    SSL_set1_host(client.get(), server_name);
    SSL_set_app_data(client.get(), &tickets);
    if (offered != nullptr) SSL_set_session(client.get(), offered);

    const auto handshake = [](SSL* ssl) {
        return [ssl] { return turn_of(ssl, SSL_do_handshake(ssl)); };
    };
    alternate(loopback, handshake(client.get()), handshake(server.get()));
    const std::vector<unsigned char> data(response);
    RESHAKE_CHECK(SSL_write(client.get(), data.data(), request) == request);
    alternate(loopback, [] { return true; }, reader(server.get(), request));
    RESHAKE_CHECK(SSL_write(server.get(), data.data(), response) == response);
    alternate(loopback, reader(client.get(), response), [] { return true; });

    // Freeing it as it is would make the session it came from not resumable.
    SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return {.version = static_cast<std::uint16_t>(SSL_version(client.get())),
            .cipher_suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(client.get())),
            .resumed = SSL_session_reused(client.get()) == 1,
            .tickets = tickets.size(),
            .group = SSL_get0_group_name(client.get()),
            .sent_by_client = BIO_number_written(SSL_get_wbio(client.get())),
            .sent_by_server = BIO_number_written(SSL_get_wbio(server.get()))};
}

std::size_t sum(const std::vector<std::size_t>& flights) {
    std::size_t total = 0;
    for (const std::size_t flight : flights) total += flight;
    return total;
}

void expect_same(const Seen& native, Connected& simulated, std::uint16_t group,
                 std::size_t tickets) {
    const Facts& facts = simulated.client->facts();
    EXPECT_EQ(facts.version, native.version);
    EXPECT_EQ(facts.cipher_suite, native.cipher_suite);
    EXPECT_EQ(facts.resumed, native.resumed);
    EXPECT_EQ(facts.group, group);
    EXPECT_EQ(tickets, native.tickets);
    EXPECT_EQ(sum(simulated.upward), native.sent_by_client);
    EXPECT_NEAR(static_cast<double>(sum(simulated.downward)),
                static_cast<double>(native.sent_by_server), 2);
}

struct Case {
    const char* name;
    CertificateKey certificate;
    std::optional<std::string> groups;
    std::optional<std::string> ciphersuites;
    std::string group_name;
    std::uint16_t group;
    std::uint32_t num_tickets;
};

void PrintTo(const Case& wanted, std::ostream* out) { *out << wanted.name; }

class Native : public ::testing::TestWithParam<Case> {};

TEST_P(Native, PlainOpensslOverTcpGivesTheSameFactsAndBytes) {
    const Case& wanted = GetParam();
    SiteSettings settings;
    settings.certificate = wanted.certificate;
    settings.client = {.groups = wanted.groups, .ciphersuites = wanted.ciphersuites};
    settings.server = {.groups = wanted.groups};
    settings.tickets.num_tickets = wanted.num_tickets;
    Site site(settings);
    NativeSite native(settings, site.chain);

    std::vector<SessionPtr> native_tickets;
    const Seen full = over_tcp(native, nullptr, native_tickets);
    Connected simulated(site, "full", run_start);
    simulated.run();
    simulated.exchange(request, response);
    const auto tickets = simulated.client->take_tickets();
    EXPECT_EQ(full.group, wanted.group_name);
    expect_same(full, simulated, wanted.group, tickets.size());

    ASSERT_FALSE(native_tickets.empty());
    std::vector<SessionPtr> renewed;
    const Seen resumed = over_tcp(native, native_tickets.back().get(), renewed);
    Connected again(site, "resumed", run_start, &tickets.back());
    again.run();
    again.exchange(request, response);
    EXPECT_TRUE(resumed.resumed);
    expect_same(resumed, again, wanted.group, again.client->take_tickets().size());
}

INSTANTIATE_TEST_SUITE_P(
    Exchanges, Native,
    ::testing::Values(Case{"Defaults", CertificateKey::ecdsa_p256, std::nullopt, std::nullopt,
                           "X25519MLKEM768", 0x11ec, 2},
                      Case{"X25519", CertificateKey::ecdsa_p256, "X25519", "TLS_AES_256_GCM_SHA384",
                           "x25519", 0x001d, 2},
                      Case{"P256AndOneTicket", CertificateKey::ecdsa_p256, "P-256",
                           "TLS_AES_128_GCM_SHA256", "secp256r1", 0x0017, 1},
                      Case{"Rsa", CertificateKey::rsa_2048, "X25519",
                           "TLS_CHACHA20_POLY1305_SHA256", "x25519", 0x001d, 4}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace reshake::tls::testing
