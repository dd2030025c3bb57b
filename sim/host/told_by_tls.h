// What TLS says of a client's connection, in the words of an attempt.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/history/attempt.h"
#include "sim/tls/endpoint.h"

namespace reshake::host {

/// Source: RFC 7301 section 3.2.
inline constexpr std::uint8_t no_application_protocol = 120;

/// -1: none was negotiated.
[[nodiscard]] inline std::int16_t index_of(const std::vector<std::string>& protocols,
                                           const std::string& name) {
    const auto found = std::ranges::find(protocols, name);
    return static_cast<std::int16_t>(found == protocols.end() ? -1 : found - protocols.begin());
}

[[nodiscard]] inline history::Authentication authentication_of(const tls::Facts& facts) noexcept {
    using enum history::Authentication;
    if (facts.version == 0) return none;  // The handshake is not complete.
    return facts.resumed ? ticket : facts.external_psk ? external_psk : certificate;
}

[[nodiscard]] inline history::Outcome outcome_of(const tls::Facts& facts) noexcept {
    if (facts.alert_received == no_application_protocol)
        return history::Outcome::no_application_protocol;
    // Of an end within a record OpenSSL makes an alert of its own, which says no more than that.
    return facts.truncated && !facts.alert_received ? history::Outcome::truncated
                                                    : history::Outcome::alert;
}

}  // namespace reshake::host
