#include "sim/host/server_reasons.h"

#include "sim/host/early_data.h"

namespace reshake::host {
namespace {

/// Whether it would have been so had the clocks of both servers been right. Of a session in memory
/// it is not known.
bool in_truth_expired(const tls::Facts& facts, const OpenAttempt& attempt) noexcept {
    return facts.outlived == Duration::zero() ||
           facts.outlived > attempt.server_ahead - attempt.ticket_issuer_ahead;
}

}  // namespace

history::NotResumed reason_of(const tls::Facts& facts, const OpenAttempt& attempt) noexcept {
    using history::NotResumed;
    switch (facts.ticket) {
        case tls::TicketVerdict::key_retired:
            return NotResumed::key_retired;
        case tls::TicketVerdict::unknown_key:
            return NotResumed::unknown_key;
        case tls::TicketVerdict::expired:
            return in_truth_expired(facts, attempt) ? NotResumed::expired_at_server
                                                    : NotResumed::clock_skew;
        case tls::TicketVerdict::other_context:
            return NotResumed::other_context;
        case tls::TicketVerdict::chain_too_old:
            return NotResumed::chain_too_old;
        case tls::TicketVerdict::spent:
            return NotResumed::spent;
        case tls::TicketVerdict::evicted:
            return NotResumed::evicted;
        case tls::TicketVerdict::unclean_close:
            return NotResumed::unclean_close;
        case tls::TicketVerdict::cache_timeout:
            return NotResumed::cache_timeout;
        case tls::TicketVerdict::expired_in_cache:
            return NotResumed::expired_in_cache;
        case tls::TicketVerdict::policy_changed:
            return NotResumed::policy_changed;
        case tls::TicketVerdict::key_damaged:
            return NotResumed::key_damaged;
        case tls::TicketVerdict::revoked:
            return NotResumed::revoked;
        case tls::TicketVerdict::not_cached:
        case tls::TicketVerdict::none_offered:
        case tls::TicketVerdict::accepted:
        case tls::TicketVerdict::refused:
            break;
    }
    // What speaks against a ticket before anybody looks whether it opens, or although it does.
    if (facts.version != attempt.ticket_version) return NotResumed::version_changed;
    if (facts.ticket == tls::TicketVerdict::not_cached) return NotResumed::not_cached;
    if (facts.cipher_suite != attempt.ticket_cipher_suite) return NotResumed::cipher_changed;
    // Of a session in the server's memory nobody tells its context.
    return attempt.row.ticket_tenant != attempt.row.tenant ? NotResumed::other_context
                                                           : NotResumed::refused;
}

tls::TicketVerdict verdict_of(CacheAnswer answer) noexcept {
    switch (answer) {
        case CacheAnswer::evicted:
            return tls::TicketVerdict::evicted;
        case CacheAnswer::expired:
            return tls::TicketVerdict::expired_in_cache;
        case CacheAnswer::taken:
            return tls::TicketVerdict::spent;
        case CacheAnswer::removed:
            return tls::TicketVerdict::unclean_close;
        case CacheAnswer::hit:
        case CacheAnswer::not_cached:
            break;
    }
    return tls::TicketVerdict::not_cached;
}

void note_early_data(const tls::Facts& facts, history::Attempt& row) noexcept {
    using history::NoEarlyData;
    if (row.early_bytes == 0 || row.no_early_data == NoEarlyData::too_early) return;
    row.no_early_data = why_not_early(facts.early_data_verdict);
    row.decided_by = row.no_early_data == NoEarlyData::replayed ? history::DecidedBy::server_model
                                                                : history::DecidedBy::openssl;
}

}  // namespace reshake::host
