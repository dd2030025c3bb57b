// What a calibration times, for the floor above the world, which does not see the room of TLS.
#pragma once

#include "sim/tls/calibration.h"
#include "sim/tls/handshake_batch.h"

namespace reshake::world {

using tls::Calibration;
using tls::Cost;
using tls::HandshakeBatch;
using tls::HandshakeKind;
using tls::Subject;

}  // namespace reshake::world
