// What a visit writes into the tables that a scenario may ask for.
#include "sim/host/visit.h"

namespace reshake::host {

void Visit::record_attempt() {
    const Records& records = settings_.surroundings.records;
    OpenAttempt& open = settings_.surroundings.ledger.at(*row_);
    if (records.compute != nullptr) {
        secure_->record({*records.compute, open.row, history::Side::client});
    }
    if (records.requests != nullptr) {
        requests_ = std::make_unique<RequestLog>(*records.requests, open, request_.request_bytes);
    }
}

void Visit::record_offer(const Ticket& ticket) {
    offered_ = ticket.record;
    if (TicketLog* const log = ticket_log()) log->offered(ticket.record);
}

}  // namespace reshake::host
