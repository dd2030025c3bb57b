#include "models/stek.h"

#include <algorithm>
#include <functional>

namespace reshake {
namespace {

/// A stand-in for a key derivation function: these keys are no secrets of anybody.
Random secret_of(const Stek& stek) noexcept {
    std::uint64_t seed = 0;
    for (const std::byte each : stek.aes_key) {
        seed = (seed ^ std::to_integer<std::uint64_t>(each)) * 0x100000001b3u;
    }
    return Random(seed);
}

}  // namespace

Stek derive_stek(const Random& root, std::int64_t generation) noexcept {
    Random bytes = root.stream(static_cast<std::uint64_t>(generation));
    Stek stek{.generation = generation};
    bytes.fill(stek.key_name);
    bytes.fill(stek.aes_key);
    bytes.fill(stek.hmac_key);
    return stek;
}

Stek derive_stek(const Stek& of_fleet, std::string_view tenant) noexcept {
    Random bytes = secret_of(of_fleet).stream(tenant);
    Stek stek{.generation = of_fleet.generation, .key_name = ring_name(of_fleet.key_name, tenant)};
    bytes.fill(stek.aes_key);
    bytes.fill(stek.hmac_key);
    return stek;
}

std::array<std::byte, 16> ring_name(std::span<const std::byte, 16> of_tenant,
                                    std::string_view tenant) noexcept {
    std::array<std::byte, 16> mask{};
    Random(0).stream("tenant keys").stream(tenant).fill(mask);
    std::array<std::byte, 16> name{};
    std::ranges::transform(of_tenant, mask, name.begin(), std::bit_xor{});
    return name;
}

}  // namespace reshake
