#include "sim/host/server.h"

#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "sim/base/check.h"
#include "sim/host/early_data.h"
#include "sim/host/exchange.h"
#include "sim/host/secure_stream.h"

namespace reshake::host {
namespace {

/// Response bytes that may wait for TCP before the server stops producing more.
constexpr std::size_t backlog_limit = 64 * 1024;

/// Whether it would have been so had the clocks of both servers been right. Of a session in memory
/// it is not known.
bool in_truth_expired(const tls::Facts& facts, const OpenAttempt& attempt) noexcept {
    return facts.outlived == Duration::zero() ||
           facts.outlived > attempt.server_ahead - attempt.ticket_issuer_ahead;
}

history::NotResumed reason_of(const tls::Facts& facts, const OpenAttempt& attempt) noexcept {
    using history::NotResumed;
    switch (facts.ticket) {
        case tls::TicketVerdict::key_retired:
            return NotResumed::key_retired;
        case tls::TicketVerdict::unknown_key:
            return NotResumed::unknown_key;
        case tls::TicketVerdict::expired:
            return in_truth_expired(facts, attempt) ? NotResumed::expired_at_server
                                                    : NotResumed::clock_skew;
        case tls::TicketVerdict::other_context:
            return NotResumed::other_context;
        case tls::TicketVerdict::chain_too_old:
            return NotResumed::chain_too_old;
        case tls::TicketVerdict::spent:
            return NotResumed::spent;
        case tls::TicketVerdict::evicted:
            return NotResumed::evicted;
        case tls::TicketVerdict::unclean_close:
            return NotResumed::unclean_close;
        case tls::TicketVerdict::cache_timeout:
            return NotResumed::cache_timeout;
        case tls::TicketVerdict::expired_in_cache:
            return NotResumed::expired_in_cache;
        case tls::TicketVerdict::policy_changed:
            return NotResumed::policy_changed;
        case tls::TicketVerdict::not_cached:
        case tls::TicketVerdict::none_offered:
        case tls::TicketVerdict::accepted:
        case tls::TicketVerdict::refused:
            break;
    }
    // What speaks against a ticket before anybody looks whether it opens, or although it does.
    if (facts.version != attempt.ticket_version) return NotResumed::version_changed;
    if (facts.ticket == tls::TicketVerdict::not_cached) return NotResumed::not_cached;
    if (facts.cipher_suite != attempt.ticket_cipher_suite) return NotResumed::cipher_changed;
    // Of a session in the server's memory nobody tells its context.
    return attempt.row.ticket_tenant != attempt.row.tenant ? NotResumed::other_context
                                                           : NotResumed::refused;
}

tls::TicketVerdict verdict_of(CacheAnswer answer) noexcept {
    switch (answer) {
        case CacheAnswer::evicted:
            return tls::TicketVerdict::evicted;
        case CacheAnswer::expired:
            return tls::TicketVerdict::expired_in_cache;
        case CacheAnswer::taken:
            return tls::TicketVerdict::spent;
        case CacheAnswer::removed:
            return tls::TicketVerdict::unclean_close;
        case CacheAnswer::hit:
        case CacheAnswer::not_cached:
            break;
    }
    return tls::TicketVerdict::not_cached;
}

void note_early_data(const tls::Facts& facts, history::Attempt& row) noexcept {
    using history::NoEarlyData;
    if (row.early_bytes == 0 || row.no_early_data == NoEarlyData::too_early) return;
    row.no_early_data = why_not_early(facts.early_data_verdict);
    row.decided_by = row.no_early_data == NoEarlyData::replayed ? history::DecidedBy::server_model
                                                                : history::DecidedBy::openssl;
}

}  // namespace

/// One accepted connection, from TCP's handshake to its end.
class Server::Connection final : public SecureStreamOwner, private tls::ConnectionWitness {
public:
    Connection(Server& server, Where process, std::unique_ptr<net::Stream> stream)
        : server_(server),
          process_(process),
          row_(server.surroundings_.ledger.join(stream->connection())),
          secure_(std::move(stream),
                  tls::Endpoint::server(*process->context, server.surroundings_.simulation.now(),
                                        open().random.stream("server"), server.fleet_.device),
                  server.cores_, server.surroundings_.wire, *this),
          idle_(server.surroundings_.simulation, [this] { on_idle_alarm(); }) {
        if (server_.trail_ != nullptr) secure_.endpoint().tell(*this);
        stir();
        idle_.set(idle_until_);
    }
    ~Connection() override { server_.surroundings_.ledger.release(row_); }

