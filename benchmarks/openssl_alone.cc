#include "benchmarks/openssl_alone.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <string_view>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/random.h"
#include "sim/tls/certificates.h"
#include "sim/tls/handles.h"
#include "sim/tls/library.h"
#include "sim/tls/openssl_ptr.h"

namespace reshake::benchmarks {
namespace {

using tls::KeyPtr;
using tls::SessionPtr;
using tls::SslCtxPtr;
using tls::SslPtr;
using tls::X509Ptr;

/// An object of the simulation's library context, made anew in OpenSSL's default one.
template <auto encode, auto decode, typename Owner>
Owner in_default_context(const typename Owner::element_type* ours) {
    unsigned char* der = nullptr;
    const int size = encode(ours, &der);
    RESHAKE_CHECK(size > 0);
    const unsigned char* cursor = der;
    Owner made(decode(nullptr, &cursor, size));
    OPENSSL_free(der);
    RESHAKE_CHECK(made != nullptr);
    return made;
}

X509Ptr copy_of(const X509Ptr& certificate) {
    return in_default_context<i2d_X509, d2i_X509, X509Ptr>(certificate.get());
}

KeyPtr copy_of(const KeyPtr& key) {
    return in_default_context<i2d_PrivateKey, d2i_AutoPrivateKey, KeyPtr>(key.get());
}

template <typename Settings>
SslCtxPtr new_context(const SSL_METHOD* method, const Settings& settings) {
    SslCtxPtr context(SSL_CTX_new(method));
    RESHAKE_CHECK(context != nullptr);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    RESHAKE_CHECK(SSL_CTX_set1_groups_list(context.get(), settings.groups->c_str()) == 1);
    RESHAKE_CHECK(SSL_CTX_set_ciphersuites(context.get(), settings.ciphersuites->c_str()) == 1);
    return context;
}

/// One end of a connection. What one side writes, the other reads.
struct Side {
    SslPtr ssl;
    BIO* in = nullptr;   ///< Owned by `ssl`.
    BIO* out = nullptr;  ///< Owned by `ssl`.
    std::uint32_t sent = 0;
};

std::uint32_t waiting_in(BIO* pipe) { return static_cast<std::uint32_t>(BIO_ctrl_pending(pipe)); }

BIO* new_pipe() {
    BIO* const pipe = BIO_new(BIO_s_mem());
    RESHAKE_CHECK(pipe != nullptr);
    BIO_set_mem_eof_return(pipe, -1);
    return pipe;
}

}  // namespace

struct OpensslAlone::Impl {
    explicit Impl(Handshake wanted);

    [[nodiscard]] std::pair<Side, Side> new_connection() const;

    Handshake handshake;
    Fleet fleet;
    Clients clients;
    std::string name;
    SslCtxPtr client_context;
    SslCtxPtr server_context;
    SessionPtr newest;          ///< Ticket of the last connection.
    std::uint32_t tickets = 0;  ///< That arrived in the current connection.
};

OpensslAlone::Impl::Impl(Handshake wanted)
    : handshake(wanted),
      fleet(benchmarks::fleet(wanted)),
      clients(benchmarks::clients(1, {})),
      name(server_name(fleet)),
      client_context(new_context(TLS_client_method(), clients.tls)),
      server_context(new_context(TLS_server_method(), fleet.tls)) {
    const tls::Library library;
    const tls::Chain made(library, tls::ChainPlan::of(fleet.tls), name, Random(1));
    const tls::Chain::Handle& chain = made.handle();

    SSL_CTX* const client = client_context.get();
    const X509Ptr root = copy_of(chain.root);
    RESHAKE_CHECK(X509_STORE_add_cert(SSL_CTX_get_cert_store(client), root.get()) == 1);
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, nullptr);
    X509_VERIFY_PARAM* const verification = SSL_CTX_get0_param(client);
    RESHAKE_CHECK(X509_VERIFY_PARAM_set1_host(verification, name.data(), name.size()) == 1);
    // The date of the machine is none of this benchmark's business.
    X509_VERIFY_PARAM_set_time(verification, epoch.count());
    SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(client, this);
    SSL_CTX_sess_set_new_cb(client, [](SSL* ssl, SSL_SESSION* session) noexcept {
        auto& self = *static_cast<Impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
        self.newest.reset(session);
        ++self.tickets;
        return 1;  // The reference is ours now.
    });

    SSL_CTX* const server = server_context.get();
    const X509Ptr leaf = copy_of(chain.leaf);
    const X509Ptr intermediate = copy_of(chain.intermediates.front());
    const KeyPtr key = copy_of(chain.leaf_key);
    RESHAKE_CHECK(SSL_CTX_use_certificate(server, leaf.get()) == 1);
    RESHAKE_CHECK(SSL_CTX_add1_chain_cert(server, intermediate.get()) == 1);
    RESHAKE_CHECK(SSL_CTX_use_PrivateKey(server, key.get()) == 1);
    SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
    constexpr std::string_view id_context = "reshake";
    RESHAKE_CHECK(SSL_CTX_set_session_id_context(
                      server, reinterpret_cast<const unsigned char*>(id_context.data()),
                      static_cast<unsigned int>(id_context.size())) == 1);
    RESHAKE_CHECK(SSL_CTX_set_num_tickets(server, fleet.tickets.num_tickets) == 1);
}

