// A population of clients in motion: when they come, what they hold, how they reach the network.
//
// A client that is not on a visit is a few hundred bytes here and nothing in ns-3.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/history/history.h"
#include "sim/host/client.h"
#include "sim/host/server.h"
#include "sim/host/visit.h"
#include "sim/net/simulation.h"

namespace reshake::host {

class Population {
public:
    /// `random` is the population's own stream. `history` must outlive the population.
    Population(const VisitSettings& settings, history::History& history, const Random& random);
    ~Population();
    Population(const Population&) = delete;
    Population& operator=(const Population&) = delete;

private:
    void on_arrival_alarm();
    void expect(std::uint32_t client);
    void open_visit(std::uint32_t client);

    VisitSettings settings_;
    history::History& history_;

    struct Arrival {
        Instant when;
        std::uint32_t client;
        /// Later arrivals, then higher indices, come after in the heap.
        bool operator>(const Arrival& other) const noexcept {
            return when != other.when ? when > other.when : client > other.client;
        }
    };
    std::vector<Client> members_;
    std::vector<Arrival> arrivals_;  ///< A heap: one alarm serves the whole population.
    net::Alarm alarm_;
    std::list<Visit> visits_;
};

}  // namespace reshake::host
