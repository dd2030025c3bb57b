// The keys that one server has been handed, and what each of them is good for by its clock.
//
// Source: s2n-tls, h2o: a key seals from one date on, and opens until another (RFC 5077 section 5.5
//         leaves it to the operator).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/key_distribution.h"
#include "models/stek.h"
#include "sim/base/time.h"

namespace reshake {

/// Where a server has a key from.
enum class KeySource { schedule, coordinator, own };

[[nodiscard]] constexpr auto names_of(KeySource) noexcept {
    return std::array<std::string_view, 3>{"schedule", "coordinator", "own"};
}

/// Which key, among all that one server can have.
struct KeyId {
    KeySource source = KeySource::schedule;
    std::int32_t fault = -1;  ///< What lost the keys before it; -1: there at the start.
    std::int64_t generation = 0;

    auto operator<=>(const KeyId&) const = default;
};

/// A key on offer: what a coordinator says of it.
struct HandedKey {
    KeyId id{};
    Instant seals_from = run_start;  ///< A date, by the coordinator's clock.

    bool operator==(const HandedKey&) const = default;
};

class HeldKeys {
public:
    HeldKeys(const StekRotation& rotation, WithoutKey without_key) noexcept
        : rotation_(rotation), without_key_(without_key) {}

    /// Once more is as once.
    void receive(const HandedKey& key);
    /// Whatever had been received is forgotten.
    void lose() noexcept { received_.clear(); }

    struct Sealing {
        std::optional<KeyId> key{};
        bool fails = false;  ///< There is none, and the handshake must fail.
    };
    /// What new tickets are sealed with when the server's clock shows `date`.
    [[nodiscard]] Sealing sealing(Instant date) const noexcept;

    enum class Fate { unknown, opens, retired };
    /// Whether the server opens tickets of a key; of its own, those that it has made.
    [[nodiscard]] Fate fate(const KeyId& id, Instant date) const noexcept;

    /// Dates from which on a received key opens no more; `never` while it is needed.
    [[nodiscard]] Instant opens_until(const HandedKey& key, Instant date) const noexcept;
    [[nodiscard]] const std::vector<HandedKey>& received() const noexcept { return received_; }

    /// The next date after `date` at which anything said above may change by itself.
    [[nodiscard]] Instant next_change(Instant date) const noexcept;

    /// Whether it makes keys of its own for want of others.
    [[nodiscard]] bool makes_own() const noexcept { return without_key_ == WithoutKey::own_key; }
    [[nodiscard]] const StekRotation& rotation() const noexcept { return rotation_; }

private:
    [[nodiscard]] Instant retires(const HandedKey& key) const noexcept {
        return key.seals_from + honoured_for(rotation_);
    }
    /// The one that began to seal last; null if none has.
    [[nodiscard]] const HandedKey* newest(Instant date) const noexcept;

    StekRotation rotation_;
    WithoutKey without_key_;
    std::vector<HandedKey> received_;  ///< In the order of arrival.
};

}  // namespace reshake
