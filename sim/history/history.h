// What happened in a run.
#pragma once

#include <cstdint>

#include "sim/base/digest.h"
#include "sim/history/attempt.h"
#include "sim/history/cache_operation.h"
#include "sim/history/fault.h"
#include "sim/history/overload.h"
#include "sim/history/packet_tally.h"
#include "sim/history/received_ticket.h"
#include "sim/history/request.h"
#include "sim/history/rollout_verdict.h"
#include "sim/history/security_event.h"
#include "sim/history/table.h"
#include "sim/history/ticket_key.h"
#include "sim/history/violation.h"
#include "sim/history/work.h"

namespace reshake::history {

/// Who wants to know of each attempt: as it is recorded, or as it ends for its client.
class AttemptObserver {
public:
    virtual ~AttemptObserver() = default;
    virtual void on_attempt(const Attempt& row) = 0;
};

/// Written by the hosts while the run goes on; read when it is over.
struct History {
    Table<Attempt> attempts;
    Table<Fault> faults;
    Table<TicketKey> ticket_keys;
    Table<Violation> violations;
    Table<SecurityEvent> security_events;
    Table<CacheOperation> cache;
    Table<PacketTally> packets;
    Table<Overload> overload;
    Table<RolloutVerdict> rollout;
    Table<Request> requests;
    Table<ReceivedTicket> tickets;
    Table<Work> compute;

    Digest wire;               ///< Every byte that any TLS endpoint sent, in the order of sending.
    std::uint64_t events = 0;  ///< Handled by the run loop.
    std::uint64_t visits_while_down = 0;  ///< Arrivals of clients that were unreachable.

    /// Calls `visit(table)` for each table.
    template <typename Visitor>
    void for_each_table(Visitor&& visit) {
        visit(attempts);
        visit(faults);
        visit(ticket_keys);
        visit(violations);
        visit(security_events);
        visit(cache);
        visit(packets);
        visit(overload);
        visit(rollout);
        visit(requests);
        visit(tickets);
        visit(compute);
    }
};

}  // namespace reshake::history
