// One connection of a client's visit: it tries its home site and, if TCP does not connect, the
// other sites; and if `Clients::retry` says so, all that again after a while.
//
// TCP does not connect where nothing answers, and where a RST does: then the next site is tried at
// once, as clients with several addresses do. A connection that breaks later ends the try: whether
// to ask again is the application's decision, and so is to wait before.
//
// Each try is an attempt: connect, TLS handshake, one request, one response, close (or vanish).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/clients.h"
#include "models/external_psk.h"
#include "models/fleet.h"
#include "models/ticket_store.h"
#include "models/wall_clock.h"
#include "sim/base/time.h"
#include "sim/history/attempt.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/balancer.h"
#include "sim/host/client.h"
#include "sim/host/exchange.h"
#include "sim/host/request_log.h"
#include "sim/host/secure_stream.h"
#include "sim/host/server.h"
#include "sim/net/network.h"
#include "sim/net/radio_cell.h"
#include "sim/net/simulation.h"
#include "sim/net/stream.h"
#include "sim/tls/context.h"

namespace reshake::host {

/// Where the servers of a fleet are, for clients that look for one.
struct FleetMap {
    struct Site {
        net::PlaceId place{};
        std::vector<net::MachineId> servers;
    };
    std::vector<Site> sites;
};

/// Names that a visit can ask for: those of one certificate.
struct Choice {
    std::int16_t tenant = -1;  ///< Index into Fleet.tenants; -1: the fleet has none.
    std::vector<tls::ClientContext*> hosts{};
};

/// What all visits of a population share. All of it must outlive them.
struct VisitSettings {
    Surroundings surroundings;
    const Clients& clients;
    std::uint16_t population = 0;  ///< Index of `clients` in the scenario.
    net::PlaceId place{};
    const Fleet& fleet;
    const FleetMap& map;
    Balancer& balancer;
    const WallClock& clock;
    const ExternalPsks& psks;
    const std::vector<std::string>& protocols;  ///< See models/alpn.h.
    std::vector<Choice> choices;                ///< At least one, each with at least one host.
    net::RadioCell* cell = nullptr;             ///< That the population shares. Null: it has links.
};

class Visit final : private net::StreamEvents, private SecureStreamOwner {
public:
    /// Which of a client's connections it is: its how-manieth visit, and which of those that the
    /// visit opens at once, both from 0.
    struct Number {
        std::uint32_t visit = 0;
        std::uint16_t connection = 0;
    };

    /// `settings` and `client` must outlive the visit. `index` is the client's in its population.
    Visit(const VisitSettings& settings, Client& client, std::uint32_t index, Number number);
    ~Visit() override;
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    /// Begins; `on_over` is called once, from the run loop, and may destroy the visit.
    void start(std::function<void()> on_over);

private:
    enum class Closing { orderly, vanishing, aborted, killed };
    /// What becomes of a connection whose attempt has ended.
    struct Sequel {
        std::optional<std::uint16_t> site{};   ///< The next one, at once.
        std::optional<Instant> tries_again{};  ///< Else then, from home on.
    };

    // What TCP tells before TLS takes over. With Fast Open TLS comes first, and passes it on.
    void on_connected() override;
    void on_readable() override {}
    void on_writable() override {}
    void on_end(net::StreamEnd end) override;

    // What TLS tells.
    void on_progress() override;
    void on_room() override;

    void open_attempt(std::uint16_t site);
    [[nodiscard]] std::optional<std::uint16_t> next_site();
    void on_alarm();
    void on_handshake_alarm();
    void choose_origin();
    void offer_ticket();
    void consider_early_data();
    [[nodiscard]] TicketStore& tickets();
    void note_fast_open();
    void note_facts();
    void note_response();
    void send_request();
    void on_response();
    void linger(tls::State state, bool settled);
    void part();
    void close_attempt(history::Outcome outcome, Closing closing);
    void leave_network(Closing closing);
    [[nodiscard]] Sequel sequel(bool unreachable);
    [[nodiscard]] std::optional<Duration> wait_before_retry();
    void wait_until(Instant when);
    void try_again();
    void end_visit();

