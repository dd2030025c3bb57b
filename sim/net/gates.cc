#include "sim/net/gates.h"

#include <algorithm>

#include "sim/base/check.h"

namespace reshake::net {

std::uint64_t Gates::pair_of(PlaceId a, PlaceId b) noexcept {
    const auto [low, high] =
        std::minmax({static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b)});
    return std::uint64_t{low} << 32 | high;
}

void Gates::close(PlaceId a, PlaceId b) {
    RESHAKE_CHECK(a != b);
    ++closings_[pair_of(a, b)];
}

void Gates::open(PlaceId a, PlaceId b) {
    const auto entry = closings_.find(pair_of(a, b));
    RESHAKE_CHECK(entry != closings_.end());
    if (--entry->second == 0) closings_.erase(entry);
}

bool Gates::closed(PlaceId a, PlaceId b) const { return closings_.contains(pair_of(a, b)); }

}  // namespace reshake::net
