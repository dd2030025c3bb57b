// The map: places, how far they are from each other, and which gates stand between them.
#pragma once

#include <cstddef>
#include <cstdint>
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
    /// Whether a gate on the way from one to the other is closed.
    [[nodiscard]] bool closed(const Station& from, const Station& to, Instant now) const;
    /// What the gates on that way take from a packet, each once; see `Gate::pass`.
    [[nodiscard]] Gate::Toll toll(const Station& from, const Station& to, Instant now,
                                  Instant arrives, std::uint64_t flow);

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

    /// Calls `visit(gate)` for each gate between two places along the way; perhaps twice.
    template <typename Visitor>
    void for_each_gate(const Station& from, const Station& to, Visitor&& visit) const;

    std::vector<Place> places_;
    Gates gates_;
    std::vector<const Gate*> paid_;  ///< Of one packet; kept for its memory.
};

}  // namespace reshake::net
