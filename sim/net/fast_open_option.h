// The Fast Open option of a TCP header, which ns-3 does not know.
//
// Source: RFC 7413 section 4.1.1: kind 34, length, a cookie of 4 to 16 bytes; an empty one asks for
// a cookie. The experimental form (kind 254) is not spoken.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>

#include <ns3/tcp-header.h>
#include <ns3/tcp-option.h>

#include "sim/net/fast_open.h"

namespace reshake::net {

/// What stands in the option of a segment.
struct FastOpenField {
    std::optional<FastOpenCookie> cookie{};  ///< None: a request for one.
};

/// The option that `header` carries, if any. A cookie of another length than ours is no cookie.
[[nodiscard]] std::optional<FastOpenField> fast_open_field(const ns3::TcpHeader& header);

void add_fast_open_field(ns3::TcpHeader& header, const FastOpenField& field);

}  // namespace reshake::net
