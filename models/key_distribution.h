// How servers come by the keys of a rotation: from their own clock, or from a coordinator.
//
// Source: RFC 5077 section 5.5 (keys must be changed, and shared by the servers of a cluster);
//         h2o's ticket store, whose keys carry not_before and not_after (h2o#523, h2o PR#1444).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

#include "models/link.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Every server knows the secret, and derives the key of a period from what its own clock shows.
struct ClockDerived {
    static constexpr std::string_view type_name = "ClockDerived";

    /// Periods ahead of the server's own whose keys it opens tickets with, for those whose clocks
    /// are ahead of its own. Of periods behind, StekRotation.keep_previous says the same.
    std::uint32_t accept_next = 1;

    bool operator==(const ClockDerived&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("accept_next", &ClockDerived::accept_next, {.at_least = 0.0, .at_most = 1000.0}));
    }
};

/// Who begins: the coordinator sends each new key to every server, or servers ask in turn.
enum class KeyDelivery { push, poll };

[[nodiscard]] constexpr auto names_of(KeyDelivery) noexcept {
    return std::array<std::string_view, 2>{"push", "poll"};
}

/// What a server does when it has no key that may still seal.
///
/// Source: s2n-tls#3040 and #2912 (every handshake fails), openlitespeed#379 (the old key goes on).
enum class WithoutKey {
    no_tickets,    ///< It issues none.
    own_key,       ///< It makes keys that no other server has.
    keep_sealing,  ///< The newest key that it has is not retired until another comes.
    fail,          ///< The handshake fails where it would have sent a ticket.
};

[[nodiscard]] constexpr auto names_of(WithoutKey) noexcept {
    return std::array<std::string_view, 4>{"no-tickets", "own-key", "keep-sealing", "fail"};
}

/// A machine that makes the keys of a fleet and hands them out over the network, as datagrams that
/// are repeated until they are answered. Faults know it as "<fleet>/keys".
///
/// Each key carries the date from which on it seals, and is retired after
/// `every * (1 + keep_previous)`; servers go by their own clocks, the coordinator by its.
struct KeyCoordinator {
    static constexpr std::string_view type_name = "KeyCoordinator";

    KeyDelivery delivery = KeyDelivery::push;
    Link link{.delay = std::chrono::milliseconds(20)};  ///< All that lies between it and servers.
    /// A key is handed out for so long before it begins to seal.
    Duration pre_distribution{};
    Duration poll_interval = std::chrono::minutes(1);  ///< Of each server; of no use to push.
    /// Share of the interval by which a poll comes earlier at most: so servers do not come at once.
    double poll_jitter = 0.1;
    Duration retry = std::chrono::seconds(1);  ///< Without an answer; doubles at each try.
    Duration retry_at_most = std::chrono::minutes(1);
    WithoutKey without_key = WithoutKey::no_tickets;

    bool operator==(const KeyCoordinator&) const = default;
    static constexpr auto fields() {
        constexpr Bounds wait{.at_least = 1e6, .at_most = 86'400e9};
        return fields_of(
            field("delivery", &KeyCoordinator::delivery), field("link", &KeyCoordinator::link),
            field("pre_distribution", &KeyCoordinator::pre_distribution, bounds::not_negative),
            field("poll_interval", &KeyCoordinator::poll_interval,
                  {.at_least = 1e9, .at_most = 30 * 86'400e9}),
            field("poll_jitter", &KeyCoordinator::poll_jitter, {.at_least = 0.0, .at_most = 0.9}),
            field("retry", &KeyCoordinator::retry, wait),
            field("retry_at_most", &KeyCoordinator::retry_at_most, wait),
            field("without_key", &KeyCoordinator::without_key));
    }
};

/// None: all servers that share keys have each new one at the same instant, whatever their clocks
/// show.
using KeyDistribution = std::variant<std::monostate, ClockDerived, KeyCoordinator>;

}  // namespace reshake
