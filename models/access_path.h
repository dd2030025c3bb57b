// Everything between a client and the network: its links, its radio, its cells, its day.
//
// Source: RFC 9293 section 3.3.1 (a connection is its pair of addresses and ports).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/handover.h"
#include "models/lane.h"
#include "models/phases.h"
#include "models/radio.h"
#include "models/way.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// The access of one client in motion, lazy: packets find out what has changed since the last one.
class AccessPath {
public:
    /// `access` and `handovers` must outlive the path.
    AccessPath(const ClientAccess& access, const std::vector<Handover>& handovers,
               const Random& random);
    ~AccessPath();
    AccessPath(const AccessPath&) = delete;
    AccessPath& operator=(const AccessPath&) = delete;

    /// Stays where it is as long as the path does. There is none to a cell, which is shared.
    [[nodiscard]] Way& way(Direction direction) noexcept;

    /// When the client gets another address, after `now`, which must not run backwards.
    [[nodiscard]] Instant next_move(Instant now) noexcept;

    /// Handovers up to `now` after which NATs know the client no more.
    [[nodiscard]] std::uint64_t rebindings(Instant now) noexcept;

private:
    /// One link, both ways; made when it is first used.
    struct Leg {
        std::unique_ptr<Lane> up;
        std::unique_ptr<Lane> down;
        std::optional<RadioProcess> radio{};
    };
    /// One direction over whatever leg there is.
    class Side;
    /// A client whose links change or whose radio sleeps; others do without.
    struct Travels;

    [[nodiscard]] Passage pass(Direction direction, Instant now, std::uint32_t bytes);
    /// Follows phases and handovers up to `now`.
    void advance(Instant now) noexcept;
    [[nodiscard]] std::size_t leg_at(Instant now) const noexcept;
    [[nodiscard]] Leg& leg(std::size_t index);

    std::vector<Leg> legs_;
    std::unique_ptr<Travels> travels_;
};

}  // namespace reshake
