// The exchange in ns-3's TCP alone: the flights of a real connection over the network of a run,
// without TLS, compute queues or a history.
#pragma once

#include <cstdint>

#include "benchmarks/workload.h"

namespace reshake::benchmarks {

/// One connection after the other, from the SYN to the end of both sides, each with `flights`.
[[nodiscard]] Tally run_tcp_alone(const Flights& flights, std::uint32_t connections);

}  // namespace reshake::benchmarks