    /// Where its process keeps this connection.
    std::list<Connection>::iterator self{};

private:
    OpenAttempt& open() { return server_.surroundings_.ledger.at(row_); }

    void stir() {
        idle_until_ = server_.surroundings_.simulation.now() + server_.fleet_.idle_timeout;
    }

    // The alarm is not moved with every packet: when it rings it looks whether there was life.
    void on_idle_alarm() {
        if (idle_until_ > server_.surroundings_.simulation.now()) {
            idle_.set(idle_until_);
        } else {
            forget();
        }
    }

    void forget() {
        Server& server = server_;
        const Where process = process_;
        process->connections.erase(self);
        server.tell_removed(*process->context);
        server.drop_if_done(process);
    }

    void on_progress() override {
        stir();
        note_row();
        if (server_.cache_ != nullptr) use_cache(*server_.cache_);
        answer();
        const tls::State state = secure_.endpoint().facts().state;
        if (state == tls::State::closed && !closing_) {
            closing_ = true;
            secure_.endpoint().close();
        }
        const bool over = state == tls::State::closed || state == tls::State::failed;
        if (over && !secure_.endpoint().has_work() && (secure_.drained() || secure_.cut_off())) {
            secure_.finish();
            forget();
            return;
        }
        secure_.pump();
    }

    void on_room() override { on_progress(); }

    void use_cache(CacheClient& cache) {
        server_.tell_removed(*process_->context);
        for (tls::SessionEntry& made : secure_.endpoint().take_sessions()) {
            cache.store(std::move(made.key), std::move(made.value), made.lifetime);
        }
        const tls::SessionInquiry* const wanted = secure_.endpoint().awaited_session();
        if (wanted == nullptr || lookup_) return;
        asked_at_ = server_.surroundings_.simulation.now();
        lookup_ = cache.look_up(wanted->key, wanted->take, [this](CacheClient::Answer answer) {
            on_cache_answer(std::move(answer));
        });
    }

    void on_cache_answer(CacheClient::Answer answer) {
        stir();
        lookup_.reset();
        open().row.session_lookup = server_.surroundings_.simulation.now() - asked_at_;
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
        server_.trail_->answered(open().row, answer, reason_of(decided, open()));
    }

    void issued(const tls::TicketName& name, bool renewal) noexcept override {
        server_.trail_->issued(open().row, name, renewal);
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
            secure_.endpoint().write(too_early_response());
            request_.reset();
            return;
        }
        answering_ = true;
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
    std::size_t response_left_ = 0;
    std::unique_ptr<CacheClient::Lookup> lookup_;  ///< The handshake waits for it.
    Instant asked_at_ = run_start;
};

Server::Server(const Surroundings& surroundings, const Fleet& fleet,
               std::unique_ptr<tls::ServerContext> context, const WallClock& clock,
               net::MachineId machine, const net::FastOpenKey& fast_open)
    : surroundings_(surroundings),
      fleet_(fleet),
      clock_(clock),
      machine_(machine),
      fast_open_(fast_open),
      cores_(surroundings.simulation, fleet.device.cores) {
    processes_.emplace_back().context = std::move(context);
    listen();
}

Server::~Server() = default;

void Server::audit(AuditTrail& trail) {
    trail_ = &trail;
    context().tell(trail);
}

void Server::listen() {
    net::ListenOptions options{.nodelay = fleet_.tcp_nodelay};
    if (fleet_.tcp_fast_open) options.fast_open = fast_open_;
    surroundings_.network.listen(machine_, https_port, *this, options);
}

void Server::take_down() {
    if (down_++ > 0) return;
    surroundings_.network.stop_listening(machine_, https_port);
    processes_.erase(processes_.begin(), std::prev(processes_.end()));
    processes_.back().connections.clear();  // A stream that is destroyed while open sends a RST.
}

void Server::bring_up() {
    RESHAKE_CHECK(down_ > 0);
    if (--down_ == 0) listen();
}

void Server::succeed(std::unique_ptr<tls::ServerContext> context) {
    const auto former = std::prev(processes_.end());
    processes_.emplace_back().context = std::move(context);
    if (trail_ != nullptr) this->context().tell(*trail_);
    drop_if_done(former);
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
    if (down_ > 0 || !surroundings_.ledger.knows(stream->connection())) return;
    const auto process = std::prev(processes_.end());
    process->connections.emplace_back(*this, process, std::move(stream));
    process->connections.back().self = std::prev(process->connections.end());
}

}  // namespace reshake::host
