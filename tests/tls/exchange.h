// Two endpoints joined by memory: what the tests of this room run. No network, no wall clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/digest.h"
#include "sim/tls/endpoint.h"
#include "sim/tls/ticket_keys.h"

namespace reshake::tls::testing {

/// Eighteen letters: with them the ClientHello is as long as the one in the reference.
inline constexpr const char* server_name = "edge-1.example.net";

struct SiteSettings {
    std::uint64_t seed = 7;
    CertificateKey certificate = CertificateKey::ecdsa_p256;
    ClientTls client{.groups = "X25519", .ciphersuites = "TLS_AES_256_GCM_SHA384"};
    ServerTls server{.groups = "X25519"};
    Tickets tickets{};
};

inline ChainPlan plan_of(const SiteSettings& settings) {
    ChainPlan plan = ChainPlan::of(settings.server);
    plan.key = settings.certificate;
    return plan;
}

/// A server's configuration and that of its clients.
struct Site {
    explicit Site(const SiteSettings& settings = {})
        : random(settings.seed),
          chain(library, plan_of(settings), server_name, random.stream("chain")),
          keys(settings.tickets.rotation, random.stream("steks")),
          client(library, settings.client, chain, server_name),
          server(library, settings.server, settings.tickets, chain, keys) {}

    Library library;
    Random random;
    Chain chain;
    TicketKeys keys;
    ClientContext client;
    ServerContext server;
};

/// One connection, its two ends, and what passed between them.
struct Connected {
    Connected(Site& site, std::string_view name, Instant now, const Ticket* ticket = nullptr)
        : Connected(site.client, site.server, site.random, name, now, ticket) {}

    Connected(ClientContext& of_client, ServerContext& of_server, const Random& random,
              std::string_view name, Instant now, const Ticket* ticket = nullptr,
              const ClientSecrets& secrets = {})
        : client_now(now),
          server_now(now),
          client(Endpoint::client(of_client, ticket, now, random.stream(name).stream("client"),
                                  device, secrets)),
          server(Endpoint::server(of_server, now, random.stream(name).stream("server"), device)) {}

    /// Steps both ends until neither has anything to do. Each turn with output is one flight.
    void run() {
        while (client->has_work() || server->has_work() || !client->output().empty() ||
               !server->output().empty()) {
            if (client->has_work()) client_cost += client->step(client_now);
            move(*client, *server, upward);
            if (server->has_work()) server_cost += server->step(server_now);
            move(*server, *client, downward);
        }
    }

    /// A request and its response, each written by one call.
    void exchange(std::size_t request_size, std::size_t response_size) {
        client->write(std::vector<std::byte>(request_size, std::byte{'q'}));
        run();
        RESHAKE_CHECK(server->received().size() == request_size);
        server->received().consume(request_size);
        server->write(std::vector<std::byte>(response_size, std::byte{'r'}));
        run();
        RESHAKE_CHECK(client->received().size() == response_size);
        client->received().consume(response_size);
    }

    void move(Endpoint& from, Endpoint& to, std::vector<std::size_t>& flights) {
        ByteQueue& bytes = from.output();
        if (bytes.empty()) return;
        flights.push_back(bytes.size());
        digest.add(bytes.front());
        to.input().append(bytes.front());
        bytes.consume(bytes.size());
    }

    Device device;  ///< Of both ends.
    Instant client_now;
    Instant server_now;
    std::unique_ptr<Endpoint> client;
    std::unique_ptr<Endpoint> server;
    std::vector<std::size_t> upward;    ///< Sizes of the client's flights.
    std::vector<std::size_t> downward;  ///< Sizes of the server's flights.
    Cost client_cost;
    Cost server_cost;
    Digest digest;
};

/// The tickets that a full handshake at `now` brings; the connection ends as it should.
inline std::vector<Ticket> fresh_tickets(Site& site, std::string_view name, Instant now) {
    Connected connected(site, name, now);
    connected.run();
    auto tickets = connected.client->take_tickets();
    connected.client->close();
    connected.server->close();
    connected.run();
    return tickets;
}

}  // namespace reshake::tls::testing
