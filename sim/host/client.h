// What a client keeps between visits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/arrivals.h"
#include "models/churn.h"
#include "models/clients.h"
#include "models/external_psk.h"
#include "models/lane.h"
#include "models/ticket_store.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/host/compute_queue.h"
#include "sim/net/fast_open.h"
#include "sim/tls/endpoint.h"

namespace reshake::host {

/// What client `index` of a population has beside its tickets; `own` is its stream.
[[nodiscard]] inline tls::ClientSecrets secrets_of(const Clients& population, std::uint32_t index,
                                                   const Random& own, const ExternalPsks& psks) {
    tls::ClientSecrets secrets;
    if (population.tls.external_psk) secrets.psk = psks.of(population.name, index);
    if (population.tickets.encrypted_at_rest) {
        own.stream("storage key").fill(secrets.at_rest.emplace());
    }
    return secrets;
}

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
        if (population.restarts) app.emplace(*population.restarts, random.stream("app"));
    }

    /// Whether it is reachable. What was in memory is gone after a restart of the app, or, where
    /// apps do not restart by themselves, after the device has been down: its state has changed
    /// then.
    [[nodiscard]] bool up(Instant now, const TicketStorage& storage) noexcept {
        using enum AppProcess::Lost;
        const bool down_since = churn && churn->next_change() <= now;
        const auto lost = app ? app->lost(now) : down_since ? memory : nothing;
        if (lost == everything || (lost == memory && !storage.persistent)) tickets.lose();
        return !churn || churn->up(now);
    }
    /// When the client will go away, having been up at the last question.
    [[nodiscard]] Instant goes_away() const noexcept {
        return std::min(churn ? churn->next_change() : never, app_restarts());
    }
    /// The app only: the device stays, and closes its connections.
    [[nodiscard]] Instant app_restarts() const noexcept { return app ? app->next() : never; }

    [[nodiscard]] Equipment& equipment(net::Simulation& simulation, const Clients& population) {
        if (!equipment_) {
            equipment_ = std::make_unique<Equipment>(population, simulation, random.stream("link"));
        }
        return *equipment_;
    }

    Random random;
    ArrivalProcess arrivals;
    std::optional<OnOffProcess> churn;
    std::optional<AppProcess> app;
    TicketStores tickets;
    std::uint32_t visits = 0;
    std::uint32_t connections = 0;
    std::uint32_t under_way = 0;  ///< Visits that have not ended.
    std::uint16_t home;

private:
    std::unique_ptr<Equipment> equipment_;
};

}  // namespace reshake::host
