// Why a server did not resume a session that a client offered, or did not take its early data.
#pragma once

#include "sim/history/attempt.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/cache_messages.h"
#include "sim/tls/endpoint.h"

namespace reshake::host {

[[nodiscard]] history::NotResumed reason_of(const tls::Facts& facts,
                                            const OpenAttempt& attempt) noexcept;

/// What an answer of a shared cache says of the session that was asked for, where it is no hit.
[[nodiscard]] tls::TicketVerdict verdict_of(CacheAnswer answer) noexcept;

/// Writes into the row why there was no early data, as far as the server knows and has not said.
void note_early_data(const tls::Facts& facts, history::Attempt& row) noexcept;

}  // namespace reshake::host
