// Seals and opens tickets with the ring's keys, and notes what became of the one that was offered.
// Inside this room only.
#pragma once

#include "sim/tls/handles.h"

namespace reshake::tls {

/// Installs the callbacks on one of the handle's contexts. The handle must outlive every
/// connection.
void lend_ticket_keys(ServerContext::Handle& handle, SSL_CTX* context) noexcept;

}  // namespace reshake::tls
