#include "sim/host/server.h"

#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "sim/base/check.h"
#include "sim/host/exchange.h"
#include "sim/host/request_log.h"
#include "sim/host/secure_stream.h"
#include "sim/host/server_reasons.h"

namespace reshake::host {
namespace {

/// Response bytes that may wait for TCP before the server stops producing more.
constexpr std::size_t backlog_limit = 64 * 1024;

/// Of accept4 and a close with a RST. Measured on the machine of the server-core profile: 3 to 5
/// us.
constexpr Duration refusal_cost = std::chrono::microseconds(5);

}  // namespace

/// A connection in the accept queue. A client that leaves meanwhile does not leave the queue.
class Server::Waiting final : private net::StreamEvents {
public:
    Waiting(std::unique_ptr<net::Stream> stream, AttemptLedger& ledger, AttemptLedger::Id row,
            Instant arrived)
        : stream_(std::move(stream)), ledger_(ledger), row_(row), arrived_(arrived) {
        stream_->listen_to(*this);
    }
    ~Waiting() override {
        if (stream_) ledger_.release(row_);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    /// Hands it over, and its row.
    void leave(Server& server) { server.begin(std::move(stream_), row_, arrived_, ended_); }

private:
    void on_connected() override {}
    void on_readable() override {}  // It stays in the socket.
    void on_writable() override {}
    void on_end(net::StreamEnd end) override { ended_ = end; }

    std::unique_ptr<net::Stream> stream_;
    AttemptLedger& ledger_;
    AttemptLedger::Id row_;
    Instant arrived_;
    std::optional<net::StreamEnd> ended_;
};

/// One accepted connection, from TCP's handshake to its end.
class Server::Connection final : public SecureStreamOwner, private tls::ConnectionWitness {
public:
    /// Holds `row`.
    Connection(Server& server, Where process, std::unique_ptr<net::Stream> stream,
               AttemptLedger::Id row)
        : server_(server),
          process_(process),
          row_(row),
          secure_(std::move(stream),
                  tls::Endpoint::server(*process->context, server.surroundings_.simulation.now(),
                                        open().random.stream("server"), server.fleet_.device),
                  server.cores_, server.surroundings_.wire, *this),
          idle_(server.surroundings_.simulation, [this] { on_idle_alarm(); }) {
        if (open().diary != nullptr) secure_.keep_diary(open().diary->server);
        if (server_.trail_ != nullptr || open().diary != nullptr) secure_.endpoint().tell(*this);
        if (auto* const compute = server_.surroundings_.records.compute) {
            secure_.record({*compute, open().row, history::Side::server});
        }
        if (Page* const diary = page()) diary->note("accepts");
        secure_.endpoint().serve(
            {.population = open().row.population, .client = open().row.client});
        stir();
        idle_.set(idle_until_);
        ++process_->handshakes;
        open().row.admission = history::Admittance::accepted;
    }
    ~Connection() override {
        if (in_handshake_) --process_->handshakes;
        server_.surroundings_.ledger.release(row_);
    }

    /// Its process is killed, and the stream ends with a RST.
    void die() { secure_.endpoint().abandon(); }

    /// It has come out of the accept queue, where it had been since `arrived`.
    void admit(const Admission& admission, Instant arrived, std::optional<net::StreamEnd> ended) {
        open().row.accept_wait = server_.surroundings_.simulation.now() - arrived;
        secure_.set_terms({.begin_by = admission.max_wait ? arrived + *admission.max_wait : never,
                           .unless_closed = admission.abort_on_close,
                           .refusal_cost = refusal_cost});
        secure_.catch_up(ended);
    }

    /// Where its process keeps this connection.
    std::list<Connection>::iterator self{};

private:
    OpenAttempt& open() { return server_.surroundings_.ledger.at(row_); }
    /// Where this side writes what it does; null: nobody wants to know.
    Page* page() { return open().diary != nullptr ? &open().diary->server : nullptr; }

