#include "sim/tls/handshake_batch.h"

#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/endpoint.h"
#include "sim/tls/library.h"
#include "sim/tls/ticket_keys.h"

namespace reshake::tls {
namespace {

constexpr const char* server_name = "calibration.example";  // RFC 2606: nobody's.

bool busy(Endpoint& endpoint) { return endpoint.has_work() || !endpoint.output().empty(); }

void take(Endpoint& from, Endpoint& to) {
    ByteQueue& bytes = from.output();
    if (bytes.empty()) return;
    to.input().append(bytes.front());
    bytes.consume(bytes.size());
}

}  // namespace

struct HandshakeBatch::Impl {
    using Ends = std::vector<std::unique_ptr<Endpoint>>;
    struct OneSide {
        Ends ends;
        Cost cost;
        bool made = false;
    };

    Impl(HandshakeKind of, std::uint32_t wanted, Device pays)
        : kind(std::move(of)),
          connections(wanted),
          payer(std::move(pays)),
          chain(library, {.key = kind.certificate}, server_name, random.stream("chain")),
          keys(std::nullopt, random.stream("keys")),
          client_context(library, {.groups = kind.groups}, chain, server_name),
          server_context(library, {.certificate = kind.certificate, .groups = kind.groups}, {},
                         chain, keys) {
        if (kind.resumed) ticket = fresh_ticket();
    }

    [[nodiscard]] std::unique_ptr<Endpoint> new_client(std::uint32_t index, const Ticket* offer) {
        return Endpoint::client(client_context, offer, run_start,
                                random.stream("client").stream(std::to_string(index)), payer);
    }
    [[nodiscard]] std::unique_ptr<Endpoint> new_server(std::uint32_t index) {
        return Endpoint::server(server_context, run_start,
                                random.stream("server").stream(std::to_string(index)), payer);
    }
    [[nodiscard]] Ticket fresh_ticket() {
        const auto one = new_client(connections, nullptr);
        const auto other = new_server(connections);
        while (busy(*one) || busy(*other)) {
            if (one->has_work()) one->step(run_start);
            take(*one, *other);
            if (other->has_work()) other->step(run_start);
            take(*other, *one);
        }
        auto tickets = one->take_tickets();
        RESHAKE_CHECK(!tickets.empty());
        return std::move(tickets.back());
    }

    void make(Side side) {
        OneSide& made = of(side);
        made.made = true;
        made.cost = {};
        made.ends.reserve(connections);
        for (std::uint32_t i = 0; i < connections; ++i) {
            made.ends.push_back(side == Side::client ? new_client(i, ticket ? &*ticket : nullptr)
                                                     : new_server(i));
        }
    }

    [[nodiscard]] OneSide& of(Side side) noexcept { return side == Side::client ? client : server; }

    HandshakeKind kind;
    std::uint32_t connections;
    Device payer;
    Random random = Random(0).stream("handshakes");
    Library library;
    Chain chain;
    TicketKeys keys;
    ClientContext client_context;
    ServerContext server_context;
    std::optional<Ticket> ticket;
    OneSide client;
    OneSide server;
};

HandshakeBatch::HandshakeBatch(const HandshakeKind& kind, std::uint32_t connections,
                               const Device& payer)
    : impl_(std::make_unique<Impl>(kind, connections, payer)) {}

HandshakeBatch::~HandshakeBatch() = default;

void HandshakeBatch::advance(Side side) {
    Impl::OneSide& ours = impl_->of(side);
    Impl::OneSide& theirs = impl_->of(side == Side::client ? Side::server : Side::client);
    if (!ours.made) impl_->make(side);
    for (std::size_t i = 0; i < ours.ends.size(); ++i) {
        Endpoint& end = *ours.ends[i];
        if (theirs.made) take(*theirs.ends[i], end);
        if (!end.has_work()) continue;
        ours.cost += end.step(run_start);
        const Facts& facts = end.facts();
        RESHAKE_CHECK(facts.state != State::failed);
        if (facts.state == State::established) {
            RESHAKE_CHECK(facts.resumed == impl_->kind.resumed);
        }
    }
}

bool HandshakeBatch::finished() const {
    if (!impl_->client.made || !impl_->server.made) return false;
    for (const Impl::OneSide* side : {&impl_->client, &impl_->server}) {
        for (const auto& end : side->ends) {
            if (busy(*end)) return false;
        }
    }
    return true;
}

void HandshakeBatch::release(Side side) {
    Impl::OneSide& released = impl_->of(side);
    released.ends.clear();
    released.made = false;
}

const Cost& HandshakeBatch::cost(Side side) const noexcept { return impl_->of(side).cost; }

}  // namespace reshake::tls
