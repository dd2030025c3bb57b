// A population of clients in motion: when they come, what they hold, how they reach the network.
//
// A client that is not on a visit is a few hundred bytes here and nothing in ns-3.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
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
    [[nodiscard]] bool is_up(Client& member, Instant now) const noexcept;
    void open_visit(std::uint32_t client);

    /// A visit that may have more than one round of connections.
    struct Outing {
        std::uint32_t client = 0;
        std::uint32_t number = 0;
        std::uint16_t connections = 0;  ///< Opened so far.
        std::uint16_t open = 0;
        Random random;
    };
    using Where = std::list<Outing>::iterator;
    void open_connection(std::uint32_t client, Visit::Number number, std::function<void()> on_over);
    void open_round(Where outing);
    void on_connection_over(Where outing);
    void on_thought_alarm();

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
    std::list<Outing> outings_;
    std::multimap<Instant, Where> thinking_;  ///< Outings between two rounds.
    net::Alarm thought_alarm_;
};

}  // namespace reshake::host