    void stir() {
        idle_until_ = server_.surroundings_.simulation.now() + server_.fleet_.idle_timeout;
    }

    // The alarm is not moved with every packet: when it rings it looks whether there was life.
    void on_idle_alarm() {
        if (server_.cores_.paused()) stir();  // A process that stands still looks at no clock.
        if (idle_until_ > server_.surroundings_.simulation.now()) {
            idle_.set(idle_until_);
        } else {
            if (Page* const diary = page()) diary->note("gives_up_idle_connection");
            forget();
        }
    }

    void forget() {
        Server& server = server_;
        const Where process = process_;
        process->connections.erase(self);
        server.tell_removed(*process->context);
        server.drop_if_done(process);
        server.room_made();
    }

    void on_progress() override {
        stir();
        note_row();
        if (server_.cache_ != nullptr) use_cache(*server_.cache_);
        answer();
        const tls::State state = secure_.endpoint().facts().state;
        if (in_handshake_ && state != tls::State::handshaking) leave_handshake();
        if (state == tls::State::closed && !closing_) {
            closing_ = true;
            secure_.endpoint().close();
        }
        const bool over = state == tls::State::closed || state == tls::State::failed;
        if (over && !secure_.endpoint().has_work() && (secure_.drained() || secure_.cut_off())) {
            secure_.finish();
            if (Page* const diary = page()) diary->note("closes");
            forget();
            return;
        }
        secure_.pump();
    }

    void on_room() override { on_progress(); }

    void on_refused(Refusal why) override {
        history::Attempt& row = open().row;
        row.server_queueing = secure_.usage().queueing;
        row.admission = why == Refusal::too_late ? history::Admittance::too_late
                                                 : history::Admittance::departed;
        forget();
    }

    void leave_handshake() {
        in_handshake_ = false;
        --process_->handshakes;
        server_.room_made();
    }

    void use_cache(CacheClient& cache) {
        server_.tell_removed(*process_->context);
        for (tls::SessionEntry& made : secure_.endpoint().take_sessions()) {
            cache.store(std::move(made.key), std::move(made.value), made.lifetime);
        }
        const tls::SessionInquiry* const wanted = secure_.endpoint().awaited_session();
        if (wanted == nullptr || lookup_) return;
        asked_at_ = server_.surroundings_.simulation.now();
        if (Page* const diary = page()) diary->note("asks_cache");
        lookup_ = cache.look_up(wanted->key, wanted->take, [this](CacheClient::Answer answer) {
            on_cache_answer(std::move(answer));
        });
        if (lookup_) return;
        secure_.endpoint().provide_no_session(tls::TicketVerdict::cache_timeout);
        secure_.pump();
    }

    void on_cache_answer(CacheClient::Answer answer) {
        stir();
        lookup_.reset();
        open().row.session_lookup = server_.surroundings_.simulation.now() - asked_at_;
        if (Page* const diary = page()) {
            diary->note("hears_from_cache",
                        {{"answer", std::string(answer ? name_of(answer->answer) : "timeout")},
                         {"took", open().row.session_lookup}});
        }
        if (!answer) {
            secure_.endpoint().provide_no_session(tls::TicketVerdict::cache_timeout);
        } else if (answer->answer != CacheAnswer::hit) {
            secure_.endpoint().provide_no_session(verdict_of(answer->answer));
        } else {
            secure_.endpoint().provide_session(std::move(answer->value));
        }
        secure_.pump();
    }

    void note_row() {
        history::Attempt& row = open().row;
        row.server_compute = secure_.usage().compute;
        row.server_queueing = secure_.usage().queueing;
        open().server_ahead = server_.clock_.read(server_.surroundings_.simulation.now()).ahead();
        // The server alone knows why a ticket was not honoured.
        const tls::Facts& facts = secure_.endpoint().facts();
        if (facts.version == 0) return;
        if (row.offered && !facts.resumed) row.not_resumed = reason_of(facts, open());
        note_early_data(facts, row);
    }

