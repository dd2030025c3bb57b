// Servers and what they hold, as faults and deploys handle them.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "models/fleet.h"
#include "sim/chaos/operator.h"
#include "sim/host/server.h"
#include "sim/net/fast_open.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/world/fleet_keys.h"

namespace reshake::world {

class Operations final : public chaos::Operator {
public:
    /// All must outlive this.
    Operations(const host::Surroundings& surroundings, const Fleet& fleet, FleetKeys& keys)
        : surroundings_(surroundings), fleet_(fleet), keys_(keys) {}
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    /// The next server, site by site.
    void add(chaos::ServerIndex server, net::MachineId machine, const net::FastOpenKey& fast_open);

private:
    void take_down(chaos::ServerIndex server) override { at(server).take_down(); }
    void bring_up(chaos::ServerIndex server) override { at(server).bring_up(); }
    void succeed(chaos::ServerIndex server, const chaos::Succession& succession) override;

    [[nodiscard]] host::Server& at(chaos::ServerIndex server);

    host::Surroundings surroundings_;
    const Fleet& fleet_;
    FleetKeys& keys_;
    std::list<host::Server> servers_;  ///< A list: the network keeps references.
    std::vector<host::Server*> by_index_;
};

}  // namespace reshake::world
