// OpenSSL's view of a connection: a BIO over two queues of bytes. Inside this room only.
#pragma once

#include <openssl/bio.h>

#include "sim/base/byte_queue.h"

namespace reshake::tls {

struct Transport {
    ByteQueue input;
    ByteQueue output;
    bool ended = false;  ///< Nothing follows what is in `input`.
};

/// Owned by the caller. `transport` must outlive it.
[[nodiscard]] BIO* new_queue_bio(Transport& transport);

}  // namespace reshake::tls