    void answered(const tls::Answer& answer) noexcept override {
        tls::Facts decided;
        decided.ticket = answer.verdict;
        decided.version = answer.version;
        decided.cipher_suite = answer.cipher_suite;
        const history::NotResumed why_not = reason_of(decided, open());
        if (server_.trail_ != nullptr) server_.trail_->answered(open().row, answer, why_not);
        if (Page* const diary = page()) diary->answered(open().row.offered, answer, why_not);
    }

    void issued(const tls::TicketName& name, bool renewal) noexcept override {
        if (server_.trail_ != nullptr) server_.trail_->issued(open().row, name, renewal);
        if (Page* const diary = page()) diary->issued(name, renewal);
    }

    void answer() {
        ByteQueue& received = secure_.endpoint().received();
        if (!request_) request_ = parse_request(received.front());
        if (request_ && !answering_ && received.size() >= request_->request_bytes) take_request();
        send_response();
    }

    /// RFC 8470 section 3: what comes before the handshake is complete may be a copy.
    void take_request() {
        const bool early = secure_.endpoint().facts().state == tls::State::handshaking;
        if (early && server_.fleet_.early_requests == EarlyRequests::wait) return;
        secure_.endpoint().received().consume(request_->request_bytes);
        if (early && server_.fleet_.early_requests == EarlyRequests::too_early) {
            open().row.no_early_data = history::NoEarlyData::too_early;
            open().row.decided_by = history::DecidedBy::server_model;
            if (server_.trail_ != nullptr) server_.trail_->too_early(open().row);
            if (Page* const diary = page()) diary->note("answers_too_early");
            secure_.endpoint().write(too_early_response());
            request_.reset();
            return;
        }
        ++open().row.executions;
        if (early) ++open().row.early_executions;
        if (auto* const requests = server_.surroundings_.records.requests) {
            note_taken_up(*requests, open(), early, server_.surroundings_.simulation.now());
        }
        answering_ = true;
        if (Page* const diary = page()) {
            diary->note("takes_request",
                        {{"bytes", std::int64_t{request_->request_bytes}}, {"early", early}});
        }
        response_left_ = request_->response_bytes;
    }

    void send_response() {
        std::size_t waiting = secure_.backlog();
        while (response_left_ > 0 && waiting < backlog_limit) {
            const auto piece = response_piece(response_left_);
            secure_.endpoint().write(piece);
            response_left_ -= piece.size();
            waiting += piece.size();
        }
    }