    // What the scenario asks to be recorded besides.
    [[nodiscard]] TicketLog* ticket_log() { return settings_.surroundings.records.tickets; }
    void record_attempt();
    void record_offer(const Ticket& ticket);

    // Pages of the diary.
    void tell_beginning();
    void tell_offer();
    void tell_handshake();
    void tell_end(Closing closing);
    [[nodiscard]] Random random_of_connection() const;

    [[nodiscard]] history::Attempt& row() { return settings_.surroundings.ledger.at(*row_).row; }
    [[nodiscard]] Equipment& equipment() {
        return client_.equipment(settings_.surroundings.simulation, settings_.clients);
    }
    /// Over the population's cell, if it shares one, else over the client's own links.
    [[nodiscard]] Way& way(Direction direction) {
        if (settings_.cell != nullptr) return settings_.cell->way(index_, direction);
        return equipment().access.way(direction);
    }
    /// Where this side writes what it does; null: nobody wants to know.
    [[nodiscard]] Page* page() {
        Diary* const diary = settings_.surroundings.ledger.at(*row_).diary;
        return diary != nullptr ? &diary->client : nullptr;
    }
    [[nodiscard]] ComputeQueue& cores() {
        return client_.cores(settings_.surroundings.simulation, settings_.clients);
    }
    [[nodiscard]] bool connected() { return row().connect != history::not_reached; }
    /// What tells this client from every other of the run; never 0.
    [[nodiscard]] std::uint64_t subscriber() const noexcept {
        return (std::uint64_t{settings_.population} << 32u | index_) + 1;
    }
    /// The client itself, or its address.
    [[nodiscard]] Instant goes_away() const noexcept {
        return std::min(client_.goes_away(), moves_at_);
    }
    /// How far the client's clock is ahead.
    [[nodiscard]] Duration ahead() const { return settings_.clock.read(now()).ahead(); }
    [[nodiscard]] Instant now() const { return settings_.surroundings.simulation.now(); }
    [[nodiscard]] Duration since_start() { return now() - run_start - row().started; }

    const VisitSettings& settings_;
    Client& client_;
    std::uint32_t index_;
    Number number_;
    std::uint16_t attempts_ = 0;
    std::uint16_t retries_ = 0;
    std::uint16_t passed_ = 0;              ///< Sites from home on that have had their turn.
    Instant began_ = run_start;             ///< The first attempt.
    Duration waited_{};                     ///< Before the last retry.
    bool waiting_ = false;                  ///< For the next one: no attempt is under way.
    std::uint32_t connection_ = 0;          ///< Of this client, by its own count.
    Instant authenticated_at_ = run_start;  ///< By the full handshake that this one rests on.
    Origin authenticated_by_{};             ///< In that handshake.
    Origin origin_{};                       ///< Whom this one asks for.
    tls::ClientContext* context_ = nullptr;
    Request request_{};
    std::function<void()> on_over_;

    // Of the attempt under way.
    std::optional<AttemptLedger::Id> row_;
    std::optional<net::MachineId> machine_;
    std::unique_ptr<net::Stream> connecting_;
    std::unique_ptr<SecureStream> secure_;
    Instant connected_at_ = run_start;
    Instant moves_at_ = never;  ///< The client gets another address.
    std::size_t request_sent_ = 0;
    std::size_t response_received_ = 0;
    std::uint32_t offered_ = 0;             ///< The record of the ticket that is offered; 0: none.
    std::unique_ptr<RequestLog> requests_;  ///< Null: nobody asks.
    bool lingering_ = false;  ///< The response is here, and the connection stays for a while.
    bool closing_ = false;
    net::Alarm alarm_;  ///< Patience, and the moment the client goes down.
    Instant deadline_ = never;
};

}  // namespace reshake::host
