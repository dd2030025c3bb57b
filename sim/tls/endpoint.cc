#include "sim/tls/endpoint.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "sim/base/check.h"
#include "sim/tls/alpn.h"
#include "sim/tls/connection.h"
#include "sim/tls/external_psk.h"
#include "sim/tls/handles.h"
#include "sim/tls/negotiated.h"
#include "sim/tls/queue_bio.h"
#include "sim/tls/sealing.h"
#include "sim/tls/seams.h"
#include "sim/tls/server_sessions.h"

namespace reshake::tls {
namespace {

/// No more is encrypted while this much waits to be sent, so that a slow path bounds the memory.
constexpr std::size_t enough_output = 64 * 1024;

}  // namespace

struct Endpoint::Impl {
    Impl(SSL_CTX* context, const WallClock* of_machine, bool is_server, Instant now,
         Random connection_random, const Device& payer);
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void offer(const Ticket& ticket, OSSL_LIB_CTX* library);
    Cost step(Instant now);
    void send_early_data();
    bool read_early_data();
    void write_early_answer();
    void shake_hands();
    void read_all();
    void write_pending();
    void send_close();
    void sent(std::size_t size);
    void on_established();
    void settle_early_data();
    void fail();
    [[nodiscard]] bool waits(int result) const noexcept;
    [[nodiscard]] bool awaits_session() const noexcept {
        return connection.inquiry && !connection.cache_answered && state() == State::handshaking;
    }
    void provide(std::optional<std::vector<std::byte>> entry, TicketVerdict verdict) noexcept;
    [[nodiscard]] bool can_write() const noexcept;
    [[nodiscard]] bool can_answer_early() const noexcept;
    [[nodiscard]] bool has_work() const noexcept;
    [[nodiscard]] State state() const noexcept { return connection.facts.state; }
    [[nodiscard]] Instant date(Instant now) const noexcept { return shown_by(wall_clock, now); }

