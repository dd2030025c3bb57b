// Where hosts write what a scenario asks to be recorded besides attempts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/ticket_store.h"
#include "sim/base/time.h"
#include "sim/history/history.h"
#include "sim/net/simulation.h"
#include "sim/tls/environment.h"
#include "sim/tls/ticket_name.h"

namespace reshake::host {

/// Fills in whose attempt a row is about.
template <typename Row>
[[nodiscard]] Row row_about(const history::Attempt& attempt) noexcept {
    Row row;
    row.population = attempt.population;
    row.client = attempt.client;
    row.visit = attempt.visit;
    row.connection = attempt.connection;
    row.attempt = attempt.attempt;
    return row;
}

/// The tickets of all clients of a run.
class TicketLog final : public TicketWitness {
public:
    /// Both must outlive the log.
    TicketLog(const net::Simulation& simulation, history::Table<history::ReceivedTicket>& table)
        : simulation_(simulation), table_(table) {}

    /// A client's attempt has brought `ticket`. Returns what to call it from now on; never 0.
    [[nodiscard]] std::uint32_t received(const history::Attempt& attempt, const Ticket& ticket,
                                         const tls::TicketName& name);
    void offered(std::uint32_t record);
    void resumed(std::uint32_t record);
    void ended(std::uint32_t record, TicketEnd why) noexcept override;

private:
    const net::Simulation& simulation_;
    history::Table<history::ReceivedTicket>& table_;
};

/// The work of one side of a connection.
class WorkLog {
public:
    /// `table` must outlive the log.
    WorkLog(history::Table<history::Work>& table, const history::Attempt& attempt,
            history::Side side);

    /// A core begins at `now` what had asked for one at `queued`.
    void begun(history::WorkPhase phase, Instant queued, Instant now, const tls::Cost& cost);
    /// What was begun last is paid.
    void paid(Instant now);

private:
    history::Table<history::Work>& table_;
    history::Work whose_;
    bool under_way_ = false;
    std::size_t row_ = 0;
};

/// Null: nobody asks.
struct Records {
    history::Table<history::Request>* requests = nullptr;
    TicketLog* tickets = nullptr;
    history::Table<history::Work>* compute = nullptr;
};

}  // namespace reshake::host
