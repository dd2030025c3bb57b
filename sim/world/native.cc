#include "sim/world/native.h"

#include <algorithm>
#include <utility>

#include "sim/host/client.h"
#include "sim/host/exchange.h"

namespace reshake::world {

NativeEnd::NativeEnd(std::unique_ptr<tls::Endpoint> endpoint) noexcept
    : endpoint_(std::move(endpoint)) {}

void NativeEnd::step(Instant now) {
    endpoint_->step(now);
    act();
}

NativeClient::NativeClient(const Clients& clients, TicketStore& tickets, bool offered,
                           std::unique_ptr<tls::Endpoint> endpoint) noexcept
    : NativeEnd(std::move(endpoint)), clients_(clients), tickets_(tickets), offered_(offered) {}

void NativeClient::act() {
    for (Ticket& ticket : endpoint().take_tickets()) {
        ++tickets_received_;
        tickets_.keep(std::move(ticket), clients_.tickets);
    }
    if (complete_ || facts().state != tls::State::established) return;
    const host::Request request{.request_bytes = clients_.request_bytes,
                                .response_bytes = clients_.response_bytes};
    while (request_sent_ < request.request_bytes) {
        const auto piece = host::piece_of(request, request_sent_);
        endpoint().write(piece);
        request_sent_ += piece.size();
    }
    ByteQueue& received = endpoint().received();
    response_received_ += received.size();
    received.consume(received.size());
    if (response_received_ >= clients_.response_bytes) {
        complete_ = true;
        endpoint().close();
    }
}

NativeServer::NativeServer(std::unique_ptr<tls::Endpoint> endpoint) noexcept
    : NativeEnd(std::move(endpoint)) {}

void NativeServer::act() {
    ByteQueue& received = endpoint().received();
    if (!request_known_) {
        if (const auto request = host::parse_request(received.front())) {
            request_known_ = true;
            request_left_ = request->request_bytes;
            response_left_ = request->response_bytes;
        }
    }
    if (request_known_) {
        const std::size_t taken = std::min(request_left_, received.size());
        received.consume(taken);
        request_left_ -= taken;
    }
    while (request_known_ && request_left_ == 0 && response_left_ > 0) {
        const auto piece = host::response_piece(response_left_);
        endpoint().write(piece);
        response_left_ -= piece.size();
    }
    if (facts().state == tls::State::closed && !closing_) {
        closing_ = true;
        endpoint().close();
    }
}

NativeFleet::NativeFleet(Scenario scenario, std::uint64_t seed)
    : scenario_(std::move(scenario)),
      root_(seed),
      psks_(external_psks(scenario_, root_)),
      origins_(library_, scenario_.fleets.front(), psks_,
               root_.stream(scenario_.fleets.front().name).stream("certificates")),
      clocks_(scenario_),
      keys_(scenario_.fleets.front(), origins_, clocks_,
            root_.stream(scenario_.fleets.front().name).stream("steks")),
      server_(keys_.make_context({})),
      context_(library_, scenario_.clients.front().tls, *origins_.all().front().chain,
               origins_.all().front().hosts.front()) {}

std::unique_ptr<NativeClient> NativeFleet::client(std::uint32_t client, std::uint32_t visit,
                                                  Instant now) {
    const Clients& clients = scenario_.clients.front();
    TicketStore& store = tickets_[client];
    const std::optional<Ticket> ticket = store.take(now, clients.tickets);
    return std::make_unique<NativeClient>(
        clients, store, ticket.has_value(),
        tls::Endpoint::client(
            context_, ticket ? &*ticket : nullptr, now, attempt(client, visit).stream("client"),
            clients.device,
            host::secrets_of(clients, client, root_.stream(clients.name).stream(client), psks_)));
}

std::unique_ptr<NativeServer> NativeFleet::server(std::uint32_t client, std::uint32_t visit,
                                                  Instant now) {
    return std::make_unique<NativeServer>(tls::Endpoint::server(
        *server_, now, attempt(client, visit).stream("server"), scenario_.fleets.front().device));
}

Random NativeFleet::attempt(std::uint32_t client, std::uint32_t visit) const {
    // The path of names is host::Population's and host::Visit's; a test holds the two together.
    return root_.stream(scenario_.clients.front().name)
        .stream(client)
        .stream("visits")
        .stream(visit)
        .stream(std::uint64_t{0});
}

}  // namespace reshake::world
