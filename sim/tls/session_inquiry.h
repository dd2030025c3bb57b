// What a server's endpoint asks of, and gives to, a session cache that lies outside of it.
//
// Source: SSL_CTX_set_client_hello_cb(3) (SSL_CLIENT_HELLO_RETRY), SSL_CTX_sess_set_get_cb(3).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/base/time.h"

namespace reshake::tls {

/// A session that a client offered, and that the handshake waits for.
struct SessionInquiry {
    std::string key;    ///< The session's id, and after it what separates keys.
    bool take = false;  ///< Its single use must be over for everybody else.
};

/// A session for the cache to keep.
struct SessionEntry {
    std::string key;
    std::vector<std::byte> value;  ///< The session as DER, or that sealed.
    Duration lifetime{};
};

}  // namespace reshake::tls
