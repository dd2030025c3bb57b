// Each time that the client of an attempt sends its request: when, which way, and what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/base/time.h"
#include "sim/history/history.h"
#include "sim/host/attempt_ledger.h"
#include "sim/host/records.h"
#include "sim/tls/endpoint.h"

namespace reshake::host {

/// The client's side. The rows are known to the server by the attempt.
class RequestLog {
public:
    /// `table` and `attempt` must outlive the log.
    RequestLog(history::Table<history::Request>& table, OpenAttempt& attempt,
               std::uint32_t request_bytes)
        : table_(table), attempt_(attempt), request_bytes_(request_bytes) {}

    /// The request is on its way to TCP, after `before` bytes of the connection.
    void written(std::uint64_t before) noexcept { after_ = before; }
    /// TLS has taken a step, and TCP has got `bytes_sent` bytes so far.
    void progressed(const tls::Facts& facts, std::uint64_t bytes_sent, Instant now);
    /// The answer to the last one is 425.
    void too_early();
    /// `bytes` more of the response to it have come.
    void answered(std::size_t bytes, Instant now);

private:
    void sent(history::RequestWay way, std::uint32_t early_bytes, Instant now);

    history::Table<history::Request>& table_;
    OpenAttempt& attempt_;
    std::uint32_t request_bytes_;
    std::optional<std::uint64_t> after_;  ///< Written, and none of it sent yet.
    bool early_ = false;                  ///< The last one went as early data.
};

/// A server takes up the request of `attempt`, `early` before its handshake is complete.
void note_taken_up(history::Table<history::Request>& table, const OpenAttempt& attempt, bool early,
                   Instant now);

}  // namespace reshake::host
