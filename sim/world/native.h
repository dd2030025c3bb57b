// Both ends of a scenario's exchanges, for whoever moves real bytes between them in real time.
//
// Certificates, ticket keys, settings, tickets and the random streams of every visit are those of
// `run`: with the same seed the same client and visit make the same handshake, and only time
// differs. Ends do no I/O and know no clock: bytes and `now` are handed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "models/scenario.h"
#include "models/ticket_store.h"
#include "sim/base/byte_queue.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/tls/context.h"
#include "sim/tls/endpoint.h"
#include "sim/tls/library.h"
#include "sim/world/fleet_keys.h"
#include "sim/world/origins.h"

namespace reshake::world {

/// One side of one exchange: a request, its response, an orderly close.
class NativeEnd {
public:
    // The words of those who drive an end without knowing the room of TLS.
    using Facts = tls::Facts;
    using State = tls::State;

    virtual ~NativeEnd() = default;
    NativeEnd(const NativeEnd&) = delete;
    NativeEnd& operator=(const NativeEnd&) = delete;

    /// Bytes from the peer, for the next step to read.
    void feed(std::span<const std::byte> bytes) { endpoint_->input().append(bytes); }
    /// The peer will send no more.
    void end_input() noexcept { endpoint_->end_input(); }

    /// Whether a step would do something.
    [[nodiscard]] bool has_work() const noexcept { return endpoint_->has_work(); }
    /// Lets OpenSSL do all it can at `now`, then says what follows from it: what is said takes
    /// another step.
    void step(Instant now);
    /// Bytes for the peer. The caller consumes them.
    [[nodiscard]] ByteQueue& output() noexcept { return endpoint_->output(); }

    [[nodiscard]] const Facts& facts() const noexcept { return endpoint_->facts(); }

protected:
    explicit NativeEnd(std::unique_ptr<tls::Endpoint> endpoint) noexcept;
    [[nodiscard]] tls::Endpoint& endpoint() noexcept { return *endpoint_; }

private:
    virtual void act() = 0;

    std::unique_ptr<tls::Endpoint> endpoint_;
};

class NativeClient final : public NativeEnd {
public:
    /// `clients` and `tickets` must outlive the end; tickets that arrive go there. It says what
    /// host::Visit says between TCP's connect and its close.
    NativeClient(const Clients& clients, TicketStore& tickets, bool offered,
                 std::unique_ptr<tls::Endpoint> endpoint) noexcept;

    [[nodiscard]] bool offered() const noexcept { return offered_; }
    [[nodiscard]] std::uint32_t tickets_received() const noexcept { return tickets_received_; }
    /// Bytes of the response so far.
    [[nodiscard]] std::size_t response_received() const noexcept { return response_received_; }
    /// The response is complete; a close_notify follows.
    [[nodiscard]] bool complete() const noexcept { return complete_; }

private:
    void act() override;

    const Clients& clients_;
    TicketStore& tickets_;
    bool offered_;
    std::uint32_t tickets_received_ = 0;
    std::size_t request_sent_ = 0;
    std::size_t response_received_ = 0;
    bool complete_ = false;
};

class NativeServer final : public NativeEnd {
public:
    explicit NativeServer(std::unique_ptr<tls::Endpoint> endpoint) noexcept;

private:
    void act() override;

    std::size_t request_left_ = 0;
    std::size_t response_left_ = 0;
    bool request_known_ = false;
    bool closing_ = false;
};

/// The first fleet of a scenario, one of its servers, and the clients of the first population.
class NativeFleet {
public:
    /// `scenario` must be free of errors (`validate`).
    NativeFleet(Scenario scenario, std::uint64_t seed);
    NativeFleet(const NativeFleet&) = delete;
    NativeFleet& operator=(const NativeFleet&) = delete;

    /// The ends of visit `visit` of `client`, on its first try, at `now`. A client's visits must
    /// come in order: it offers the newest ticket that it has. The fleet must outlive its ends.
    [[nodiscard]] std::unique_ptr<NativeClient> client(std::uint32_t client, std::uint32_t visit,
                                                       Instant now);
    [[nodiscard]] std::unique_ptr<NativeServer> server(std::uint32_t client, std::uint32_t visit,
                                                       Instant now);

private:
    [[nodiscard]] Random attempt(std::uint32_t client, std::uint32_t visit) const;

    const Scenario scenario_;
    const Random root_;
    const tls::Library library_;
    const ExternalPsks psks_;
    Origins origins_;
    const Clocks clocks_;
    const FleetKeys keys_;
    const std::unique_ptr<tls::ServerContext> server_;
    tls::ClientContext context_;
    std::map<std::uint32_t, TicketStore> tickets_;  ///< By client.
};

}  // namespace reshake::world
