// A server: accepts connections, answers each request, closes when the client has closed.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "models/fleet.h"
#include "models/wall_clock.h"
#include "sim/base/digest.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/audit_trail.h"
#include "sim/host/cache_client.h"
#include "sim/host/compute_queue.h"
#include "sim/host/diary.h"
#include "sim/host/records.h"
#include "sim/net/backlog.h"
#include "sim/net/fast_open.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/net/stream.h"
#include "sim/tls/context.h"

namespace reshake::host {

inline constexpr std::uint16_t https_port = 443;

/// What every server of a run shares. All of it must outlive the servers.
struct Surroundings {
    net::Simulation& simulation;
    net::Network& network;
    AttemptLedger& ledger;
    Digest& wire;
    AttemptWatcher* watcher = nullptr;  ///< Null: nobody has asked for evidence.
    Records records{};
};

/// A machine and the processes on it: one that accepts, and former ones that still have
/// connections to finish.
class Server final : public net::Acceptor {
public:
    /// `fleet` and `clock` must outlive the server, and so must the keys of every context.
    /// `fast_open` is its kernel's, should the fleet use Fast Open; `backlog` too, and there where
    /// the fleet has an Admission.
    Server(const Surroundings& surroundings, const Fleet& fleet,
           std::unique_ptr<tls::ServerContext> context, const WallClock& clock,
           net::MachineId machine, const net::FastOpenKey& fast_open,
           std::unique_ptr<net::Backlog> backlog = nullptr);
    ~Server() override;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// From now on its decisions go there, too. `trail` must outlive the server.
    void audit(AuditTrail& trail);

    /// Sessions that its contexts keep remotely are there. `cache` must outlive the server.
    void use_cache(CacheClient& cache) noexcept { cache_ = &cache; }

    /// Every process dies, open connections end with a RST, and nobody listens.
    void take_down();
    /// Takes one `take_down` back; when all are, somebody listens again.
    void bring_up();
    [[nodiscard]] bool up() const noexcept { return down_ == 0; }
    /// The same without a word to anybody: the machine is off. Adds up with `take_down`.
    void crash();
    /// Takes one `crash` back: the machine has booted.
    void boot();
    [[nodiscard]] bool off() const noexcept { return off_ > 0; }
    /// Its processes stand still, until as many `thaw`; its kernel goes on.
    void freeze() { cores_.pause(); }
    void thaw();
    /// What its processes run on.
    [[nodiscard]] ComputeQueue& cores() noexcept { return cores_; }
    /// A new process with `context` accepts from now on, or from when the server is brought up.
    void succeed(std::unique_ptr<tls::ServerContext> context);
    /// Of the process that accepts.
    [[nodiscard]] tls::ServerContext& context() noexcept { return *processes_.back().context; }

private:
    class Connection;
    class Waiting;

    struct Process {
        std::unique_ptr<tls::ServerContext> context;
        std::uint32_t handshakes = 0;       ///< Of `connections`, those that are not established.
        std::list<Connection> connections;  ///< Gone before the context is.
    };
    using Where = std::list<Process>::iterator;

    void listen();
    void on_accept(std::unique_ptr<net::Stream> stream) override;
    [[nodiscard]] bool has_room() const;
    void begin(std::unique_ptr<net::Stream> stream, AttemptLedger::Id row, Instant arrived,
               std::optional<net::StreamEnd> ended);
    void room_made();
    void accept_waiting();
    void drop_if_done(Where process);
    void tell_removed(tls::ServerContext& context);

    Surroundings surroundings_;
    const Fleet& fleet_;
    const WallClock& clock_;
    net::MachineId machine_;
    net::FastOpenKey fast_open_;
    ComputeQueue cores_;
    AuditTrail* trail_ = nullptr;  ///< None: nobody asks.
    CacheClient* cache_ = nullptr;
    std::unique_ptr<net::Backlog> backlog_;  ///< Null: no limits. Connections refer to it.
    std::list<Process> processes_;           ///< The last one accepts.
    std::uint32_t off_ = 0;                  ///< How often crashed and not booted again.
    std::uint32_t down_ = 0;                 ///< How often taken down and not brought up again.
    std::list<Waiting> accept_queue_;        ///< The oldest first.
    bool accepting_ = false;                 ///< The process is about to look into it.
};

}  // namespace reshake::host