    Random random;
    const Device& device;
    const WallClock* wall_clock;  ///< Null: right.
    Transport transport;
    Connection connection;
    ByteQueue received;
    ByteQueue unsent;
    std::deque<std::size_t> unsent_sizes;  ///< One per `write`: each becomes records of its own.
    Cost cost_before_first_step;
    ServerContext::Handle* server = nullptr;  ///< Server side.
    bool early_wanted = false;                ///< Client: what is written first may leave early.
    bool early_reading = false;               ///< Server: early data may still come.
    bool stepped = false;
    bool cache_heard = true;  ///< No answer of the session cache waits to be acted on.
    bool end_seen = false;    ///< The end of the input has been acted on.
    bool close_wanted = false;
    bool close_sent = false;
    SslPtr ssl;
};

Endpoint::Impl::Impl(SSL_CTX* context, const WallClock* of_machine, bool is_server, Instant now,
                     Random connection_random, const Device& payer)
    : random(std::move(connection_random)), device(payer), wall_clock(of_machine) {
    connection.is_server = is_server;
    connection.now = now;
    const Environment environment(date(now), random, cost_before_first_step, device);
    ssl.reset(SSL_new(context));
    RESHAKE_CHECK(ssl != nullptr);
    attach(ssl.get(), connection);
    BIO* const bio = new_queue_bio(transport);
    SSL_set_bio(ssl.get(), bio, bio);
    if (is_server) {
        SSL_set_accept_state(ssl.get());
    } else {
        SSL_set_connect_state(ssl.get());
    }
}

Endpoint::Impl::~Impl() {
    Cost unpaid;
    const Environment environment(date(connection.now), random, unpaid, device);
    if (server != nullptr) server->leaving = &connection;
    ssl.reset();
    if (server != nullptr) server->leaving = nullptr;
}

void Endpoint::Impl::offer(const Ticket& ticket, OSSL_LIB_CTX* library) {
    const Environment environment(date(connection.now), random, cost_before_first_step, device);
    const std::optional<StorageKey>& key = connection.secrets.at_rest;
    const std::vector<std::byte> stored =
        key ? open(library, *key, ticket.session).value_or(std::vector<std::byte>{})
            : ticket.session;
    const auto* der = reinterpret_cast<const unsigned char*>(stored.data());
    const SessionPtr session(
        d2i_SSL_SESSION_ex(nullptr, &der, static_cast<long>(stored.size()), library, nullptr));
    Seams::charge(CryptoOperation::certificate, {}, 0);  // The session holds the server's.
    // A store may hand out what a fault has damaged; like any client we then connect without.
    if (session != nullptr) SSL_set_session(ssl.get(), session.get());
    ERR_clear_error();
}

Cost Endpoint::Impl::step(Instant now) {
    connection.now = now;
    Cost cost = std::exchange(cost_before_first_step, {});
    stepped = true;
    cache_heard = true;
    end_seen = transport.ended;
    const Environment environment(date(now), random, cost, device);
    const Stepping stepping(server, ssl.get());
    ERR_clear_error();
    if (early_wanted) send_early_data();
    if (state() == State::handshaking) shake_hands();
    if (can_answer_early()) write_early_answer();
    if (state() == State::established) read_all();
    if (can_write()) write_pending();
    if (can_write()) send_close();
    if (state() == State::closed || state() == State::failed) {
        transport.input.consume(transport.input.size());
    }
    if (state() != State::handshaking) transport.input.release();
    return cost;
}

void Endpoint::Impl::send_early_data() {
    early_wanted = false;
    Facts& facts = connection.facts;
    const SSL_SESSION* const session = SSL_get0_session(ssl.get());
    const std::size_t allowed =
        std::min<std::size_t>(SSL_SESSION_get_max_early_data(session), unsent.size());
    while (facts.early_bytes < allowed) {
        const std::size_t size =
            std::min<std::size_t>(allowed - facts.early_bytes, SSL3_RT_MAX_PLAIN_LENGTH);
        const auto piece = unsent.front().subspan(facts.early_bytes, size);
        std::size_t written = 0;
        if (SSL_write_early_data(ssl.get(), piece.data(), piece.size(), &written) != 1) {
            if (SSL_get_error(ssl.get(), 0) != SSL_ERROR_WANT_READ) fail();
            return;
        }
        facts.early_bytes += written;
        facts.early_data = EarlyData::offered;
    }
}

/// Whether OpenSSL can go on when the peer, or the session cache, has answered.
bool Endpoint::Impl::waits(int result) const noexcept {
    const int error = SSL_get_error(ssl.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_CLIENT_HELLO_CB;
}

/// Returns whether the handshake can go on.
bool Endpoint::Impl::read_early_data() {
    std::array<std::byte, SSL3_RT_MAX_PLAIN_LENGTH> buffer;
    for (;;) {
        std::size_t size = 0;
        switch (SSL_read_early_data(ssl.get(), buffer.data(), buffer.size(), &size)) {
            case SSL_READ_EARLY_DATA_SUCCESS:
                connection.facts.early_data = EarlyData::accepted;
                connection.facts.early_bytes += size;
                received.append(std::span(buffer).first(size));
                continue;
            case SSL_READ_EARLY_DATA_FINISH:
                early_reading = false;
                return true;
            default:
                if (!waits(0)) fail();
                return false;
        }
    }
}

void Endpoint::Impl::write_early_answer() {
    while (!unsent_sizes.empty() && transport.output.size() < enough_output) {
        const auto data = unsent.front().first(unsent_sizes.front());
        std::size_t written = 0;
        if (SSL_write_early_data(ssl.get(), data.data(), data.size(), &written) != 1) {
            if (SSL_get_error(ssl.get(), 0) != SSL_ERROR_WANT_READ) fail();
            return;
        }
        sent(written);
    }
}

void Endpoint::Impl::sent(std::size_t size) {
    unsent.consume(size);
    while (size > 0) {
        const std::size_t part = std::min(size, unsent_sizes.front());
        unsent_sizes.front() -= part;
        size -= part;
        if (unsent_sizes.front() == 0) unsent_sizes.pop_front();
    }
}

void Endpoint::Impl::shake_hands() {
    if (early_reading && !read_early_data()) return;
    const int done = SSL_do_handshake(ssl.get());
    if (done == 1) {
        on_established();
    } else if (!waits(done)) {
        fail();
    }
}

void Endpoint::Impl::on_established() {
    Facts& facts = connection.facts;
    facts.state = State::established;
    facts.external_psk = rests_on_external_psk(ssl.get());
    facts.resumed = SSL_session_reused(ssl.get()) == 1 && !facts.external_psk;
    facts.version = static_cast<std::uint16_t>(SSL_version(ssl.get()));
    facts.cipher_suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl.get()));
    facts.group = negotiated_group(ssl.get());
    facts.alpn = negotiated_protocol(ssl.get());
    if (!facts.resumed && !facts.external_psk) {
        const int certificates = sk_X509_num(SSL_get_peer_cert_chain(ssl.get()));
        for (int i = 0; i < certificates; ++i) Seams::charge(CryptoOperation::certificate, {}, 0);
    }
    if (connection.is_server && facts.resumed) facts.ticket = TicketVerdict::accepted;
    settle_early_data();
}

