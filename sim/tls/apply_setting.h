// Sets one named setting on a context. Inside this room only.
#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <string>

#include "sim/tls/settings.h"

namespace reshake::tls {

/// Returns OpenSSL's reason if it refuses.
[[nodiscard]] std::optional<std::string> apply(SSL_CTX* context, NamedSetting setting,
                                               const std::string& value);

}  // namespace reshake::tls
