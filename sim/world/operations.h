// Servers, caches and what they hold, as faults and deploys handle them.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "models/fleet.h"
#include "models/revocations.h"
#include "models/scenario.h"
#include "sim/chaos/operator.h"
#include "sim/history/history.h"
#include "sim/host/audit_trail.h"
#include "sim/host/balancer.h"
#include "sim/host/overload_log.h"
#include "sim/host/server.h"
#include "sim/net/fast_open.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/world/clocks.h"
#include "sim/world/fleet_keys.h"
#include "sim/world/key_service.h"
#include "sim/world/origins.h"
#include "sim/world/session_caches.h"

namespace reshake::world {

class Operations final : public chaos::Operator {
public:
    /// All must outlive this.
    Operations(const host::Surroundings& surroundings, const Scenario& scenario, Origins& origins,
               FleetKeys& keys, Clocks& clocks, SessionCaches& caches, host::Balancer& balancer,
               history::Table<history::Overload>& overload)
        : surroundings_(surroundings),
          scenario_(scenario),
          fleet_(scenario.fleets.front()),
          revocations_(fleet_.sites.size() * fleet_.servers_per_site),
          origins_(origins),
          keys_(keys),
          clocks_(clocks),
          caches_(caches),
          balancer_(balancer),
          overload_(overload) {}
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    /// From now on, each server that is added writes what it decides.
    void audit(history::History& history) noexcept { audited_ = &history; }

    /// The next server, site by site. `site` is the place that its balancer stands at.
    void add(chaos::ServerIndex server, net::PlaceId site, const net::Network::Server& machine,
             const net::FastOpenKey& fast_open);
    /// Hands out the keys; must outlive this.
    void use(KeyService& service);

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
    void crash(chaos::ServerIndex server) override;
    void boot(chaos::ServerIndex server, const chaos::Succession& succession) override;
    void freeze(chaos::ServerIndex server) override;
    void thaw(chaos::ServerIndex server) override;
    void burden(chaos::ServerIndex server, const Overload& fault) override;
    void relieve(chaos::ServerIndex server, const Overload& fault) override;
    void desync(chaos::ServerIndex server, const KeyDesync& fault, std::uint32_t index) override;
    void resync(chaos::ServerIndex server, const KeyDesync& fault, std::uint32_t index) override;
    void corrupt(chaos::ServerIndex server, std::uint32_t index) override;
    void mend(chaos::ServerIndex server, std::uint32_t index) override;
    void expire(chaos::ServerIndex server, const CertificateExpiry& fault,
                std::uint32_t index) override;
    void replace(chaos::ServerIndex server, const CertificateReplacement& fault,
                 std::uint32_t index) override;
    void renew(chaos::ServerIndex server, std::uint32_t index) override;
    void reinstate(chaos::ServerIndex server, std::uint32_t index) override;
    void revoke(chaos::ServerIndex server, const Revocation& fault) override;
    void flip(chaos::ServerIndex server, const PolicyFlip& fault, std::uint32_t index) override;
    void flip_back(chaos::ServerIndex server, std::uint32_t index) override;
    void roll_out(chaos::ServerIndex server, const StagedRollout& fault,
                  std::uint32_t index) override;
    void roll_back(chaos::ServerIndex server, const StagedRollout& fault,
                   std::uint32_t index) override;
    void forget(chaos::CacheIndex cache) override { caches_.forget(cache); }

    void take_down(chaos::CacheIndex cache) override { caches_.take_down(cache); }
    void bring_up(chaos::CacheIndex cache, Fate memory) override {
        caches_.bring_up(cache, memory);
    }

    /// For a process that begins on that server.
    [[nodiscard]] std::unique_ptr<tls::ServerContext> fresh_context(
        chaos::ServerIndex server) const;
    /// A new process with what FleetKeys says of the server now; its memory is empty.
    void reload(chaos::ServerIndex server);
    /// The same; `other_keys`: they have been replaced.
    void reload(chaos::ServerIndex server, bool other_keys);
    /// The process goes on with the chain that FleetKeys says now, `before` being the one it had.
    void present(chaos::ServerIndex server, const Origins::ChainSet& before);
    void use_keys(chaos::ServerIndex server);
    [[nodiscard]] std::size_t number(chaos::ServerIndex server) const noexcept {
        return server.site * fleet_.servers_per_site + server.server;
    }
    [[nodiscard]] std::unique_ptr<net::Backlog> backlog_of(chaos::ServerIndex server);
    [[nodiscard]] Post& at(chaos::ServerIndex server);
    void tell_balancer(Post& post);

    host::Surroundings surroundings_;
    const Scenario& scenario_;
    const Fleet& fleet_;
    std::vector<Revocations> revocations_;  ///< By server. Contexts keep references.
    Origins& origins_;
    FleetKeys& keys_;
    Clocks& clocks_;
    SessionCaches& caches_;
    host::Balancer& balancer_;
    history::Table<history::Overload>& overload_;
    std::list<host::OverloadLog> overload_logs_;
    KeyService* service_ = nullptr;        ///< Null: no coordinator.
    history::History* audited_ = nullptr;  ///< Null: nobody asks.
    std::list<host::AuditTrail> trails_;
    std::list<host::Server> servers_;  ///< A list: the network keeps references.
    std::vector<Post> posts_;
};

}  // namespace reshake::world