std::pair<Side, Side> OpensslAlone::Impl::new_connection() const {
    Side client{.ssl = SslPtr(SSL_new(client_context.get()))};
    Side server{.ssl = SslPtr(SSL_new(server_context.get()))};
    RESHAKE_CHECK(client.ssl != nullptr && server.ssl != nullptr);
    client.in = server.out = new_pipe();
    client.out = server.in = new_pipe();
    for (Side* side : {&client, &server}) {
        RESHAKE_CHECK(BIO_up_ref(side->in) == 1);
        SSL_set_bio(side->ssl.get(), side->in, side->out);
    }
    SSL_set_connect_state(client.ssl.get());
    SSL_set_accept_state(server.ssl.get());
    RESHAKE_CHECK(SSL_set_tlsext_host_name(client.ssl.get(), name.c_str()) == 1);
    if (handshake == Handshake::psk && newest != nullptr) {
        RESHAKE_CHECK(SSL_set_session(client.ssl.get(), newest.get()) == 1);
    }
    return {std::move(client), std::move(server)};
}

namespace {

/// The steps of one connection, each noted as the flight that it sends.
class Steps {
public:
    Steps(Side& client, Side& server) : client_(client), server_(server) {}

    void shake_hands(Side& side, bool completes) {
        const std::uint32_t before = waiting_in(side.out);
        const int done = SSL_do_handshake(side.ssl.get());
        RESHAKE_CHECK((done == 1) == completes);
        RESHAKE_CHECK(done == 1 || SSL_get_error(side.ssl.get(), done) == SSL_ERROR_WANT_READ);
        note(side, before);
    }
    void write(Side& side, std::uint32_t size) {
        const std::uint32_t before = waiting_in(side.out);
        std::size_t written = 0;
        RESHAKE_CHECK(SSL_write_ex(side.ssl.get(), buffer_.data(), size, &written) == 1);
        RESHAKE_CHECK(written == size);
        note(side, before);
    }
    /// Reads until nothing is left, tickets included.
    void read(Side& side, std::uint32_t expected) {
        std::uint32_t all = 0;
        std::size_t size = 0;
        int ok = 0;
        while ((ok = read_some(side, size)) == 1) all += static_cast<std::uint32_t>(size);
        RESHAKE_CHECK(all == expected);
        RESHAKE_CHECK(SSL_get_error(side.ssl.get(), ok) == SSL_ERROR_WANT_READ);
    }
    void close(Side& side) {
        const std::uint32_t before = waiting_in(side.out);
        RESHAKE_CHECK(SSL_shutdown(side.ssl.get()) >= 0);
        note(side, before);
    }
    void read_close(Side& side) {
        std::size_t size = 0;
        const int ok = read_some(side, size);
        RESHAKE_CHECK(ok == 0 && SSL_get_error(side.ssl.get(), ok) == SSL_ERROR_ZERO_RETURN);
    }
    [[nodiscard]] Flights take_flights() { return std::move(flights_); }

private:
    [[nodiscard]] int read_some(Side& side, std::size_t& size) {
        return SSL_read_ex(side.ssl.get(), buffer_.data(), buffer_.size(), &size);
    }
    /// Notes what `side` has sent since `before` bytes waited for its peer.
    void note(Side& side, std::uint32_t before) {
        const Side& peer = &side == &client_ ? server_ : client_;
        const std::uint32_t bytes = waiting_in(side.out) - before;
        flights_.push_back({.from_client = &side == &client_,
                            .bytes = bytes,
                            .after = peer.sent - waiting_in(side.in)});
        side.sent += bytes;
    }

    Side& client_;
    Side& server_;
    Flights flights_;
    std::array<unsigned char, SSL3_RT_MAX_PLAIN_LENGTH> buffer_{};
};

}  // namespace

OpensslAlone::OpensslAlone(Handshake handshake) : impl_(std::make_unique<Impl>(handshake)) {}

OpensslAlone::~OpensslAlone() = default;

Flights OpensslAlone::connect() {
    const bool resumes = impl_->handshake == Handshake::psk && impl_->newest != nullptr;
    impl_->tickets = 0;
    auto [client, server] = impl_->new_connection();
    Steps steps(client, server);
    steps.shake_hands(client, false);
    steps.shake_hands(server, false);
    steps.shake_hands(client, true);
    steps.write(client, impl_->clients.request_bytes);
    steps.shake_hands(server, true);
    steps.read(server, impl_->clients.request_bytes);
    steps.write(server, impl_->clients.response_bytes);
    steps.read(client, impl_->clients.response_bytes);
    steps.close(client);
    steps.read_close(server);
    steps.close(server);
    RESHAKE_CHECK(SSL_session_reused(server.ssl.get()) == (resumes ? 1 : 0));
    RESHAKE_CHECK(impl_->tickets == (resumes ? 1 : impl_->fleet.tickets.num_tickets));
    return steps.take_flights();
}

Tally run_openssl_alone(Handshake handshake, std::uint32_t connections) {
    OpensslAlone openssl(handshake);
    Tally tally{.connections = connections};
    for (std::uint32_t i = 0; i < connections; ++i) {
        const Traffic traffic = traffic_of(openssl.connect());
        tally.traffic.sent += traffic.sent;
        tally.traffic.received += traffic.received;
        tally.resumed += handshake == Handshake::psk && i > 0 ? 1 : 0;
    }
    return tally;
}

}  // namespace reshake::benchmarks
