// Servers, caches and what they hold, as faults and deploys handle them.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "models/fleet.h"
#include "sim/chaos/operator.h"
#include "sim/history/history.h"
#include "sim/host/audit_trail.h"
#include "sim/host/balancer.h"
#include "sim/host/server.h"
#include "sim/net/fast_open.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/world/clocks.h"
#include "sim/world/fleet_keys.h"
#include "sim/world/key_service.h"
#include "sim/world/session_caches.h"

namespace reshake::world {

class Operations final : public chaos::Operator {
public:
    /// All must outlive this.
    Operations(const host::Surroundings& surroundings, const Fleet& fleet, FleetKeys& keys,
               Clocks& clocks, SessionCaches& caches, host::Balancer& balancer)
        : surroundings_(surroundings),
          fleet_(fleet),
          keys_(keys),
          clocks_(clocks),
          caches_(caches),
          balancer_(balancer) {}
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    /// From now on, each server that is added writes what it decides.
    void audit(history::History& history) noexcept { audited_ = &history; }

    /// The next server, site by site. `site` is the place that its balancer stands at.
    void add(chaos::ServerIndex server, net::PlaceId site, const net::Network::Server& machine,
             const net::FastOpenKey& fast_open);
    /// Hands out the keys; must outlive this.
    void use(KeyService& service) noexcept { service_ = &service; }

private:
    /// A server and what its balancer's probes know of it.
    struct Post {
        chaos::ServerIndex index;
        host::Server* server = nullptr;
        host::AuditTrail* trail = nullptr;  ///< Null: nobody asks.
        net::PlaceId site{};
        net::PlaceId place{};
        ProbeAnswer answer = ProbeAnswer::accepted;
    };

    void take_down(chaos::ServerIndex server) override;
    void bring_up(chaos::ServerIndex server) override;
    void succeed(chaos::ServerIndex server, const chaos::Succession& succession) override;
    void drain(chaos::ServerIndex server) override;
    void refill(chaos::ServerIndex server) override;
    void ways_changed() override;
    void take_down_coordinator() override;
    void bring_up_coordinator(const chaos::Succession& succession) override;
    void put_off(const ClockSkew& fault, std::uint32_t index) override;
    void set_right(const ClockSkew& fault, std::uint32_t index) override;
    void clocks_changed();

    void take_down(chaos::CacheIndex cache) override { caches_.take_down(cache); }
    void bring_up(chaos::CacheIndex cache, Fate memory) override {
        caches_.bring_up(cache, memory);
    }

    /// For a process that begins on that server.
    [[nodiscard]] std::unique_ptr<tls::ServerContext> fresh_context(
        chaos::ServerIndex server) const;
    [[nodiscard]] Post& at(chaos::ServerIndex server);
    void tell_balancer(Post& post);

    host::Surroundings surroundings_;
    const Fleet& fleet_;
    FleetKeys& keys_;
    Clocks& clocks_;
    SessionCaches& caches_;
    host::Balancer& balancer_;
    KeyService* service_ = nullptr;        ///< Null: no coordinator.
    history::History* audited_ = nullptr;  ///< Null: nobody asks.
    std::list<host::AuditTrail> trails_;
    std::list<host::Server> servers_;  ///< A list: the network keeps references.
    std::vector<Post> posts_;
};

}  // namespace reshake::world
