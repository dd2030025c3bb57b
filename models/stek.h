// Session ticket encryption keys (STEKs) and the schedule that rotates them.
//
// Source: RFC 5077 section 4 (key_name, 16 bytes) and 5.5 (key management);
//         RFC 8446 section 4.6.1 (the ticket is opaque to the client).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// When keys change, and for how long an old key still opens tickets.
///
/// Invariant: a ticket can be opened for at most `every * (1 + keep_previous)` after its issue, and
/// for at least `every * keep_previous`.
struct StekRotation {
    static constexpr std::string_view type_name = "StekRotation";

    Duration every{};
    std::uint32_t keep_previous = 1;

    auto operator<=>(const StekRotation&) const = default;
    static constexpr auto fields() {
        return fields_of(required("every", &StekRotation::every, {.at_least = 1e9}),
                         field("keep_previous", &StekRotation::keep_previous,
                               {.at_least = 0.0, .at_most = 1000.0}));
    }
};

/// One ticket protection key. A simulated secret: it follows from the run's seed.
struct Stek {
    /// 0 for the first key of the run; negative for what a clock that is behind calls for then.
    std::int64_t generation = 0;
    std::array<std::byte, 16> key_name{};
    std::array<std::byte, 32> aes_key{};
    std::array<std::byte, 32> hmac_key{};

    bool operator==(const Stek&) const = default;
};

/// The key of a generation. The same root and generation give the same bytes on every server.
[[nodiscard]] Stek derive_stek(const Random& root, std::int64_t generation) noexcept;

/// The key that a tenant has of its own at the time of its fleet's: nobody without the fleet's key
/// can make it. Its name is the fleet's, masked, so that `ring_name` finds the way back.
[[nodiscard]] Stek derive_stek(const Stek& of_fleet, std::string_view tenant) noexcept;

/// The name of the fleet's key from which a tenant's was made.
[[nodiscard]] std::array<std::byte, 16> ring_name(std::span<const std::byte, 16> of_tenant,
                                                  std::string_view tenant) noexcept;

/// The generation that seals new tickets at `now`, by whatever clock that is.
[[nodiscard]] constexpr std::int64_t issuing_generation(const StekRotation& rotation,
                                                        Instant now) noexcept {
    RESHAKE_CHECK(rotation.every > Duration::zero());
    const Duration since = now - run_start;
    const std::int64_t whole = since / rotation.every;
    return since % rotation.every < Duration::zero() ? whole - 1 : whole;
}

/// When a generation begins to seal.
[[nodiscard]] constexpr Instant begins_at(const StekRotation& rotation,
                                          std::int64_t generation) noexcept {
    return run_start + rotation.every * generation;
}

/// For how long a key opens tickets, from when it begins to seal.
[[nodiscard]] constexpr Duration honoured_for(const StekRotation& rotation) noexcept {
    return rotation.every * (1 + std::int64_t{rotation.keep_previous});
}

/// Whether a ticket sealed by the key of `generation` can still be opened at `now`. A server that
/// derives keys from its clock also knows `accept_next` of those that are still to come.
[[nodiscard]] constexpr bool can_open(const StekRotation& rotation, std::int64_t generation,
                                      Instant now, std::uint32_t accept_next = 0) noexcept {
    const std::int64_t current = issuing_generation(rotation, now);
    return generation <= current + std::int64_t{accept_next} &&
           current - generation <= std::int64_t{rotation.keep_previous};
}

}  // namespace reshake