void Endpoint::Impl::settle_early_data() {
    Facts& facts = connection.facts;
    if (facts.early_data == EarlyData::not_offered) return;
    if (SSL_get_early_data_status(ssl.get()) == SSL_EARLY_DATA_ACCEPTED) {
        facts.early_data = EarlyData::accepted;
        facts.early_data_verdict = EarlyDataVerdict::none;
        if (server == nullptr) sent(facts.early_bytes);
        return;
    }
    facts.early_data = EarlyData::rejected;
    if (server != nullptr) facts.early_data_verdict = why_rejected(ssl.get(), facts);
}

void Endpoint::Impl::read_all() {
    std::array<std::byte, SSL3_RT_MAX_PLAIN_LENGTH> buffer;
    for (;;) {
        if (close_sent && transport.ended && transport.input.empty()) {
            connection.facts.state = State::closed;
            return;
        }
        std::size_t size = 0;
        const int ok = SSL_read_ex(ssl.get(), buffer.data(), buffer.size(), &size);
        if (ok == 1) {
            received.append(std::span(buffer).first(size));
            continue;
        }
        switch (SSL_get_error(ssl.get(), ok)) {
            case SSL_ERROR_WANT_READ:
                return;
            case SSL_ERROR_ZERO_RETURN:
                connection.facts.state = State::closed;
                return;
            default:
                fail();
                return;
        }
    }
}

bool Endpoint::Impl::can_write() const noexcept {
    // TLS 1.3 closes each direction by itself: after the peer's close_notify ours is still open.
    return !close_sent && (state() == State::established || state() == State::closed);
}

void Endpoint::Impl::write_pending() {
    while (!unsent_sizes.empty() && transport.output.size() < enough_output) {
        const auto data = unsent.front().first(unsent_sizes.front());
        std::size_t written = 0;
        const int ok = SSL_write_ex(ssl.get(), data.data(), data.size(), &written);
        if (ok != 1) {
            if (SSL_get_error(ssl.get(), ok) != SSL_ERROR_WANT_READ) fail();
            return;
        }
        sent(written);
    }
    unsent.release();
}

void Endpoint::Impl::send_close() {
    if (!close_wanted || !unsent_sizes.empty()) return;
    if (SSL_shutdown(ssl.get()) < 0) {
        fail();
        return;
    }
    close_sent = true;
    if (transport.ended) connection.facts.state = State::closed;
}

void Endpoint::Impl::fail() {
    Facts& facts = connection.facts;
    const unsigned long code = ERR_peek_error();
    facts.state = State::failed;
    facts.truncated = ERR_GET_LIB(code) == ERR_LIB_SSL &&
                      ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    const char* reason = ERR_reason_error_string(code);
    facts.error = reason != nullptr ? reason : "unknown error";
    if (const long verdict = SSL_get_verify_result(ssl.get()); verdict != X509_V_OK) {
        facts.error += std::string(": ") + X509_verify_cert_error_string(verdict);
    }
    ERR_clear_error();
}

bool Endpoint::Impl::can_answer_early() const noexcept {
    // RFC 8446 section 2.3: to a client whose Finished has not come yet (0.5-RTT data).
    return server != nullptr && state() == State::handshaking &&
           connection.facts.early_data == EarlyData::accepted;
}

bool Endpoint::Impl::has_work() const noexcept {
    if (awaits_session()) return false;
    if (!cache_heard) return true;
    const bool awaits_input = state() == State::handshaking || state() == State::established;
    if (awaits_input && (!transport.input.empty() || transport.ended != end_seen)) return true;
    if (!stepped) return !connection.is_server;
    if (!can_write() && !can_answer_early()) return false;
    if (!unsent_sizes.empty()) return transport.output.size() < enough_output;
    return close_wanted && can_write();
}