    Server& server_;
    Where process_;
    AttemptLedger::Id row_;
    SecureStream secure_;
    net::Alarm idle_;
    Instant idle_until_ = run_start;
    std::optional<Request> request_;
    bool answering_ = false;
    bool closing_ = false;
    bool in_handshake_ = true;
    std::size_t response_left_ = 0;
    std::unique_ptr<CacheClient::Lookup> lookup_;  ///< The handshake waits for it.
    Instant asked_at_ = run_start;
};

Server::Server(const Surroundings& surroundings, const Fleet& fleet,
               std::unique_ptr<tls::ServerContext> context, const WallClock& clock,
               net::MachineId machine, const net::FastOpenKey& fast_open,
               std::unique_ptr<net::Backlog> backlog)
    : surroundings_(surroundings),
      fleet_(fleet),
      clock_(clock),
      machine_(machine),
      fast_open_(fast_open),
      cores_(surroundings.simulation, fleet.device.cores,
             fleet.admission ? fleet.admission->order : QueueOrder::fifo),
      backlog_(std::move(backlog)) {
    RESHAKE_CHECK(fleet.admission.has_value() == (backlog_ != nullptr));
    processes_.emplace_back().context = std::move(context);
    listen();
}

Server::~Server() = default;

void Server::audit(AuditTrail& trail) {
    trail_ = &trail;
    context().tell(trail);
}

void Server::listen() {
    net::ListenOptions options{.nodelay = fleet_.tcp_nodelay, .backlog = backlog_.get()};
    if (fleet_.tcp_fast_open) options.fast_open = fast_open_;
    surroundings_.network.listen(machine_, https_port, *this, options);
}

void Server::take_down() {
    if (down_++ > 0) return;
    surroundings_.network.stop_listening(machine_, https_port);
    for (Process& process : processes_) {
        for (Connection& connection : process.connections) connection.die();
    }
    processes_.erase(processes_.begin(), std::prev(processes_.end()));
    processes_.back().connections.clear();  // A stream that is destroyed while open sends a RST.
    for (; !accept_queue_.empty(); accept_queue_.pop_front()) backlog_->accepted();
}

void Server::bring_up() {
    RESHAKE_CHECK(down_ > 0);
    if (--down_ == 0) listen();
}

void Server::crash() {
    if (off_++ == 0) surroundings_.network.power_off(machine_);
    take_down();
}

void Server::boot() {
    RESHAKE_CHECK(off_ > 0);
    if (--off_ == 0) surroundings_.network.power_on(machine_);
    bring_up();
}

void Server::thaw() {
    cores_.resume();
    room_made();
}

void Server::succeed(std::unique_ptr<tls::ServerContext> context) {
    const auto former = std::prev(processes_.end());
    processes_.emplace_back().context = std::move(context);
    if (trail_ != nullptr) this->context().tell(*trail_);
    drop_if_done(former);
    room_made();
}

void Server::tell_removed(tls::ServerContext& context) {
    if (cache_ == nullptr) return;
    for (std::string& key : context.take_removed_sessions()) cache_->remove(std::move(key));
}

void Server::drop_if_done(Where process) {
    if (std::next(process) != processes_.end() && process->connections.empty()) {
        processes_.erase(process);
    }
}

void Server::on_accept(std::unique_ptr<net::Stream> stream) {
    // Its client has given up meanwhile, and its row is written. The stream ends with a RST, as it
    // would with the client's answer to the SYN-ACK; so it does where the process has just died.
    if (down_ > 0 || !surroundings_.ledger.knows(stream->connection())) {
        if (backlog_) backlog_->accepted();
        return;
    }
    const AttemptLedger::Id row = surroundings_.ledger.join(stream->connection());
    const Instant now = surroundings_.simulation.now();
    if (backlog_ && (!accept_queue_.empty() || !has_room())) {
        accept_queue_.emplace_back(std::move(stream), surroundings_.ledger, row, now);
        return;
    }
    begin(std::move(stream), row, now, std::nullopt);
}

void Server::begin(std::unique_ptr<net::Stream> stream, AttemptLedger::Id row, Instant arrived,
                   std::optional<net::StreamEnd> ended) {
    const auto process = std::prev(processes_.end());
    Connection& connection =
        process->connections.emplace_back(*this, process, std::move(stream), row);
    connection.self = std::prev(process->connections.end());
    if (!backlog_) return;
    backlog_->accepted();
    connection.admit(*fleet_.admission, arrived, ended);
}

/// Of the process that accepts; a former one finishes what it has. One that stands still takes
/// nobody.
bool Server::has_room() const {
    if (cores_.paused()) return false;
    const Process& process = processes_.back();
    const auto& [connections, handshakes] =
        std::pair(fleet_.admission->max_connections, fleet_.admission->max_handshakes);
    if (connections && process.connections.size() >= *connections) return false;
    return !handshakes || process.handshakes < *handshakes;
}

/// The process looks into the accept queue when it has done with what it is at.
void Server::room_made() {
    if (accept_queue_.empty() || accepting_) return;
    accepting_ = true;
    surroundings_.simulation.at(surroundings_.simulation.now(), [this] { accept_waiting(); });
}

void Server::accept_waiting() {
    accepting_ = false;
    while (!accept_queue_.empty() && has_room()) {
        accept_queue_.front().leave(*this);
        accept_queue_.pop_front();
    }
}

}  // namespace reshake::host
