// What a client keeps between visits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/arrivals.h"
#include "models/churn.h"
#include "models/clients.h"
#include "models/lane.h"
#include "models/ticket_store.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/host/compute_queue.h"
#include "sim/net/fast_open.h"

namespace reshake::host {

/// The parts of a client that only a visit needs, made at its first one.
struct Equipment {
    Equipment(const Clients& population, net::Simulation& simulation, const Random& link)
        : uplink(population.access, Direction::uplink, link.stream("up")),
          downlink(population.access, Direction::downlink, link.stream("down")),
          cores(simulation, population.device.cores) {}

    Lane uplink;
    Lane downlink;
    ComputeQueue cores;
    /// Fast Open cookies, by site: a site's servers answer under one address. They are the
    /// kernel's (tcp_metrics), and outlast the applications.
    std::vector<std::optional<net::FastOpenCookie>> cookies;
};

struct Client {
    Client(const Clients& population, std::uint32_t index, std::uint16_t home_site, Random stream)
        : random(std::move(stream)),
          arrivals(population.arrivals, index, random.stream("arrivals")),
          home(home_site) {
        if (population.churn) churn.emplace(*population.churn, random.stream("churn"));
    }

    /// A change of state since the last question means that it has been down: what was in memory is
    /// gone then.
    [[nodiscard]] bool up(Instant now, const TicketStorage& storage) noexcept {
        if (!churn) return true;
        if (churn->next_change() <= now && !storage.persistent) tickets.lose();
        return churn->up(now);
    }
    /// When the client will go down, having been up at the last question.
    [[nodiscard]] Instant goes_down() const noexcept {
        return churn ? churn->next_change() : never;
    }

    [[nodiscard]] Equipment& equipment(net::Simulation& simulation, const Clients& population) {
        if (!equipment_) {
            equipment_ = std::make_unique<Equipment>(population, simulation, random.stream("link"));
        }
        return *equipment_;
    }

    Random random;
    ArrivalProcess arrivals;
    std::optional<OnOffProcess> churn;
    TicketStores tickets;
    std::uint32_t visits = 0;
    std::uint32_t connections = 0;
    std::uint32_t under_way = 0;  ///< Visits that have not ended.
    std::uint16_t home;

private:
    std::unique_ptr<Equipment> equipment_;
};

}  // namespace reshake::host
