// What happened in a run.
#pragma once

#include <cstdint>

#include "sim/base/digest.h"
#include "sim/history/attempt.h"
#include "sim/history/fault.h"
#include "sim/history/table.h"
#include "sim/history/ticket_key.h"

namespace reshake::history {

/// Written by the hosts while the run goes on; read when it is over.
struct History {
    Table<Attempt> attempts;
    Table<Fault> faults;
    Table<TicketKey> ticket_keys;

    Digest wire;               ///< Every byte that any TLS endpoint sent, in the order of sending.
    std::uint64_t events = 0;  ///< Handled by the run loop.
    std::uint64_t visits_while_down = 0;  ///< Arrivals of clients that were unreachable.

    /// Calls `visit(table)` for each table.
    template <typename Visitor>
    void for_each_table(Visitor&& visit) {
        visit(attempts);
        visit(faults);
        visit(ticket_keys);
    }
};

}  // namespace reshake::history
