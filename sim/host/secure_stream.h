// A TLS endpoint on a TCP stream, its CPU time paid on the machine's cores.
//
// What TCP delivers waits until a core is free; OpenSSL runs when service starts; what it produced
// leaves when its cost is paid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "sim/base/digest.h"
#include "sim/base/time.h"
#include "sim/host/compute_queue.h"
#include "sim/host/diary.h"
#include "sim/host/records.h"
#include "sim/net/simulation.h"
#include "sim/net/stream.h"
#include "sim/tls/endpoint.h"

namespace reshake::host {

/// Why nothing was begun.
enum class Refusal { none, too_late, departed };

/// On which a first step is taken once a core is free for it.
struct Terms {
    Instant begin_by = never;
    bool unless_closed = false;  ///< By the peer.
    Duration refusal_cost{};     ///< CPU time of looking, and of closing.
};

/// Who owns a SecureStream. May destroy it inside either call.
class SecureStreamOwner {
public:
    virtual ~SecureStreamOwner() = default;
    /// TCP has connected; only where the stream was not connected from the start (Fast Open).
    virtual void on_connected() {}
    /// The endpoint has taken a step and its output has left.
    virtual void on_progress() = 0;
    /// Room to send has become available after the stream had been full.
    virtual void on_room() = 0;
    /// The first step was not taken, by the terms that the stream was given.
    virtual void on_refused(Refusal) {}
};

/// What a connection's TLS has cost and moved so far.
struct Usage {
    Duration compute{};
    Duration verification{};  ///< Of `compute`.
    Duration queueing{};
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint32_t flights_sent = 0;  ///< Turns in which this side spoke.
    std::uint32_t flights_received = 0;
};

/// When the messages of the handshake were received (the step that read them began) and sent (the
/// step that wrote them was paid).
struct Milestones {
    std::optional<Instant> client_hello_sent;
    std::optional<Instant> server_hello_received;
    std::optional<Instant> server_finished_received;
    std::optional<Instant> finished_sent;
};

class SecureStream final : public net::StreamEvents, private Job {
public:
    /// `cores`, `wire` and `owner` must outlive the stream.
    SecureStream(std::unique_ptr<net::Stream> stream, std::unique_ptr<tls::Endpoint> endpoint,
                 ComputeQueue& cores, Digest& wire, SecureStreamOwner& owner);
    ~SecureStream() override;
    SecureStream(const SecureStream&) = delete;
    SecureStream& operator=(const SecureStream&) = delete;

    /// Before the first step: what it does is written there, too. `page` must outlive the stream.
    void keep_diary(Page& page) noexcept;
    /// Before the first step: its work is written there.
    void record(const WorkLog& log) { work_ = std::make_unique<WorkLog>(log); }

    /// Asks for a step if there is anything to do; otherwise nothing happens.
    void pump();
    /// Asks for the step that begins a handshake.
    void start();
    /// Before the first step.
    void set_terms(const Terms& terms) noexcept { terms_ = terms; }
    /// Reads what came while nobody listened to the stream, and hears of its end.
    void catch_up(std::optional<net::StreamEnd> end);

    [[nodiscard]] tls::Endpoint& endpoint() noexcept { return *endpoint_; }
    [[nodiscard]] const Usage& usage() const noexcept { return usage_; }
    [[nodiscard]] net::FastOpenReport fast_open() const { return stream_->fast_open(); }
    [[nodiscard]] const Milestones& milestones() const noexcept { return milestones_; }

    /// Whether TCP is gone in both directions, so that nothing can be sent any more.
    [[nodiscard]] bool cut_off() const noexcept {
        return ended_ == net::StreamEnd::reset || ended_ == net::StreamEnd::timeout;
    }
    /// Of the two, that TCP gave up on an answer.
    [[nodiscard]] bool gave_up() const noexcept { return ended_ == net::StreamEnd::timeout; }
    /// Whether everything the endpoint produced has been given to TCP.
    [[nodiscard]] bool drained() const noexcept;
    /// Bytes that TCP has not taken yet.
    [[nodiscard]] std::size_t backlog() const noexcept;

    /// FIN after what has been given to TCP.
    void finish();

private:
    void on_connected() override;
    void on_readable() override;
    void on_writable() override;
    void on_end(net::StreamEnd end) override;
    [[nodiscard]] Refusal refusal(Instant now) const noexcept;
    Duration serve(Instant now) override;
    void paid(Instant now) override;
    void flush();

    std::unique_ptr<net::Stream> stream_;
    std::unique_ptr<tls::Endpoint> endpoint_;
    ComputeQueue& cores_;
    Digest& wire_;
    SecureStreamOwner& owner_;
    Page* page_ = nullptr;
    std::unique_ptr<WorkLog> work_;  ///< Null: nobody asks.
    Usage usage_;
    Milestones milestones_;
    std::optional<net::StreamEnd> ended_;
    Instant asked_at_ = run_start;
    Terms terms_;
    bool begun_ = false;
    Refusal refused_ = Refusal::none;
    enum class Turn { none, ours, theirs };
    Turn turn_ = Turn::none;
};

}  // namespace reshake::host
