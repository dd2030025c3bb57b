#include "sim/base/random.h"

#include <cmath>
#include <cstring>

namespace reshake {

double Random::normal() noexcept {
    for (;;) {
        const double x = 2.0 * uniform() - 1.0;
        const double y = 2.0 * uniform() - 1.0;
        const double square = x * x + y * y;
        // IEEE 754 defines the square root to the bit, as it does the other operations here.
        if (square > 0.0 && square < 1.0)
            return x * std::sqrt(-2.0 * portable_log(square) / square);
    }
}

void Random::fill(std::span<std::byte> out) noexcept {
    while (!out.empty()) {
        const std::uint64_t draw = next_u64();
        const std::size_t size = out.size() < sizeof draw ? out.size() : sizeof draw;
        std::memcpy(out.data(), &draw, size);
        out = out.subspan(size);
    }
}

}  // namespace reshake
