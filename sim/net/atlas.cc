#include "sim/net/atlas.h"

#include <algorithm>

#include "sim/base/check.h"

namespace reshake::net {

PlaceId Atlas::add() { return add_site(Duration::zero(), Duration::zero()); }

PlaceId Atlas::add_site(Duration distance, Duration between_sites) {
    RESHAKE_CHECK(distance >= Duration::zero() && between_sites >= Duration::zero());
    places_.push_back({.distance = distance, .between_sites = between_sites});
    return static_cast<PlaceId>(places_.size() - 1);
}

Duration Atlas::distance(const Station& from, const Station& to) const {
    Duration sum{};
    if (from.is_access()) sum += at(from.site).distance;
    if (to.is_access()) sum += at(to.site).distance;
    if (from.site != to.site && !from.service && !to.service) {
        sum += std::max(at(from.site).between_sites, at(to.site).between_sites);
    }
    return sum;
}

template <typename Visitor>
void Atlas::for_each_gate(const Station& from, const Station& to, Visitor&& visit) const {
    if (!gates_.any()) return;
    const auto between = [&](PlaceId a, PlaceId b) {
        for (Gate* const gate : gates_.on_way(a, b)) visit(*gate);
    };
    between(from.own, to.own);
    between(from.own, to.site);
    between(from.site, to.own);
    between(from.site, to.site);
    // A client and its home are two places of its path only where the path ends at home: clients
    // that cannot reach their home's servers still reach other sites through its region.
    if (!from.is_access()) between(from.own, from.site);
    if (!to.is_access()) between(to.site, to.own);
}

bool Atlas::closed(const Station& from, const Station& to, Instant now) const {
    bool any = false;
    for_each_gate(from, to, [&](const Gate& gate) { any |= gate.closed(now); });
    return any;
}

Gate::Toll Atlas::toll(const Station& from, const Station& to, Instant now, Instant arrives,
                       std::uint64_t flow) {
    Gate::Toll sum;
    paid_.clear();
    for_each_gate(from, to, [&](Gate& gate) {
        if (std::ranges::find(paid_, &gate) != paid_.end()) return;
        paid_.push_back(&gate);
        const Gate::Toll toll = gate.pass(now, arrives + sum.delay, flow);
        sum.lost |= toll.lost;
        sum.delay += toll.delay;
    });
    return sum;
}

}  // namespace reshake::net
