// The one place where a kernel's TCP is chosen.
#pragma once

#include "sim/net/network.h"
#include "sim/net/stream_socket.h"

namespace reshake::net {

struct HostKind {
    IpVersion ip = IpVersion::ipv4;
    /// Linux's timers go off at their tick and segments are stamped as they arrive: what a replay
    /// of logged losses needs, where no draw is to decide.
    bool ideal = false;
};

/// A closed socket of this flavour: every socket of a network, client, listening or accepted, is
/// made from it with `copy_for`, or by ns-3's Fork() of a listening one.
[[nodiscard]] ns3::Ptr<StreamSocket> prototype_socket(TcpFlavour flavour,
                                                      const HostKind& host = {});

}  // namespace reshake::net
