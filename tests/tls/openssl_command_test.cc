// Endpoints against the `openssl` command over real TCP: s_server answers our client, s_client asks
// our server. What both of them say must be what two endpoints say of the same visits in memory.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ostream>
#include <utility>

#include "sim/tls/handles.h"
#include "tests/tls/exchange.h"
#include "tests/tls/openssl_command.h"

namespace reshake::tls::testing {
namespace {

using MemoryPtr = OpensslPtr<BIO, BIO_free>;

/// Neither begins with a letter that the command takes for an order.
constexpr std::string_view request = "ping\n";
constexpr std::string_view response = "pong\n";

/// What all sides of a visit are asked about.
struct Seen {
    std::uint16_t version = 0;
    std::uint16_t cipher_suite = 0;
    std::uint16_t group = 0;
    bool resumed = false;
    bool hello_retry = false;
    EarlyData early_data = EarlyData::not_offered;
    std::string alpn{};

    bool operator==(const Seen&) const = default;
};

void PrintTo(const Seen& seen, std::ostream* out) {
    *out << std::hex << seen.version << ' ' << seen.cipher_suite << ' ' << seen.group << std::dec
         << " resumed " << seen.resumed << " retry " << seen.hello_retry << " early "
         << static_cast<int>(seen.early_data) << ' ' << seen.alpn;
}

Seen seen_by(const Endpoint& endpoint) {
    const Facts& facts = endpoint.facts();
    return {.version = facts.version,
            .cipher_suite = facts.cipher_suite,
            .group = facts.group,
            .resumed = facts.resumed,
            .hello_retry = facts.hello_retry,
            .early_data = facts.early_data,
            .alpn = facts.alpn};
}

// What the command prints.

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string after(const std::string& text, std::string_view label) {
    const auto at = text.find(label);
    if (at == std::string::npos) return {};
    const auto from = at + label.size();
    return text.substr(from, text.find_first_of(",\n", from) - from);
}

std::uint16_t number_of(const std::string& name) {
    constexpr std::array<std::pair<std::string_view, std::uint16_t>, 7> numbers{
        {{"TLS_AES_256_GCM_SHA384", 0x1302},
         {"ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c},
         {"X25519MLKEM768", 0x11ec},
         {"X25519", 0x001d},
         {"x25519", 0x001d},
         {"ECDH", 0x0017},  // Followed by its curve; only P-256 is used here.
         {"", 0}}};
    for (const auto& [known, number] : numbers) {
        if (known == name) return number;
    }
    ADD_FAILURE() << "no number for " << name;
    return 0;
}

bool two_hellos(const std::string& text) {
    const auto first = text.find(", ClientHello");
    return first != std::string::npos && text.find(", ClientHello", first + 1) != std::string::npos;
}

Seen of_s_client(const std::string& text) {
    Seen seen{.cipher_suite = number_of(after(text, "Cipher is ")),
              .resumed = says(text, "Reused, "),
              .hello_retry = two_hellos(text),
              .alpn = after(text, "ALPN protocol: ")};
    seen.version = says(text, ", TLSv1.3, Cipher") ? 0x0304 : 0x0303;
    seen.group = number_of(after(text, "Negotiated TLS1.3 group: "));
    if (seen.group == 0) seen.group = number_of(after(text, "Peer Temp Key: "));
    if (says(text, "Early data was accepted")) seen.early_data = EarlyData::accepted;
    if (says(text, "Early data was rejected")) seen.early_data = EarlyData::rejected;
    return seen;
}

/// It does not tell the group.
Seen of_s_server(const std::string& text) {
    const MemoryPtr memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    const SessionPtr session(PEM_read_bio_SSL_SESSION(memory.get(), nullptr, nullptr, nullptr));
    RESHAKE_CHECK(session != nullptr);
    Seen seen{
        .version = static_cast<std::uint16_t>(SSL_SESSION_get_protocol_version(session.get())),
        .cipher_suite = number_of(after(text, "CIPHER is ")),
        .resumed = says(text, "Reused session-id"),
        .hello_retry = two_hellos(text),
        .alpn = after(text, "ALPN protocols selected: ")};
    if (says(text, "Early data received:")) seen.early_data = EarlyData::accepted;
    if (says(text, "Early data was rejected")) seen.early_data = EarlyData::rejected;
    return seen;
}

// Visits.

struct Visit {
    bool offers = false;  ///< The first ticket of the first visit.
    bool resumes = false;
    EarlyData early = EarlyData::not_offered;  ///< What becomes of the request if it leaves early.

    [[nodiscard]] bool is_early() const noexcept { return early != EarlyData::not_offered; }
};

constexpr Visit full{};
constexpr Visit resumed{.offers = true, .resumes = true};

struct Case {
    const char* name;
    SiteSettings settings;
    std::vector<std::string> of_server;  ///< The same settings in the command's words.
    std::vector<std::string> of_client;
    std::vector<Visit> visits = {full, resumed};
    std::uint16_t version = 0x0304;
    bool hello_retry = false;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

SiteSettings settings_of(ClientTls client, ServerTls server) {
    SiteSettings settings;
    settings.client = std::move(client);
    settings.server = std::move(server);
    return settings;
}

std::vector<Case> cases() {
    const std::string hybrid = "X25519MLKEM768:X25519";
    return {
        {.name = "Tls13", .settings = settings_of({}, {}), .of_server = {}, .of_client = {}},
        {.name = "HelloRetryRequest",
         .settings = settings_of({.groups = "X25519:P-256"}, {.groups = "P-256"}),
         .of_server = {"-groups", "P-256"},
         .of_client = {"-groups", "X25519:P-256"},
         .visits = {full, resumed},
         .version = 0x0304,
         .hello_retry = true},
        // OpenSSL's single-use tickets: offered again, they bring a full handshake.
        {.name = "EarlyDataAcceptedThenRejected",
         .settings = settings_of({.groups = hybrid}, {.groups = hybrid, .max_early_data = 16'384}),
         .of_server = {"-groups", hybrid, "-early_data", "-max_early_data", "16384"},
         .of_client = {"-groups", hybrid},
         .visits = {full,
                    {.offers = true, .resumes = true, .early = EarlyData::accepted},
                    {.offers = true, .resumes = false, .early = EarlyData::rejected}}},
        {.name = "StatefulTickets",
         .settings =
             settings_of({.groups = "X25519"}, {.groups = "X25519", .session_ticket = false}),
         .of_server = {"-groups", "X25519", "-no_ticket"},
         .of_client = {"-groups", "X25519"}},
        // The server's order decides, and a resumption negotiates anew.
        {.name = "Alpn",
         .settings = settings_of({.alpn = {"http/1.1", "h2"}}, {.alpn = {"h3", "h2", "http/1.1"}}),
         .of_server = {"-alpn", "h3,h2,http/1.1"},
         .of_client = {"-alpn", "http/1.1,h2"}},
        {.name = "PskOnly",
         .settings =
             settings_of({.groups = "X25519", .allow_no_dhe_kex = true},
                         {.groups = "X25519", .allow_no_dhe_kex = true, .prefer_no_dhe_kex = true}),
         .of_server = {"-groups", "X25519", "-allow_no_dhe_kex", "-prefer_no_dhe_kex"},
         .of_client = {"-groups", "X25519", "-allow_no_dhe_kex"}},
        {.name = "Tls12Tickets",
         .settings = settings_of({.max_protocol = ProtocolVersion::tls_1_2}, {}),
         .of_server = {},
         .of_client = {"-tls1_2"},
         .visits = {full, resumed, resumed},
         .version = 0x0303},
        {.name = "Tls12Ids",
         .settings =
             settings_of({}, {.max_protocol = ProtocolVersion::tls_1_2, .session_ticket = false}),
         .of_server = {"-tls1_2", "-no_ticket"},
         .of_client = {},
         .visits = {full, resumed, resumed},
         .version = 0x0303},
    };
}

/// What both ends say of each visit without any network, and how many tickets it brings.
struct Simulated {
    Seen client;
    Seen server;
    std::size_t tickets = 0;
};

std::vector<Simulated> simulate(const Case& wanted) {
    Site site(wanted.settings);
    std::vector<Simulated> all;
    std::vector<Ticket> first;
    for (const Visit& visit : wanted.visits) {
        Connected each(site, std::to_string(all.size()), run_start,
                       visit.offers ? &first.front() : nullptr);
        each.client->write(std::as_bytes(std::span(request)));
        if (visit.is_early()) each.client->send_early();
        each.run();
        each.server->write(std::as_bytes(std::span(response)));
        each.run();
        auto tickets = each.client->take_tickets();
        all.push_back({seen_by(*each.client), seen_by(*each.server), tickets.size()});
        if (first.empty()) first = std::move(tickets);
        for (const Seen& seen : {all.back().client, all.back().server}) {
            EXPECT_EQ(seen.version, wanted.version);
            EXPECT_EQ(seen.resumed, visit.resumes);
            EXPECT_EQ(seen.early_data, visit.early);
            EXPECT_EQ(seen.hello_retry, wanted.hello_retry);
        }
        each.client->close();
        each.run();
        each.server->close();
        each.run();
    }
    return all;
}

/// Time as it passes, on a clock that starts where a run does.
class RealTime {
public:
    [[nodiscard]] Instant now() const {
        return run_start +
               std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began_);
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// An endpoint on a socket.
class OnSocket {
public:
    OnSocket(Descriptor socket, std::unique_ptr<Endpoint> endpoint, const RealTime& time)
        : socket_(std::move(socket)), endpoint_(std::move(endpoint)), time_(time) {}

    [[nodiscard]] Endpoint& endpoint() noexcept { return *endpoint_; }

    template <typename Condition>
    void until(Condition condition) {
        for (int turn = 0; !condition(); ++turn) {
            RESHAKE_CHECK(turn < 3000);
            pump();
            pollfd wait{socket_.get(), POLLIN, 0};
            if (::poll(&wait, 1, 10) > 0) receive();
        }
        pump();
    }

    /// Until the peer has said `expected`, which is taken.
    void until_received(std::string_view expected) {
        until([&] { return endpoint_->received().size() >= expected.size(); });
        const auto got = endpoint_->received().front();
        EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(got.data()), got.size()),
                  expected);
        endpoint_->received().consume(got.size());
    }

    void say(std::string_view text) {
        endpoint_->write(std::as_bytes(std::span(text)));
        pump();
    }

private:
    void pump() {
        if (endpoint_->has_work()) endpoint_->step(time_.now());
        ByteQueue& output = endpoint_->output();
        while (!output.empty()) {
            const auto bytes = output.front();
            const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            RESHAKE_CHECK(sent > 0);
            output.consume(static_cast<std::size_t>(sent));
        }
    }

    void receive() {
        std::array<std::byte, 16384> buffer{};
        const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (size > 0) {
            endpoint_->input().append(std::span(buffer).first(static_cast<std::size_t>(size)));
        } else {
            endpoint_->end_input();
        }
    }

    Descriptor socket_;
    std::unique_ptr<Endpoint> endpoint_;
    const RealTime& time_;
};

/// What the command does not tell is taken as it should be.
void expect_same(Seen told, const Seen& ours, const Seen& simulated) {
    EXPECT_EQ(ours, simulated);
    if (told.group == 0) told.group = ours.group;
    EXPECT_EQ(told, ours);
}

class AgainstOpenssl : public ::testing::TestWithParam<Case> {
protected:
    Site site{GetParam().settings};
    Scratch scratch;
    ChainFiles files{scratch, site.chain};
    RealTime time;
    Device device;
    std::vector<Simulated> expected = simulate(GetParam());
};

TEST_P(AgainstOpenssl, OurClientAndItsServerSayWhatTheSimulationSays) {
    std::vector<std::string> arguments{"s_server",          "-accept", "127.0.0.1:0", "-cert",
                                       files.leaf,          "-key",    files.key,     "-cert_chain",
                                       files.intermediates, "-msg"};
    arguments.insert(arguments.end(), GetParam().of_server.begin(), GetParam().of_server.end());
    OpensslCommand server(arguments);
    server.take_until("ACCEPT 127.0.0.1:");
    const auto port = static_cast<std::uint16_t>(std::stoi(server.take_until("\n")));

    std::vector<Ticket> first;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const Visit& visit = GetParam().visits[i];
        OnSocket client(
            connect_to(port),
            Endpoint::client(site.client, visit.offers ? &first.front() : nullptr, time.now(),
                             site.random.stream("client").stream(i), device),
            time);
        client.endpoint().write(std::as_bytes(std::span(request)));
        if (visit.is_early()) client.endpoint().send_early();
        client.until([&] { return client.endpoint().facts().state != State::handshaking; });
        std::string told = server.take_until("ping");
        server.say(response);
        client.until_received(response);
        auto tickets = client.endpoint().take_tickets();
        EXPECT_EQ(tickets.size(), expected[i].tickets);
        if (first.empty()) first = std::move(tickets);
        client.endpoint().close();
        client.until([&] { return client.endpoint().facts().state == State::closed; });
        told += server.take_until("shutting down SSL");
        SCOPED_TRACE(told);
        expect_same(of_s_server(told), seen_by(client.endpoint()), expected[i].client);
    }
}

TEST_P(AgainstOpenssl, OurServerAndItsClientSayWhatTheSimulationSays) {
    const Listener listener;
    const std::string session = scratch.path("session.pem");
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const Visit& visit = GetParam().visits[i];
        std::vector<std::string> arguments{"s_client",
                                           "-connect",
                                           "127.0.0.1:" + std::to_string(listener.port),
                                           "-servername",
                                           server_name,
                                           "-verify_hostname",
                                           server_name,
                                           "-CAfile",
                                           files.root,
                                           "-attime",
                                           std::to_string(epoch.count()),
                                           "-verify_return_error",
                                           "-msg"};
        arguments.insert(arguments.end(), GetParam().of_client.begin(), GetParam().of_client.end());
        if (i == 0) arguments.insert(arguments.end(), {"-sess_out", session});
        if (visit.offers) arguments.insert(arguments.end(), {"-sess_in", session});
        if (visit.is_early()) {
            arguments.insert(arguments.end(), {"-early_data", scratch.write("early", request)});
        }
        OpensslCommand client(arguments);
        auto held = std::make_unique<OnSocket>(
            listener.accept(),
            Endpoint::server(site.server, time.now(), site.random.stream("server").stream(i),
                             device),
            time);
        OnSocket& server = *held;
        server.until([&] { return server.endpoint().facts().state != State::handshaking; });
        // Unlike our client, it does not send again what was rejected.
        const bool rejected = server.endpoint().facts().early_data == EarlyData::rejected;
        if (!visit.is_early() || rejected) client.say(request);
        server.until_received(request);
        server.say(response);
        const std::string told = client.take_until("pong");
        client.say("Q\n");
        server.until([&] { return server.endpoint().facts().state == State::closed; });
        server.endpoint().close();
        server.until([] { return true; });
        const Seen ours = seen_by(server.endpoint());
        held.reset();  // The command waits for the end of TCP, too.
        EXPECT_EQ(client.wait(), EXIT_SUCCESS);
        SCOPED_TRACE(told);
        expect_same(of_s_client(told), ours, expected[i].server);
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds, AgainstOpenssl, ::testing::ValuesIn(cases()),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace reshake::tls::testing
