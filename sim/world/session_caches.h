// The session caches of a fleet: their machines, and every server's way to the one that it asks.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>

#include "models/fleet.h"
#include "models/lane.h"
#include "sim/base/random.h"
#include "sim/chaos/operator.h"
#include "sim/chaos/places.h"
#include "sim/host/cache_client.h"
#include "sim/host/cache_server.h"
#include "sim/host/server.h"
#include "sim/net/network.h"
#include "sim/tls/context.h"

namespace reshake::world {

class SessionCaches {
public:
    /// Builds none for a fleet without. All must outlive this, and this the servers. `random` is
    /// that of the fleet's caches.
    SessionCaches(const host::CacheSurroundings& surroundings, const Fleet& fleet,
                  chaos::Places& places, Random random);
    SessionCaches(const SessionCaches&) = delete;
    SessionCaches& operator=(const SessionCaches&) = delete;

    /// From now on every replica writes down what it decides.
    void audit(history::History& history);
    /// Says to a process that begins where its sessions are to be kept.
    void prepare(tls::ServerContext& context) const;
    /// Shows a server, which stands on `machine`, the way to its cache.
    void connect(host::Server& server, chaos::ServerIndex index, net::MachineId machine);

    void forget(chaos::CacheIndex cache) { at(cache).forget(); }
    void take_down(chaos::CacheIndex cache) { at(cache).take_down(); }
    void bring_up(chaos::CacheIndex cache, Fate memory);

private:
    struct Lanes {
        Lane up;
        Lane down;
    };

    void build(std::int32_t site, chaos::Places& places);
    [[nodiscard]] host::CacheServer& at(chaos::CacheIndex cache);

    host::CacheSurroundings surroundings_;
    const Fleet& fleet_;
    const Random random_;
    Access link_;
    std::list<Lanes> lanes_;
    std::list<host::CacheTrail> trails_;
    std::list<host::CacheServer> servers_;
    std::map<std::pair<std::int32_t, std::uint32_t>, host::CacheServer*> by_index_;
    std::map<std::int32_t, std::vector<net::DatagramAddress>> replicas_;  ///< Of each site's cache.
    std::list<host::CacheClient> clients_;
};

}  // namespace reshake::world
