// Why a server did not resume a session that a client offered.
#pragma once

#include "sim/history/attempt.h"
#include "sim/host/attempt_ledger.h"
#include "sim/tls/endpoint.h"

namespace reshake::host {

[[nodiscard]] history::NotResumed reason_of(const tls::Facts& facts,
                                            const OpenAttempt& attempt) noexcept;

}  // namespace reshake::host
