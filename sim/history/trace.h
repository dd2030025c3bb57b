// What happened in one attempt, moment by moment, for somebody who wants to see it.
//
// Not a table: it is written only when one attempt is asked for, and its details differ by event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/time.h"

namespace reshake::history {

struct Detail {
    std::string_view name;  ///< A literal.
    std::variant<bool, std::int64_t, Duration, std::string> value;
};

struct TraceEvent {
    Duration at{};           ///< Since the start of the run.
    std::string node;        ///< The machine's path: "phones/17", "edge/ams/server-1".
    std::string_view event;  ///< A literal; docs/evidence.md has them all.
    std::vector<Detail> details;
};

/// In the order of happening.
using Trace = std::vector<TraceEvent>;

}  // namespace reshake::history
