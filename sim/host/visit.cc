#include "sim/host/visit.h"

#include <algorithm>
#include <utility>

#include "sim/host/exchange.h"
#include "sim/host/told_by_tls.h"

namespace reshake::host {
namespace {

/// Request bytes that may wait for TCP before the client stops producing more.
constexpr std::size_t backlog_limit = 64 * 1024;

using history::NotResumed;
using history::Outcome;

NotResumed reason_of(NothingToOffer reason) noexcept {
    switch (reason) {
        case NothingToOffer::first_visit:
            return NotResumed::first_visit;
        case NothingToOffer::expired:
            return NotResumed::expired_at_client;
        case NothingToOffer::clock_skew:
            return NotResumed::clock_skew;
        case NothingToOffer::lost:
            return NotResumed::store_lost;
        case NothingToOffer::full:
            return NotResumed::store_full;
        case NothingToOffer::unclean_end:
            return NotResumed::dropped_at_client;
        case NothingToOffer::all_used:
            break;
    }
    return NotResumed::all_used;
}

}  // namespace

Visit::Visit(const VisitSettings& settings, Client& client, std::uint32_t index, Number number)
    : settings_(settings),
      client_(client),
      index_(index),
      number_(number),
      alarm_(settings.surroundings.simulation, [this] { on_alarm(); }) {
    ++client_.under_way;
}

Visit::~Visit() {
    if (!waiting_) --client_.under_way;
}

TicketStore& Visit::tickets() {
    return client_.tickets.of(origin_, settings_.clients.tickets.scope);
}

void Visit::open_attempt(std::uint16_t site) {
    const auto& sites = settings_.map.sites;
    const auto& servers = sites[site].servers;
    Random random = random_of_connection().stream(attempts_);
    const std::uint32_t server = settings_.balancer.pick(
        site, {.id = subscriber(), .client = client_.random, .attempt = random}, now());

    row_ = settings_.surroundings.ledger.open(
        {.row = {.population = settings_.population,
                 .client = index_,
                 .visit = number_.visit,
                 .connection = number_.connection,
                 .attempt = attempts_,
                 .retry = retries_,
                 .home = client_.home,
                 .site = site,
                 .server = static_cast<std::uint16_t>(server + 1),
                 .tenant = origin_.tenant,
                 .started = now() - run_start},
         .random = std::move(random)});
    ++attempts_;
    request_sent_ = 0;
    response_received_ = 0;
    closing_ = false;
    lingering_ = false;
    offered_ = 0;

    Equipment& own = equipment();
    moves_at_ = own.access.next_move(now());
    machine_ = settings_.surroundings.network.attach({.uplink = &way(Direction::uplink),
                                                      .downlink = &way(Direction::downlink),
                                                      .population = settings_.place,
                                                      .home = sites[client_.home].place,
                                                      .boxes = own.boxes ? &*own.boxes : nullptr,
                                                      .subscriber = subscriber()});
    tell_beginning();
    deadline_ =
        now() + std::min(settings_.clients.connect_timeout, settings_.clients.attempt_timeout);
    alarm_.set(std::min(deadline_, goes_away()));
    net::ConnectOptions options{.nodelay = settings_.clients.tcp_nodelay,
                                .fast_open = settings_.clients.tcp_fast_open};
    if (options.fast_open && site < own.cookies.size()) options.cookie = own.cookies[site];
    connecting_ = settings_.surroundings.network.connect(*machine_, servers[server], https_port,
                                                         *this, options);
    if (options.cookie) {  // The SYN waits for the ClientHello.
        settings_.surroundings.ledger.bind(*row_, connecting_->connection());
        offer_ticket();
    }
}

void Visit::on_alarm() {
    if (waiting_) {
        if (now() >= client_.goes_away()) {
            end_visit();
        } else {
            try_again();
        }
        return;
    }
    const bool moved = now() >= moves_at_;
    const bool away = now() >= client_.goes_away() || moved;
    const bool app_only = now() >= client_.app_restarts();
    const Closing closing = !away                ? Closing::aborted
                            : app_only && !moved ? Closing::killed
                                                 : Closing::vanishing;
    if (!away && !lingering_ && now() < deadline_) {
        on_handshake_alarm();
    } else if (closing_ || (lingering_ && away)) {
        leave_network(closing);  // The response is here; what was left was to part.
    } else if (lingering_) {
        part();
    } else if (away) {
        close_attempt(moved ? Outcome::moved : Outcome::vanished, closing);
    } else {
        const bool of_all =
            connected() || settings_.clients.attempt_timeout < settings_.clients.connect_timeout;
        close_attempt(of_all ? Outcome::attempt_timeout : Outcome::connect_timeout, closing);
    }
}

/// The alarm is not moved when the handshake completes: when it rings it is seen that it has.
void Visit::on_handshake_alarm() {
    if (row().handshake == history::not_reached) {
        close_attempt(Outcome::handshake_timeout, Closing::aborted);
        return;
    }
    alarm_.set(std::min(deadline_, goes_away()));
}

void Visit::on_end(net::StreamEnd end) {
    close_attempt(end == net::StreamEnd::timeout ? Outcome::connect_timeout : Outcome::reset,
                  Closing::aborted);
}

void Visit::on_connected() {
    connected_at_ = now();
    row().connect = since_start();
    if (Page* const diary = page()) diary->note("connects", {{"took", row().connect}});
    deadline_ = run_start + row().started + settings_.clients.attempt_timeout;
    const auto& patience = settings_.clients.handshake_timeout;
    alarm_.set(
        std::min({std::max(deadline_, now()), patience ? now() + *patience : never, goes_away()}));
    note_fast_open();
    if (secure_) return;
    settings_.surroundings.ledger.bind(*row_, connecting_->connection());
    offer_ticket();
}

void Visit::note_fast_open() {
    if (!settings_.clients.tcp_fast_open) return;
    const net::FastOpenReport report = secure_ ? secure_->fast_open() : connecting_->fast_open();
    row().fast_open = report.outcome;
    if (!report.granted) return;
    auto& cookies = equipment().cookies;
    cookies.resize(settings_.map.sites.size());
    cookies[row().site] = report.granted;
}

void Visit::offer_ticket() {
    OpenAttempt& open = settings_.surroundings.ledger.at(*row_);
    const std::optional<Ticket> ticket =
        tickets().take(now(), settings_.clients.tickets, ahead(), ticket_log());
    connection_ = client_.connections++;
    if (ticket) {
        open.row.offered = true;
        open.row.ticket_age = now() - ticket->received_at;
        open.row.chain_age = now() - ticket->authenticated_at;
        authenticated_at_ = ticket->authenticated_at;
        authenticated_by_ = ticket->authenticated_by;
        open.row.ticket_tenant = ticket->authenticated_by.tenant;
        open.ticket_version = ticket->version;
        open.ticket_cipher_suite = ticket->cipher_suite;
        open.ticket_issuer_ahead = ticket->issuer_ahead;
        record_offer(*ticket);
    } else {
        open.row.not_resumed = reason_of(tickets().why_nothing());
        const bool others = client_.under_way > 1;
        if (open.row.not_resumed == NotResumed::all_used && others) {
            open.row.not_resumed = NotResumed::in_use;
        }
    }
    auto endpoint = tls::Endpoint::client(
        *context_, ticket ? &*ticket : nullptr, now(), open.random.stream("client"),
        client_.device(settings_.clients),
        secrets_of(settings_.clients, index_, client_.random, settings_.psks));
    SecureStreamOwner& owner = *this;
    secure_ = std::make_unique<SecureStream>(std::move(connecting_), std::move(endpoint), cores(),
                                             settings_.surroundings.wire, owner);
    if (Page* const diary = page()) secure_->keep_diary(*diary);
    record_attempt();
    consider_early_data();
    tell_offer();
    secure_->start();
}

void Visit::consider_early_data() {
    using history::NoEarlyData;
    OpenAttempt& open = settings_.surroundings.ledger.at(*row_);
    if (!settings_.clients.tls.early_data) {
        open.row.no_early_data = NoEarlyData::policy_off;
    } else if (!open.row.offered) {
        open.row.no_early_data = NoEarlyData::no_ticket;
    } else if (!secure_->endpoint().early_data_possible()) {
        open.row.no_early_data = NoEarlyData::ticket_forbids;
    } else if (authenticated_by_ != origin_) {
        open.row.no_early_data = NoEarlyData::other_host;
    } else if (!open.random.stream("early safe").chance(settings_.clients.early_safe)) {
        open.row.no_early_data = NoEarlyData::unsafe_request;
    } else {
        send_request();
        secure_->endpoint().send_early();
    }
}

void Visit::on_room() { on_progress(); }

void Visit::on_progress() {
    const bool shaking_hands = row().handshake == history::not_reached;
    note_facts();
    if (shaking_hands) tell_handshake();
    const tls::Facts& facts = secure_->endpoint().facts();
    const bool settled =
        !secure_->endpoint().has_work() && (secure_->drained() || secure_->cut_off());
    if (closing_) {
        if (settled) {
            leave_network(Closing::orderly);
        } else {
            secure_->pump();
        }
        return;
    }
    if (lingering_) {
        linger(facts.state, settled);
        return;
    }
    if (facts.state == tls::State::established) {
        note_response();
        if (response_received_ >= request_.response_bytes) {
            on_response();
            return;
        }
        send_request();
    } else if (facts.state == tls::State::closed) {
        close_attempt(Outcome::truncated, Closing::aborted);
        return;
    } else if (facts.state == tls::State::failed && settled) {
        const bool cut =
            secure_->cut_off() && !facts.alert_received && (facts.truncated || !facts.alert_sent);
        const Outcome reason = !cut                                 ? outcome_of(facts)
                               : !connected() && secure_->gave_up() ? Outcome::connect_timeout
                                                                    : Outcome::reset;
        close_attempt(reason, Closing::aborted);
        return;
    }
    secure_->pump();
}

void Visit::note_facts() {
    const tls::Facts& facts = secure_->endpoint().facts();
    const Milestones& reached = secure_->milestones();
    const Usage& usage = secure_->usage();
    history::Attempt& r = row();
    const auto between = [](std::optional<Instant> from, std::optional<Instant> to) {
        return from && to ? *to - *from : history::not_reached;
    };
    r.server_hello = between(reached.client_hello_sent, reached.server_hello_received);
    r.server_flight = between(reached.server_hello_received, reached.server_finished_received);
    if (reached.server_finished_received && reached.finished_sent) {
        // A full handshake of TLS 1.2 ends with the server's Finished, all others with the
        // client's.
        const auto [first, last] =
            std::minmax(*reached.server_finished_received, *reached.finished_sent);
        r.finished = last - first;
        r.handshake = last - connected_at_;
    }
    if (reached.server_finished_received) r.verification = usage.verification;
    if (reached.server_hello_received) {
        if (offered_ != 0 && facts.resumed && !r.resumed) ticket_log()->resumed(offered_);
        r.resumed = facts.resumed;
        r.authentication = authentication_of(facts);
        if (facts.resumed) r.not_resumed = NotResumed::resumed;
        r.tls_version = facts.version;
        r.cipher_suite = facts.cipher_suite;
        r.group = facts.group;
        if (r.alpn < 0) r.alpn = index_of(settings_.protocols, facts.alpn);
    }
    r.early_bytes = static_cast<std::uint32_t>(facts.early_bytes);
    r.hello_retry = facts.hello_retry;
    const auto alert = facts.alert_received ? facts.alert_received : facts.alert_sent;
    if (alert) r.alert = *alert;
    r.client_compute = usage.compute;
    r.client_queueing = usage.queueing;
    r.bytes_sent = static_cast<std::uint32_t>(usage.bytes_sent);
    r.bytes_received = static_cast<std::uint32_t>(usage.bytes_received);
    r.flights_sent = static_cast<std::uint16_t>(usage.flights_sent);
    r.flights_received = static_cast<std::uint16_t>(usage.flights_received);
    if (requests_) requests_->progressed(facts, usage.bytes_sent, now());
    for (Ticket& ticket : secure_->endpoint().take_tickets()) {
        const std::size_t number = r.tickets_received++;
        ticket.connection = connection_;
        ticket.issuer_ahead = settings_.surroundings.ledger.at(*row_).server_ahead;
        ticket.authenticated_at = facts.resumed ? authenticated_at_ : connected_at_;
        ticket.authenticated_by = facts.resumed ? authenticated_by_ : origin_;
        if (Page* const diary = page()) {
            diary->note("stores_ticket", {{"lifetime", ticket.lifetime}});
        }
        if (TicketLog* const log = ticket_log()) {
            const tls::TicketName& name = secure_->endpoint().ticket_names()[number];
            ticket.record = log->received(r, ticket, name);
        }
        tickets().keep(std::move(ticket), settings_.clients.tickets, ticket_log());
    }
}

void Visit::send_request() {
    std::size_t waiting = secure_->backlog();
    // Early data are seen to leave.
    const bool early = secure_->usage().bytes_sent == 0;
    if (requests_ && request_sent_ == 0 && !early) {
        requests_->written(secure_->usage().bytes_sent + waiting);
    }
    while (request_sent_ < request_.request_bytes && waiting < backlog_limit) {
        const auto piece = piece_of(request_, request_sent_);
        secure_->endpoint().write(piece);
        request_sent_ += piece.size();
        waiting += piece.size();
    }
}

void Visit::note_response() {
    ByteQueue& received = secure_->endpoint().received();
    if (received.empty()) return;
    if (response_received_ == 0 && is_too_early(received.front().front())) {
        received.consume(too_early_response().size());
        if (Page* const diary = page()) diary->note("hears_too_early");
        if (requests_) requests_->too_early();
        request_sent_ = 0;  // Once more, now that the handshake is complete.
        return;
    }
    if (response_received_ == 0) {
        row().first_byte = since_start();
        if (Page* const diary = page()) diary->note("has_first_byte", {{"took", row().first_byte}});
        row().answer = now() - began_;
    }
    if (requests_) requests_->answered(received.size(), now());
    response_received_ += received.size();
    received.consume(received.size());
}

void Visit::on_response() {
    row().outcome = Outcome::ok;
    row().total = since_start();
    settings_.surroundings.ledger.tell_end(*row_);
    settings_.balancer.judge(row(), now());
    if (Page* const diary = page()) diary->note("has_response", {{"took", row().total}});
    if (settings_.clients.linger == Duration::zero()) {
        part();
        return;
    }
    lingering_ = true;
    alarm_.set(std::min(now() + settings_.clients.linger, goes_away()));
    secure_->pump();
}

/// Tickets still come, or the server's end.
void Visit::linger(tls::State state, bool settled) {
    if (state == tls::State::closed) {
        part();
    } else if (state == tls::State::failed && settled) {
        leave_network(Closing::aborted);
    } else {
        secure_->pump();
    }
}

void Visit::part() {
    Random& random = settings_.surroundings.ledger.at(*row_).random;
    if (random.stream("vanish").chance(settings_.clients.vanish)) {
        leave_network(Closing::vanishing);
        return;
    }
    if (lingering_) {
        deadline_ = now() + settings_.clients.attempt_timeout;
        alarm_.set(std::min(deadline_, goes_away()));
    }
    closing_ = true;
    secure_->endpoint().close();
    secure_->pump();
}

void Visit::close_attempt(Outcome outcome, Closing closing) {
    row().outcome = outcome;
    row().total = since_start();
    settings_.surroundings.ledger.tell_end(*row_);
    leave_network(closing);
}

void Visit::leave_network(Closing closing) {
    // The streams must be gone before the machine is: a stream that is destroyed while it is open
    // sends a RST, and one that has been finished says its FIN by itself.
    if (!connected()) note_fast_open();
    tell_end(closing);
    if (closing == Closing::vanishing) settings_.surroundings.network.vanish(*machine_);
    if (closing == Closing::orderly) {
        secure_->finish();
    } else if (secure_ && settings_.clients.tickets.after_unclean_end == UncleanEnd::drop) {
        client_.tickets.drop(connection_, ticket_log());
    }
    secure_.reset();
    requests_.reset();
    connecting_.reset();
    if (closing != Closing::vanishing) settings_.surroundings.network.release(*machine_);
    machine_.reset();
    const Sequel next = sequel(!connected() && closing == Closing::aborted);
    settings_.balancer.give_back(row().site, row().server - 1u);
    if (row().outcome != Outcome::ok) settings_.balancer.judge(row(), now());
    settings_.surroundings.ledger.release(*row_);
    row_.reset();
    alarm_.clear();

    if (next.site) {
        open_attempt(*next.site);
    } else if (next.tries_again) {
        wait_until(*next.tries_again);
    } else {
        end_visit();
    }
}

}  // namespace reshake::host
