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

bool Atlas::separated(const Station& from, const Station& to) const {
    if (!gates_.any_closed()) return false;
    // A client and its home are two places of its path only where the path ends at home: clients
    // that cannot reach their home's servers still reach other sites through its region.
    return gates_.closed(from.own, to.own) || gates_.closed(from.own, to.site) ||
           gates_.closed(from.site, to.own) || gates_.closed(from.site, to.site) ||
           (!from.is_access() && gates_.closed(from.own, from.site)) ||
           (!to.is_access() && gates_.closed(to.own, to.site));
}

}  // namespace reshake::net
