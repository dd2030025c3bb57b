#include "sim/host/secure_stream.h"

#include <utility>

namespace reshake::host {

SecureStream::SecureStream(std::unique_ptr<net::Stream> stream,
                           std::unique_ptr<tls::Endpoint> endpoint, ComputeQueue& cores,
                           Digest& wire, SecureStreamOwner& owner)
    : stream_(std::move(stream)),
      endpoint_(std::move(endpoint)),
      cores_(cores),
      wire_(wire),
      owner_(owner) {
    stream_->listen_to(*this);
}

SecureStream::~SecureStream() { cores_.withdraw(*this); }

void SecureStream::keep_diary(Page& page) noexcept {
    page_ = &page;
    endpoint_->watch(page);
}

void SecureStream::start() {
    asked_at_ = cores_.now();
    cores_.submit(*this);
}

void SecureStream::pump() {
    if (!ComputeQueue::holds(*this) && endpoint_->has_work()) start();
}

void SecureStream::on_connected() { owner_.on_connected(); }

void SecureStream::on_readable() {
    const std::size_t size = stream_->receive(endpoint_->input());
    usage_.bytes_received += size;
    if (size > 0 && turn_ != Turn::theirs) {
        turn_ = Turn::theirs;
        ++usage_.flights_received;
    }
    pump();
}

void SecureStream::catch_up(std::optional<net::StreamEnd> end) {
    on_readable();
    if (end) on_end(*end);
}

void SecureStream::on_end(net::StreamEnd end) {
    ended_ = end;
    endpoint_->end_input();
    pump();
}

void SecureStream::on_writable() {
    flush();
    if (drained()) owner_.on_room();
}

Refusal SecureStream::refusal(Instant now) const noexcept {
    if (terms_.unless_closed && ended_) return Refusal::departed;
    return now > terms_.begin_by ? Refusal::too_late : Refusal::none;
}

Duration SecureStream::serve(Instant now) {
    const Duration waited = now - asked_at_;
    usage_.queueing += waited;
    if (!begun_) {
        refused_ = refusal(now);
        if (refused_ != Refusal::none) {
            const tls::Cost refusing{.total = terms_.refusal_cost};
            if (work_) work_->begun(history::WorkPhase::refusal, asked_at_, now, refusing);
            return refusing.total;
        }
        begun_ = true;
    }
    using history::WorkPhase;
    const bool shaking_hands = endpoint_->facts().state == tls::State::handshaking;
    const tls::Cost cost = endpoint_->step(now);
    if (work_) {
        work_->begun(shaking_hands ? WorkPhase::handshake : WorkPhase::data, asked_at_, now, cost);
    }
    if (page_ != nullptr) page_->stepped(waited, cost);
    usage_.compute += cost.total;
    usage_.verification += cost.verification;
    const tls::Facts& facts = endpoint_->facts();
    if (facts.server_hello_received && !milestones_.server_hello_received) {
        milestones_.server_hello_received = now;
    }
    if (facts.server_finished_received && !milestones_.server_finished_received) {
        milestones_.server_finished_received = now;
    }
    return cost.total;
}

void SecureStream::paid(Instant now) {
    if (work_) work_->paid(now);
    if (refused_ != Refusal::none) {
        owner_.on_refused(refused_);
        return;
    }
    if (page_ != nullptr) page_->paid();
    const tls::Facts& facts = endpoint_->facts();
    if (facts.client_hello_sent && !milestones_.client_hello_sent) {
        milestones_.client_hello_sent = now;
    }
    if (facts.finished_sent && !milestones_.finished_sent) milestones_.finished_sent = now;
    flush();
    owner_.on_progress();
}

void SecureStream::flush() {
    ByteQueue& output = endpoint_->output();
    while (!output.empty()) {
        const auto bytes = output.front();
        const std::size_t taken = stream_->send(bytes);
        if (taken == 0) return;
        wire_.add(bytes.first(taken));
        if (turn_ != Turn::ours) {
            turn_ = Turn::ours;
            ++usage_.flights_sent;
        }
        usage_.bytes_sent += taken;
        output.consume(taken);
    }
}

bool SecureStream::drained() const noexcept { return endpoint_->output().empty(); }

std::size_t SecureStream::backlog() const noexcept { return endpoint_->output().size(); }

void SecureStream::finish() { stream_->finish(); }

}  // namespace reshake::host
