#include "sim/net/gates.h"

#include <algorithm>

#include "sim/base/check.h"

namespace reshake::net {
namespace {

std::uint64_t way_of(PlaceId from, PlaceId to) noexcept {
    return std::uint64_t{static_cast<std::uint32_t>(from)} << 32 | static_cast<std::uint32_t>(to);
}

}  // namespace

void Gates::add(PlaceId from, PlaceId to, Gate& gate) {
    RESHAKE_CHECK(from != to);
    by_way_[way_of(from, to)].push_back(&gate);
}

void Gates::remove(PlaceId from, PlaceId to, const Gate& gate) {
    const auto way = by_way_.find(way_of(from, to));
    RESHAKE_CHECK(way != by_way_.end());
    const auto found = std::ranges::find(way->second, &gate);
    RESHAKE_CHECK(found != way->second.end());
    way->second.erase(found);
    if (way->second.empty()) by_way_.erase(way);
}

std::span<Gate* const> Gates::on_way(PlaceId from, PlaceId to) const {
    const auto way = by_way_.find(way_of(from, to));
    if (way == by_way_.end()) return {};
    return way->second;
}

}  // namespace reshake::net
