// Between our time and ns-3's, and events without a std::function for ns-3's queue.
#pragma once

#include <utility>

#include <ns3/event-id.h>
#include <ns3/event-impl.h>
#include <ns3/nstime.h>
#include <ns3/ptr.h>
#include <ns3/simulator.h>

#include "sim/base/time.h"

namespace reshake::net {

[[nodiscard]] inline ns3::Time to_ns3(Duration duration) {
    return ns3::NanoSeconds(duration.count());
}

[[nodiscard]] inline Instant ns3_now() {
    return Instant(Duration(ns3::Simulator::Now().GetNanoSeconds()));
}

/// Puts an Event (a subclass of ns3::EventImpl, made of `arguments`) into the queue, after `delay`.
template <typename Event, typename... Arguments>
ns3::EventId schedule(Duration delay, Arguments&&... arguments) {
    const ns3::Ptr<ns3::EventImpl> event =
        ns3::Create<Event>(std::forward<Arguments>(arguments)...);
    return ns3::Simulator::Schedule(to_ns3(delay), event);
}

}  // namespace reshake::net
