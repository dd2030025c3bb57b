// Which gates stand on the ways from one place to another.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "models/gate.h"
#include "sim/net/network.h"

namespace reshake::net {

class Gates {
public:
    /// `gate` must stay until it is taken away. Two may stand on one way, and one on several.
    void add(PlaceId from, PlaceId to, Gate& gate);
    /// Errors: aborts if it does not stand there.
    void remove(PlaceId from, PlaceId to, const Gate& gate);

    [[nodiscard]] bool any() const noexcept { return !by_way_.empty(); }
    /// In the order in which they were put there.
    [[nodiscard]] std::span<Gate* const> on_way(PlaceId from, PlaceId to) const;

private:
    std::unordered_map<std::uint64_t, std::vector<Gate*>> by_way_;
};

}  // namespace reshake::net
