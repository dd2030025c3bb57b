// Whole runs, as a user has them: everything from scenario to history.
#pragma once

#include <cstdint>

#include "benchmarks/workload.h"

namespace reshake::benchmarks {

/// One client that comes `attempts` times.
[[nodiscard]] Tally run_attempts(Handshake handshake, std::uint32_t attempts);

/// The same, and every security decision is written down.
[[nodiscard]] Tally run_audited(Handshake handshake, std::uint32_t attempts);

/// `attempts` full handshakes spread over so many clients, fifty a second whatever their number.
[[nodiscard]] Tally run_clients(std::uint32_t clients, std::uint32_t attempts);

/// The same of one client, while so many partitions cut others off, one population each.
[[nodiscard]] Tally run_faults(std::uint32_t faults, std::uint32_t attempts);

/// A hundred clients that come once within the first minute and never again.
[[nodiscard]] Tally run_idle(std::uint32_t days);

}  // namespace reshake::benchmarks
