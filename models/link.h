// The access link of a client: a rate, or a recorded cellular trace, with delay, queue and loss.
//
// Source: the trace format is mahimahi's (Netravali et al., USENIX ATC 2015): one line per
// opportunity to deliver 1,504 bytes, in milliseconds since the start of the recording.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/jitter.h"
#include "models/loss.h"
#include "models/queue.h"
#include "models/radio.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/base/units.h"

namespace reshake {

inline constexpr Bounds link_delay{.at_least = 0.0, .at_most = 60e9};
inline constexpr Bounds link_rate{.at_least = 1e3, .at_most = 1e12};
inline constexpr Bounds queue_size{.at_least = 1.0, .at_most = 1e6};
/// RFC 791: what every IPv4 host takes. Ethernet's is the largest here.
inline constexpr Bounds link_mtu{.at_least = 576.0, .at_most = 1500.0};
inline constexpr Bounds queue_room{.at_least = 1500.0, .at_most = 4e9};

/// What one direction of a link has of its own. None: as the link says.
struct OneWay {
    static constexpr std::string_view type_name = "OneWay";

    std::optional<BitRate> rate{};
    std::optional<Duration> delay{};
    Loss loss{};  ///< None: as the link says; a loss of zero is none.
    std::optional<std::uint32_t> queue_packets{};
    std::optional<std::uint32_t> queue_bytes{};
    Queue queue{};  ///< None: as the link says.
    std::optional<Jitter> jitter{};
    std::optional<double> duplication{};
    std::optional<double> corruption{};

    bool operator==(const OneWay&) const = default;
    static constexpr auto fields() {
        return fields_of(field("rate", &OneWay::rate, link_rate),
                         field("delay", &OneWay::delay, link_delay), field("loss", &OneWay::loss),
                         field("queue_packets", &OneWay::queue_packets, queue_size),
                         field("queue_bytes", &OneWay::queue_bytes, queue_room),
                         field("queue", &OneWay::queue), field("jitter", &OneWay::jitter),
                         field("duplication", &OneWay::duplication, bounds::probability),
                         field("corruption", &OneWay::corruption, bounds::probability));
    }
};

/// A link with a fixed rate. Each direction has its own queue and processes.
struct Link {
    static constexpr std::string_view type_name = "Link";

    std::optional<BitRate> rate{};      ///< None: serialisation takes no time.
    Duration delay{};                   ///< Propagation, one way.
    Loss loss{};                        ///< Met after the queue.
    std::uint32_t queue_packets = 100;  ///< Room; with drop-tail the packet on the line counts.
    /// The queue's room in bytes, in the place of packets.
    std::optional<std::uint32_t> queue_bytes{};
    Queue queue{};
    std::optional<Jitter> jitter{};
    double duplication = 0.0;    ///< Probability that a packet arrives twice.
    double corruption = 0.0;     ///< Probability that it arrives spoilt: TCP's checksum finds it.
    std::uint32_t mtu = 1500;    ///< Of both directions, as the client's TCP announces it (MSS).
    std::optional<OneWay> up{};  ///< From the client.
    std::optional<OneWay> down{};
    std::optional<Radio> radio{};  ///< None: always connected.

    bool operator==(const Link&) const = default;
    static constexpr auto fields() {
        return fields_of(field("rate", &Link::rate, link_rate),
                         required("delay", &Link::delay, link_delay), field("loss", &Link::loss),
                         field("queue_packets", &Link::queue_packets, queue_size),
                         field("queue_bytes", &Link::queue_bytes, queue_room),
                         field("queue", &Link::queue), field("jitter", &Link::jitter),
                         field("duplication", &Link::duplication, bounds::probability),
                         field("corruption", &Link::corruption, bounds::probability),
                         field("mtu", &Link::mtu, link_mtu), field("up", &Link::up),
                         field("down", &Link::down), field("radio", &Link::radio));
    }
};

/// Recorded opportunities to deliver, repeated for ever.
///
/// Invariant: `opportunities` is sorted, has a last element above zero, and hashes to `sha256`; the
/// reader of the file sees to it.
struct DeliveryTrace {
    static constexpr std::string_view type_name = "DeliveryTrace";

    std::string path;
    std::string sha256;
    std::vector<std::uint32_t> opportunities;  ///< Units: milliseconds. The file's content.

    bool operator==(const DeliveryTrace& other) const { return sha256 == other.sha256; }
    static constexpr auto fields() {
        return fields_of(required("path", &DeliveryTrace::path),
                         field("sha256", &DeliveryTrace::sha256));
    }
    static constexpr auto content() {
        return fields_of(field("opportunities", &DeliveryTrace::opportunities));
    }
};

/// A link whose capacity is a recording.
///
/// Each client enters the recording at a place of its own, so that clients are not in step.
struct TraceLink {
    static constexpr std::string_view type_name = "TraceLink";

    DeliveryTrace downlink{};
    std::optional<DeliveryTrace> uplink{};  ///< None: the downlink's recording, entered elsewhere.
    Duration delay{};
    Loss loss{};
    std::uint32_t queue_packets = 100;
    std::optional<std::uint32_t> queue_bytes{};
    Queue queue{};
    std::optional<Jitter> jitter{};
    double duplication = 0.0;
    double corruption = 0.0;
    std::uint32_t mtu = 1500;
    std::optional<OneWay> up{};  ///< Without a rate: that is the recording's.
    std::optional<OneWay> down{};
    std::optional<Radio> radio{};

    bool operator==(const TraceLink&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("downlink", &TraceLink::downlink), field("uplink", &TraceLink::uplink),
            required("delay", &TraceLink::delay, link_delay), field("loss", &TraceLink::loss),
            field("queue_packets", &TraceLink::queue_packets, queue_size),
            field("queue_bytes", &TraceLink::queue_bytes, queue_room),
            field("queue", &TraceLink::queue), field("jitter", &TraceLink::jitter),
            field("duplication", &TraceLink::duplication, bounds::probability),
            field("corruption", &TraceLink::corruption, bounds::probability),
            field("mtu", &TraceLink::mtu, link_mtu), field("up", &TraceLink::up),
            field("down", &TraceLink::down), field("radio", &TraceLink::radio));
    }
};

using Access = std::variant<Link, TraceLink>;

}  // namespace reshake
