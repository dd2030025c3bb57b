// What a logical client holds while it is not on a visit. Units: bytes of heap.
#pragma once

#include <cstdint>

namespace reshake::benchmarks {

/// Per client.
struct Footprint {
    double never_visited = 0.0;
    double visited_once = 0.0;  ///< With the tickets of one full handshake; its row is left out.
    double row = 0.0;           ///< What an attempt leaves in the history.
};

[[nodiscard]] Footprint run_memory(std::uint32_t count);

}  // namespace reshake::benchmarks
