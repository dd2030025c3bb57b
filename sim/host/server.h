// A server: accepts connections, answers each request, closes when the client has closed.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "models/fleet.h"
#include "sim/base/digest.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/compute_queue.h"
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
};

class Server final : public net::Acceptor {
public:
    /// `fleet` and `context` must outlive the server.
    /// `fast_open` is its kernel's, should the fleet use Fast Open.
    Server(const Surroundings& surroundings, const Fleet& fleet, tls::ServerContext& context,
           net::MachineId machine, const net::FastOpenKey& fast_open);
    ~Server() override;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

private:
    class Connection;

    void on_accept(std::unique_ptr<net::Stream> stream) override;

    Surroundings surroundings_;
    const Fleet& fleet_;
    tls::ServerContext& context_;
    ComputeQueue cores_;
    std::list<Connection> connections_;
};

}  // namespace reshake::host
