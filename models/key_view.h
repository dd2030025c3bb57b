// What a server's keys are good for at a moment of its clock: the model that predicts what OpenSSL
// is lent.
#pragma once

#include <optional>
#include <vector>

#include "models/held_keys.h"
#include "models/key_distribution.h"
#include "models/stek.h"
#include "sim/base/time.h"

namespace reshake {

struct KeyView {
    struct Opening {
        KeyId key;
        Instant until;  ///< A date; `never` while it is needed.
    };
    std::optional<KeyId> sealing;
    std::vector<Opening> opening;  ///< Of a server's own, those that it may have made.
    Instant until = never;         ///< A date, up to which this holds.

    [[nodiscard]] bool opens(const KeyId& key) const noexcept;
};

/// Of a server that derives keys from its clock.
[[nodiscard]] KeyView view_of(const StekRotation& rotation, const ClockDerived& derived,
                              Instant date);
/// Of a server that has been handed keys.
[[nodiscard]] KeyView view_of(const HeldKeys& held, Instant date);

}  // namespace reshake
