#include "sim/base/random.h"

#include <cstring>

namespace reshake {

void Random::fill(std::span<std::byte> out) noexcept {
    while (!out.empty()) {
        const std::uint64_t draw = next_u64();
        const std::size_t size = out.size() < sizeof draw ? out.size() : sizeof draw;
        std::memcpy(out.data(), &draw, size);
        out = out.subspan(size);
    }
}

}  // namespace reshake
