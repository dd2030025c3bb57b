// The only generator of randomness that the library context knows: the environment's stream.
#pragma once

#include <openssl/core.h>

namespace reshake::tls {

/// Algorithms for OSSL_OP_RAND, under the names of the stock generators and of the seed source, so
/// that nothing in the context can get a real one.
[[nodiscard]] const OSSL_ALGORITHM* seeded_generators() noexcept;

}  // namespace reshake::tls
