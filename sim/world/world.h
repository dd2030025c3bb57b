// A scenario and a seed, put together and run.
#pragma once

#include <cstdint>

#include "models/scenario.h"
#include "sim/history/history.h"
#include "sim/net/network.h"

namespace reshake::world {

class Evidence;

struct Outcome {
    history::History history;
    PacketCounts packets;
};

/// Runs `scenario` from its first nanosecond to its last.
///
/// The same scenario and seed give the same outcome, to the byte. One run at a time in a process.
/// Errors: `scenario` must be free of errors (`validate`); a TLS setting that OpenSSL does not know
/// throws tls::SettingRefused.
/// `evidence`, if any, fills while it runs, and changes nothing in the outcome.
[[nodiscard]] Outcome run(const Scenario& scenario, std::uint64_t seed,
                          Evidence* evidence = nullptr);

}  // namespace reshake::world
