#include "sim/host/population.h"

#include <algorithm>
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
      alarm_(settings.surroundings.simulation, [this] { on_arrival_alarm(); }) {
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

void Population::open_visit(std::uint32_t client) {
    Client& member = members_[client];
    const Instant now = settings_.surroundings.simulation.now();
    if (!member.up(now, settings_.clients.tickets)) {
        ++history_.visits_while_down;
        return;
    }
    const std::uint32_t number = member.visits++;
    const auto connections = static_cast<std::uint16_t>(settings_.clients.connections);
    for (std::uint16_t i = 0; i < connections; ++i) {
        visits_.emplace_back(settings_, member, client, Visit::Number{number, i});
        const auto visit = std::prev(visits_.end());
        visit->start([this, visit] { visits_.erase(visit); });
    }
}

}  // namespace reshake::host
