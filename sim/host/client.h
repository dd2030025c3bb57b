// What a client keeps between visits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/access_path.h"
#include "models/arrivals.h"
#include "models/churn.h"
#include "models/clients.h"
#include "models/external_psk.h"
#include "models/middleboxes.h"
#include "models/retry.h"
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
        : access(population.access, population.handovers, link),
          cores(simulation, population.device.cores),
          retries(population.retry) {
        if (!population.middleboxes.empty()) {
            boxes.emplace(population.middleboxes, link.stream("middleboxes"), &access);
        }
    }

    AccessPath access;
    std::optional<Middleboxes> boxes;
    ComputeQueue cores;
    std::unique_ptr<ComputeQueue> new_cores;  ///< Of a device that differs from the first.
    RetryAccount retries;
    /// Fast Open cookies, by site: a site's servers answer under one address. They are the
    /// kernel's (tcp_metrics), and outlast the applications.
    std::vector<std::optional<net::FastOpenCookie>> cookies;
};

struct Client {
    Client(const Clients& population, std::uint32_t index, std::uint16_t home_site, Random stream)
        : random(std::move(stream)),
          arrivals(population.arrivals, index, random.stream("arrivals")),
          home(home_site) {
        if (!std::holds_alternative<std::monostate>(population.churn))
            churn.emplace(population.churn, random.stream("churn"));
        if (population.restarts) app.emplace(*population.restarts, random.stream("app"));
        if (const auto& change = population.device_change)
            new_device = std::make_unique<Renewals>(change->gap, random.stream("new device"));
    }

    /// Whether it is reachable. What was in memory is gone after a restart of the app, or, where
    /// apps do not restart by themselves, after the device has been down: its state has changed
    /// then.
    [[nodiscard]] bool up(Instant now, const TicketStorage& storage,
                          TicketWitness* witness = nullptr) noexcept {
        using enum AppProcess::Lost;
        if (new_device && new_device->next() <= now) change_device(now, witness);
        const bool down_since = churn && churn->next_change() <= now;
        const auto lost = app ? app->lost(now) : down_since ? memory : nothing;
        if (lost == everything || (lost == memory && !storage.persistent)) tickets.lose(witness);
        return !churn || churn->up(now);
    }
    /// When the client will go away, having been up at the last question.
    [[nodiscard]] Instant goes_away() const noexcept {
        return std::min({churn ? churn->next_change() : never, app_restarts(),
                         new_device ? new_device->next() : never});
    }
    /// The app only: the device stays, and closes its connections.
    [[nodiscard]] Instant app_restarts() const noexcept { return app ? app->next() : never; }

    [[nodiscard]] Equipment& equipment(net::Simulation& simulation, const Clients& population) {
        if (!equipment_) {
            equipment_ = std::make_unique<Equipment>(population, simulation, random.stream("link"));
        }
        return *equipment_;
    }

    /// What it computes on now, and the cores of that.
    [[nodiscard]] const Device& device(const Clients& population) const noexcept {
        const bool replaced = devices > 0 && population.device_change->device;
        return replaced ? *population.device_change->device : population.device;
    }
    [[nodiscard]] ComputeQueue& cores(net::Simulation& simulation, const Clients& population) {
        Equipment& own = equipment(simulation, population);
        const Device& now = device(population);
        if (&now == &population.device) return own.cores;
        if (!own.new_cores) {
            own.new_cores = std::make_unique<ComputeQueue>(simulation, now.cores);
        }
        return *own.new_cores;
    }

    Random random;
    ArrivalProcess arrivals;
    std::optional<ChurnProcess> churn;
    std::optional<AppProcess> app;
    std::unique_ptr<Renewals> new_device;
    TicketStores tickets;
    std::uint32_t visits = 0;
    std::uint32_t connections = 0;
    std::uint32_t under_way = 0;  ///< Visits that hold a connection.
    std::uint32_t devices = 0;    ///< New ones so far.
    std::uint16_t home;

private:
    /// Nothing comes along: no tickets, no cookies. What may still run on the old one has vanished.
    void change_device(Instant now, TicketWitness* witness) noexcept {
        for (; new_device->next() <= now; new_device->pass()) ++devices;
        tickets.lose(witness);
        if (equipment_) equipment_->cookies.clear();
    }

    std::unique_ptr<Equipment> equipment_;
};

}  // namespace reshake::host