void Endpoint::Impl::provide(std::optional<std::vector<std::byte>> entry,
                             TicketVerdict verdict) noexcept {
    RESHAKE_CHECK(awaits_session());
    connection.cache_entry = std::move(entry);
    connection.cache_answered = true;
    connection.facts.ticket = verdict;
    cache_heard = false;
}

Endpoint::Endpoint(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Endpoint::~Endpoint() = default;

std::unique_ptr<Endpoint> Endpoint::client(ClientContext& context, const Ticket* ticket,
                                           Instant now, Random random, const Device& device,
                                           ClientSecrets secrets) {
    const ClientContext::Handle& handle = context.handle();
    auto impl = std::make_unique<Impl>(handle.context.get(), handle.clock, false, now,
                                       std::move(random), device);
    RESHAKE_CHECK(SSL_set_tlsext_host_name(impl->ssl.get(), handle.server_name.c_str()) == 1);
    impl->connection.secrets = std::move(secrets);
    impl->connection.library = handle.library;
    if (ticket != nullptr) impl->offer(*ticket, handle.library);
    return std::unique_ptr<Endpoint>(new Endpoint(std::move(impl)));
}

std::unique_ptr<Endpoint> Endpoint::server(ServerContext& context, Instant now, Random random,
                                           const Device& device) {
    ServerContext::Handle& handle = context.handle();
    auto impl = std::make_unique<Impl>(handle.context.get(), handle.clock, true, now,
                                       std::move(random), device);
    impl->server = &handle;
    impl->early_reading = SSL_get_max_early_data(impl->ssl.get()) > 0;
    return std::unique_ptr<Endpoint>(new Endpoint(std::move(impl)));
}

void Endpoint::serve(const Account& account) noexcept { impl_->connection.account = account; }

void Endpoint::tell(ConnectionWitness& witness) noexcept { impl_->connection.witness = &witness; }

void Endpoint::watch(Onlooker& onlooker) noexcept { impl_->connection.onlooker = &onlooker; }

bool Endpoint::early_data_possible() const noexcept {
    const SSL_SESSION* const session = SSL_get0_session(impl_->ssl.get());
    return session != nullptr && SSL_SESSION_get_max_early_data(session) > 0;
}

void Endpoint::send_early() noexcept {
    RESHAKE_CHECK(!impl_->stepped && early_data_possible());
    impl_->early_wanted = true;
}

ByteQueue& Endpoint::input() noexcept { return impl_->transport.input; }

void Endpoint::end_input() noexcept { impl_->transport.ended = true; }

ByteQueue& Endpoint::output() noexcept { return impl_->transport.output; }

void Endpoint::write(std::span<const std::byte> data) {
    RESHAKE_CHECK(!impl_->close_wanted);
    if (data.empty()) return;
    impl_->unsent.append(data);
    impl_->unsent_sizes.push_back(data.size());
}

ByteQueue& Endpoint::received() noexcept { return impl_->received; }

void Endpoint::close() noexcept { impl_->close_wanted = true; }

void Endpoint::abandon() noexcept {
    SSL_set_shutdown(impl_->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

Cost Endpoint::step(Instant now) { return impl_->step(now); }

bool Endpoint::has_work() const noexcept { return impl_->has_work(); }

const Facts& Endpoint::facts() const noexcept { return impl_->connection.facts; }

const SessionInquiry* Endpoint::awaited_session() const noexcept {
    return impl_->awaits_session() ? &*impl_->connection.inquiry : nullptr;
}

void Endpoint::provide_session(std::vector<std::byte> entry) {
    impl_->provide(std::move(entry), TicketVerdict::refused);  // Until it resumes.
}

void Endpoint::provide_no_session(TicketVerdict why) noexcept { impl_->provide(std::nullopt, why); }

std::vector<SessionEntry> Endpoint::take_sessions() {
    return std::exchange(impl_->connection.made, {});
}

std::vector<Ticket> Endpoint::take_tickets() {
    return std::exchange(impl_->connection.tickets, {});
}

const std::vector<TicketName>& Endpoint::ticket_names() const noexcept {
    return impl_->connection.ticket_names;
}

}  // namespace reshake::tls
