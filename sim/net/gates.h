// Which places are cut off from which.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "sim/net/network.h"

namespace reshake::net {

/// Closings per pair of places, in either order.
class Gates {
public:
    void close(PlaceId a, PlaceId b);
    /// Errors: aborts if the way was not closed.
    void open(PlaceId a, PlaceId b);

    [[nodiscard]] bool any_closed() const noexcept { return !closings_.empty(); }
    [[nodiscard]] bool closed(PlaceId a, PlaceId b) const;

private:
    [[nodiscard]] static std::uint64_t pair_of(PlaceId a, PlaceId b) noexcept;

    std::unordered_map<std::uint64_t, std::uint32_t> closings_;
};

}  // namespace reshake::net
