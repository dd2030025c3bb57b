#include "sim/host/audit_trail.h"

#include "sim/host/early_data.h"

namespace reshake::host {

using history::SecurityAction;
using history::SecurityEvent;
using history::SecurityReason;
using history::SecuritySubject;

SecurityEvent AuditTrail::event(SecurityAction action, SecuritySubject subject) const noexcept {
    return {.at = simulation_.now() - run_start,
            .action = action,
            .subject = subject,
            .site = site_,
            .server = server_};
}

SecurityEvent AuditTrail::event(SecurityAction action, SecuritySubject subject,
                                const history::Attempt& row) const noexcept {
    SecurityEvent made = event(action, subject);
    made.population = static_cast<std::int16_t>(row.population);
    made.client = static_cast<std::int32_t>(row.client);
    made.visit = static_cast<std::int32_t>(row.visit);
    made.connection = static_cast<std::int16_t>(row.connection);
    made.attempt = static_cast<std::int16_t>(row.attempt);
    return made;
}

void AuditTrail::issued(const history::Attempt& row, const tls::TicketName& name, bool renewal) {
    if (name.key != 0 && sealed_with_.insert(name.key).second) {
        SecurityEvent rotation = event(SecurityAction::rotate, SecuritySubject::keys);
        rotation.key = name.key;
        events_.add(rotation);
    }
    SecurityEvent made = event(renewal ? SecurityAction::renew : SecurityAction::issue,
                               SecuritySubject::ticket, row);
    made.key = name.key;
    made.ticket = name.ticket;
    events_.add(made);
}

void AuditTrail::answered(const history::Attempt& row, const tls::Answer& answer,
                          history::NotResumed why_not) {
    const bool accepted = answer.verdict == tls::TicketVerdict::accepted;
    if (accepted || row.offered) {
        SecurityEvent made = event(accepted ? SecurityAction::accept : SecurityAction::refuse,
                                   SecuritySubject::ticket, row);
        if (!accepted) made.why = history::security_reason(why_not);
        made.key = answer.offered.key;
        made.ticket = answer.offered.ticket;
        events_.add(made);
    }
    if (answer.early_data == tls::EarlyData::not_offered) return;
    const bool taken = answer.early_data == tls::EarlyData::accepted;
    SecurityEvent made = event(taken ? SecurityAction::accept : SecurityAction::refuse,
                               SecuritySubject::early_data, row);
    if (!taken) made.why = history::security_reason(why_not_early(answer.early_data_verdict));
    made.key = answer.offered.key;
    made.ticket = answer.hello;
    events_.add(made);
}

void AuditTrail::too_early(const history::Attempt& row) {
    SecurityEvent made = event(SecurityAction::refuse, SecuritySubject::early_data, row);
    made.why = SecurityReason::too_early;
    events_.add(made);
}

void AuditTrail::dropped(std::uint64_t ticket, tls::TicketVerdict why) noexcept {
    if (why == tls::TicketVerdict::spent) return;  // By an offer, which has a row of its own.
    const bool expired = why == tls::TicketVerdict::expired;
    SecurityEvent made =
        event(expired ? SecurityAction::expire : SecurityAction::evict, SecuritySubject::ticket);
    if (why == tls::TicketVerdict::evicted) made.why = SecurityReason::evicted;
    if (why == tls::TicketVerdict::unclean_close) made.why = SecurityReason::unclean_close;
    made.ticket = ticket;
    events_.add(made);
}

void AuditTrail::received(std::uint64_t key) {
    SecurityEvent made = event(SecurityAction::receive, SecuritySubject::keys);
    made.key = key;
    events_.add(made);
}

void AuditTrail::retired(std::uint64_t key) {
    SecurityEvent made = event(SecurityAction::retire, SecuritySubject::keys);
    made.key = key;
    events_.add(made);
}

void AuditTrail::wiped(SecuritySubject what) {
    if (what == SecuritySubject::keys) sealed_with_.clear();
    events_.add(event(SecurityAction::wipe, what));
}

void AuditTrail::revoked(std::int16_t population, std::int32_t client) {
    SecurityEvent made = event(SecurityAction::revoke, SecuritySubject::ticket);
    made.population = population;
    made.client = client;
    events_.add(made);
}

}  // namespace reshake::host
