#include "sim/host/request_log.h"

namespace reshake::host {

using history::Request;
using history::RequestFate;
using history::RequestWay;

void RequestLog::progressed(const tls::Facts& facts, std::uint64_t bytes_sent, Instant now) {
    if (facts.state == tls::State::failed) return;  // What has left since is an alert.
    if (facts.early_bytes > 0 && attempt_.early_request == 0) {
        sent(RequestWay::early_data, static_cast<std::uint32_t>(facts.early_bytes), now);
        attempt_.early_request = attempt_.request;
        early_ = true;
    } else if (early_ && facts.early_data == tls::EarlyData::rejected) {
        // The endpoint sends it again in the step that learns of it.
        table_.at(attempt_.request - 1, &Request::fate) =
            static_cast<std::uint8_t>(RequestFate::rejected);
        sent(RequestWay::application_data, 0, now);
        early_ = false;
    } else if (after_ && bytes_sent > *after_) {
        sent(RequestWay::application_data, 0, now);
        after_.reset();
        early_ = false;
    }
}

void RequestLog::sent(RequestWay way, std::uint32_t early_bytes, Instant now) {
    auto row = row_about<Request>(attempt_.row);
    row.sent = now - run_start;
    row.way = way;
    row.bytes = request_bytes_;
    row.early_bytes = early_bytes;
    table_.add(row);
    attempt_.request = static_cast<std::uint32_t>(table_.size());
}

void RequestLog::too_early() {
    table_.at(attempt_.request - 1, &Request::fate) =
        static_cast<std::uint8_t>(RequestFate::too_early);
}

void RequestLog::answered(std::size_t bytes, Instant now) {
    const std::size_t row = attempt_.request - 1;
    if (table_.at(row, &Request::response_bytes) == 0) {
        table_.at(row, &Request::fate) = static_cast<std::uint8_t>(RequestFate::answered);
        table_.set(row, &Request::first_byte, now - run_start);
    }
    table_.at(row, &Request::response_bytes) += static_cast<std::uint32_t>(bytes);
}

void note_taken_up(history::Table<Request>& table, const OpenAttempt& attempt, bool early,
                   Instant now) {
    const std::uint32_t record = early ? attempt.early_request : attempt.request;
    RESHAKE_CHECK(record != 0);
    if (table.at(record - 1, &Request::executions)++ == 0) {
        table.set(record - 1, &Request::taken_up, now - run_start);
    }
}

}  // namespace reshake::host
