// The map: places, how far they are from each other, and which of them are cut off.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/base/time.h"
#include "sim/net/gates.h"
#include "sim/net/machine.h"
#include "sim/net/network.h"

namespace reshake::net {

class Atlas {
public:
    PlaceId add();
    PlaceId add_site(Duration distance, Duration between_sites);

    /// One way, without the access link.
    [[nodiscard]] Duration distance(const Station& from, const Station& to) const;
    /// Whether two places along the path are cut off from each other.
    [[nodiscard]] bool separated(const Station& from, const Station& to) const;

    [[nodiscard]] Gates& gates() noexcept { return gates_; }
    [[nodiscard]] bool known(PlaceId place) const noexcept {
        return static_cast<std::size_t>(place) < places_.size();
    }

private:
    struct Place {
        Duration distance{};
        Duration between_sites{};
    };

    [[nodiscard]] const Place& at(PlaceId place) const {
        return places_[static_cast<std::size_t>(place)];
    }

    std::vector<Place> places_;
    Gates gates_;
};

}  // namespace reshake::net
