#include "sim/host/records.h"

namespace reshake::host {

using history::ReceivedTicket;
using history::Work;

std::uint32_t TicketLog::received(const history::Attempt& attempt, const Ticket& ticket,
                                  const tls::TicketName& name) {
    auto row = row_about<ReceivedTicket>(attempt);
    row.received = simulation_.now() - run_start;
    row.tenant = attempt.tenant;
    row.tls_version = ticket.version;
    row.lifetime = ticket.lifetime;
    row.authenticated = ticket.authenticated_at - run_start;
    row.key = name.key;
    row.ticket = name.ticket;
    table_.add(row);
    return static_cast<std::uint32_t>(table_.size());
}

void TicketLog::offered(std::uint32_t record) {
    const std::size_t row = record - 1;
    const Duration now = simulation_.now() - run_start;
    if (table_.at(row, &ReceivedTicket::offers)++ == 0) {
        table_.set(row, &ReceivedTicket::first_offered, now);
    }
    table_.set(row, &ReceivedTicket::last_offered, now);
}

void TicketLog::resumed(std::uint32_t record) {
    ++table_.at(record - 1, &ReceivedTicket::resumptions);
}

void TicketLog::ended(std::uint32_t record, TicketEnd why) noexcept {
    table_.at(record - 1, &ReceivedTicket::end) = static_cast<std::uint8_t>(why);
    table_.set(record - 1, &ReceivedTicket::ended, simulation_.now() - run_start);
}

WorkLog::WorkLog(history::Table<Work>& table, const history::Attempt& attempt, history::Side side)
    : table_(table), whose_(row_about<Work>(attempt)) {
    whose_.side = side;
    whose_.site = attempt.site;
    whose_.server = attempt.server;
}

void WorkLog::begun(history::WorkPhase phase, Instant queued, Instant now, const tls::Cost& cost) {
    under_way_ = cost.total > Duration::zero() || now > queued;
    if (!under_way_) return;  // A step that only looked.
    row_ = table_.size();
    Work row = whose_;
    row.phase = phase;
    row.queued = queued - run_start;
    row.began = now - run_start;
    row.cpu = cost.total;
    row.signing = cost.signing;
    row.verification = cost.verification;
    row.key_exchange = cost.key_exchange;
    table_.add(row);
}

void WorkLog::paid(Instant now) {
    if (under_way_) table_.set(row_, &Work::paid, now - run_start);
    under_way_ = false;
}

}  // namespace reshake::host
