// Writes down what one server decides about tickets, sessions, early data and keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "models/stek.h"
#include "sim/history/history.h"
#include "sim/host/attempt_ledger.h"
#include "sim/net/simulation.h"
#include "sim/tls/witness.h"

namespace reshake::host {

/// A key as the log names it.
[[nodiscard]] inline std::uint64_t name_in_log(const Stek& key) noexcept {
    std::uint64_t name = 0;
    std::memcpy(&name, key.key_name.data(), sizeof name);
    return name;
}

class AuditTrail final : public tls::SessionWitness {
public:
    /// `simulation` and `history` must outlive the trail. `server` counts from 1, as in paths.
    AuditTrail(const net::Simulation& simulation, history::History& history, std::size_t site,
               std::uint32_t server) noexcept
        : simulation_(simulation),
          events_(history.security_events),
          site_(static_cast<std::int16_t>(site)),
          server_(static_cast<std::int16_t>(server)) {}
    AuditTrail(const AuditTrail&) = delete;
    AuditTrail& operator=(const AuditTrail&) = delete;

    // Of an attempt.
    void issued(const history::Attempt& row, const tls::TicketName& name, bool renewal);
    void answered(const history::Attempt& row, const tls::Answer& answer,
                  history::NotResumed why_not);
    /// By the application, after TLS had accepted it.
    void too_early(const history::Attempt& row);

    // Of the server itself.
    void dropped(std::uint64_t ticket, tls::TicketVerdict why) noexcept override;
    /// From now on it opens tickets with a key that its coordinator has handed it, or no more.
    void received(std::uint64_t key);
    void retired(std::uint64_t key);
    /// Its new process begins without it: the memory, or the keys.
    void wiped(history::SecuritySubject what);
    /// Of a population, from 0, and of one of its clients; -1: of all.
    void revoked(std::int16_t population, std::int32_t client);

private:
    [[nodiscard]] history::SecurityEvent event(history::SecurityAction action,
                                               history::SecuritySubject subject) const noexcept;
    [[nodiscard]] history::SecurityEvent event(history::SecurityAction action,
                                               history::SecuritySubject subject,
                                               const history::Attempt& row) const noexcept;

    const net::Simulation& simulation_;
    history::Table<history::SecurityEvent>& events_;
    std::int16_t site_;
    std::int16_t server_;
    std::unordered_set<std::uint64_t> sealed_with_;
};

}  // namespace reshake::host
