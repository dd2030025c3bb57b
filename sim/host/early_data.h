// What TLS says of early data, in the words of an attempt.
#pragma once

#include "sim/history/attempt.h"
#include "sim/tls/endpoint.h"

namespace reshake::host {

[[nodiscard]] constexpr history::NoEarlyData why_not_early(tls::EarlyDataVerdict verdict) noexcept {
    using history::NoEarlyData;
    switch (verdict) {
        case tls::EarlyDataVerdict::server_off:
            return NoEarlyData::server_off;
        case tls::EarlyDataVerdict::not_resumed:
            return NoEarlyData::not_resumed;
        case tls::EarlyDataVerdict::hello_retry:
            return NoEarlyData::hello_retry;
        case tls::EarlyDataVerdict::not_fresh:
            return NoEarlyData::not_fresh;
        case tls::EarlyDataVerdict::alpn_changed:
            return NoEarlyData::alpn_changed;
        case tls::EarlyDataVerdict::replayed:
            return NoEarlyData::replayed;
        case tls::EarlyDataVerdict::none:
            break;
    }
    return NoEarlyData::accepted;
}

}  // namespace reshake::host
