// Writes down when one server gets a key from its coordinator, and when it opens no more with it.
//
// Keys retire by the server's clock alone, without anybody noticing: to write it down takes an
// alarm, which only an audit pays for.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include "models/held_keys.h"
#include "models/wall_clock.h"
#include "sim/host/audit_trail.h"
#include "sim/net/simulation.h"

namespace reshake::world {

class KeyWatch {
public:
    /// What a key is called in the log.
    using Name = std::function<std::uint64_t(const KeyId&)>;

    /// `trail`, `simulation`, `clock` and `held` must outlive the watch, and so must what `name`
    /// looks at.
    KeyWatch(host::AuditTrail& trail, net::Simulation& simulation, const WallClock& clock,
             const HeldKeys& held, Name name);
    KeyWatch(const KeyWatch&) = delete;
    KeyWatch& operator=(const KeyWatch&) = delete;

    /// Something may have changed: a key has come, or the clock was touched.
    void look();
    /// The server has lost its keys, which is written down by whoever took them.
    void forget();

private:
    host::AuditTrail& trail_;
    net::Simulation& simulation_;
    const WallClock& clock_;
    const HeldKeys& held_;
    Name name_;
    std::set<KeyId> opening_;
    net::Alarm alarm_;
};

}  // namespace reshake::world
