// What a key coordinator and a fleet's servers say to each other, one datagram each.
//
// A server says which key it got last, as a question or as an acknowledgement; the coordinator
// answers with the keys that follow. Keys travel in clear: who reads or forges them here is no part
// of the model.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "models/held_keys.h"
#include "models/stek.h"

namespace reshake::host {

inline constexpr std::uint16_t key_port = 5077;  ///< On servers and coordinators; RFC 5077.

using KeyName = std::array<std::byte, 16>;

/// From a server.
struct KeyReport {
    bool asks = false;            ///< For an answer even if nothing is new.
    std::optional<KeyName> last;  ///< The key that it got last; none: it has none.
};

struct DeliveredKey {
    HandedKey key;
    Stek stek;
};

/// From a coordinator: keys in the order in which they were made.
struct KeyHandout {
    std::vector<DeliveredKey> keys;
};

/// As many keys as one datagram holds.
inline constexpr std::size_t keys_per_message = 13;

using KeyMessage = std::variant<KeyReport, KeyHandout>;

[[nodiscard]] std::vector<std::byte> encode(const KeyMessage& message);
/// Nothing if it is no message.
[[nodiscard]] std::optional<KeyMessage> decode(std::span<const std::byte> datagram);

}  // namespace reshake::host
