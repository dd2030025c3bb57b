#include "sim/host/population.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <utility>

namespace reshake::host {
namespace {

/// The site at which a client is at home, drawn by the sites' shares.
std::uint16_t draw_home(const Fleet& fleet, Random random) {
    double total = 0.0;
    for (const Site& site : fleet.sites) total += site.share;
    double rest = random.uniform() * total;
    for (std::size_t i = 0; i < fleet.sites.size(); ++i) {
        rest -= fleet.sites[i].share;
        if (rest < 0.0) return static_cast<std::uint16_t>(i);
    }
    // Rounding may leave a sliver above the last share: it belongs to the last site that has one.
    std::size_t last = fleet.sites.size() - 1;
    while (fleet.sites[last].share <= 0.0) --last;
    return static_cast<std::uint16_t>(last);
}

}  // namespace

Population::Population(const VisitSettings& settings, history::History& history,
                       const Random& random)
    : settings_(settings),
      history_(history),
      alarm_(settings.surroundings.simulation, [this] { on_arrival_alarm(); }),
      thought_alarm_(settings.surroundings.simulation, [this] { on_thought_alarm(); }) {
    const Clients& clients = settings_.clients;
    members_.reserve(clients.count);
    for (std::uint32_t i = 0; i < clients.count; ++i) {
        Random stream = random.stream(i);
        const std::uint16_t home = draw_home(settings_.fleet, stream.stream("home"));
        members_.emplace_back(clients, i, home, std::move(stream));
        const Instant first = members_.back().arrivals.next();
        if (first != never) arrivals_.push_back({first, i});
    }
    std::ranges::make_heap(arrivals_, std::greater{});
    if (!arrivals_.empty()) alarm_.set(arrivals_.front().when);
}

Population::~Population() = default;

void Population::on_arrival_alarm() {
    const Instant now = settings_.surroundings.simulation.now();
    while (!arrivals_.empty() && arrivals_.front().when <= now) {
        std::ranges::pop_heap(arrivals_, std::greater{});
        const std::uint32_t client = arrivals_.back().client;
        arrivals_.pop_back();
        open_visit(client);
        expect(client);
    }
    if (!arrivals_.empty()) alarm_.set(arrivals_.front().when);
}

void Population::expect(std::uint32_t client) {
    const Instant next = members_[client].arrivals.next();
    if (next == never) return;
    arrivals_.push_back({next, client});
    std::ranges::push_heap(arrivals_, std::greater{});
}

bool Population::is_up(Client& member, Instant now) const noexcept {
    return member.up(now, settings_.clients.tickets, settings_.surroundings.records.tickets);
}

void Population::open_visit(std::uint32_t client) {
    Client& member = members_[client];
    const Instant now = settings_.surroundings.simulation.now();
    if (!is_up(member, now)) {
        ++history_.visits_while_down;
        return;
    }
    const std::uint32_t number = member.visits++;
    if (settings_.clients.rounds) {
        outings_.push_back({.client = client,
                            .number = number,
                            .random = member.random.stream("rounds").stream(number)});
        open_round(std::prev(outings_.end()));
        return;
    }
    const auto connections = static_cast<std::uint16_t>(settings_.clients.connections);
    for (std::uint16_t i = 0; i < connections; ++i) open_connection(client, {number, i}, {});
}

void Population::open_connection(std::uint32_t client, Visit::Number number,
                                 std::function<void()> on_over) {
    visits_.emplace_back(settings_, members_[client], client, number);
    const auto visit = std::prev(visits_.end());
    visit->start([this, visit, then = std::move(on_over)] {
        visits_.erase(visit);
        if (then) then();
    });
}

void Population::open_round(Where outing) {
    const auto connections = static_cast<std::uint16_t>(settings_.clients.connections);
    outing->open = connections;
    for (std::uint16_t i = 0; i < connections; ++i) {
        open_connection(outing->client, {outing->number, outing->connections++},
                        [this, outing] { on_connection_over(outing); });
    }
}

void Population::on_connection_over(Where outing) {
    if (--outing->open > 0) return;
    const Rounds& rounds = *settings_.clients.rounds;
    const bool countable = outing->connections + settings_.clients.connections < UINT16_MAX;
    if (!outing->random.chance(1.0 - 1.0 / rounds.mean) || !countable) {
        outings_.erase(outing);
        return;
    }
    const Instant now = settings_.surroundings.simulation.now();
    thinking_.emplace(now + draw(rounds.think, outing->random), outing);
    thought_alarm_.set(thinking_.begin()->first);
}

void Population::on_thought_alarm() {
    const Instant now = settings_.surroundings.simulation.now();
    while (!thinking_.empty() && thinking_.begin()->first <= now) {
        const Where outing = thinking_.begin()->second;
        thinking_.erase(thinking_.begin());
        if (is_up(members_[outing->client], now)) {
            open_round(outing);
        } else {
            outings_.erase(outing);  // Who thought so far is gone.
        }
    }
    if (!thinking_.empty()) thought_alarm_.set(thinking_.begin()->first);
}

}  // namespace reshake::host
