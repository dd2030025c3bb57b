// A replica of a session cache: a machine that answers one request after the other.
//
// Nothing here runs on a timer: an idle cache costs nothing, and entries whose time is over are
// found when somebody touches them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "models/cache_store.h"
#include "models/faults.h"
#include "models/session_cache.h"
#include "sim/history/cache_operation.h"
#include "sim/history/table.h"
#include "sim/host/cache_messages.h"
#include "sim/host/cache_trail.h"
#include "sim/net/datagram.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::host {

inline constexpr std::uint16_t cache_port = 11211;  ///< memcached's.

/// What the machines around session caches share. All of it must outlive them.
struct CacheSurroundings {
    net::Simulation& simulation;
    net::Network& network;
    history::Table<history::CacheOperation>& record;
};

class CacheServer final : public net::DatagramEvents {
public:
    /// Which cache it belongs to, and which replica of it: as in the record.
    struct Identity {
        std::int32_t cache = -1;
        std::uint16_t replica = 1;
    };

    /// `settings` must outlive the cache. `remember` is the longest that a client keeps a session.
    CacheServer(const CacheSurroundings& surroundings, const SessionCache& settings,
                Duration remember, Identity identity, net::MachineId machine);
    CacheServer(const CacheServer&) = delete;
    CacheServer& operator=(const CacheServer&) = delete;

    /// The process dies, and with it what waits. Requests are lost from now on.
    void take_down();
    /// Takes one `take_down` back; when all are, the process runs again.
    void bring_up();
    void forget();
    /// From now on its decisions go there, too. `trail` must outlive the cache.
    void audit(CacheTrail& trail);

    [[nodiscard]] const CacheStore& store() const noexcept { return store_; }

private:
    struct Waiting {
        net::DatagramAddress from;
        CacheRequest request;
    };

    void on_datagram(const net::DatagramAddress& from,
                     std::span<const std::byte> datagram) override;
    void open();
    void on_served();
    void serve(const Waiting& waiting);
    void set(const CacheRequest& request);
    void note(const CacheRequest& request, history::CacheOperationKind operation);

    CacheSurroundings surroundings_;
    const SessionCache& settings_;
    Identity identity_;
    net::MachineId machine_;
    CacheStore store_;
    CacheTrail* trail_ = nullptr;  ///< None: nobody asks.
    std::deque<Waiting> waiting_;  ///< The first is being served.
    net::Alarm served_;
    std::unique_ptr<net::DatagramPort> port_;
    std::uint32_t down_ = 0;  ///< How often taken down and not brought up again.
};

}  // namespace reshake::host
