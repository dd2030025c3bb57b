// The access link of a client: a rate, or a recorded cellular trace, with delay, queue and loss.
//
// Source: the trace format is mahimahi's (Netravali et al., USENIX ATC 2015): one line per
// opportunity to deliver 1,504 bytes, in milliseconds since the start of the recording.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "models/loss.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/base/units.h"

namespace reshake {

inline constexpr Bounds link_delay{.at_least = 0.0, .at_most = 60e9};
inline constexpr Bounds queue_size{.at_least = 1.0, .at_most = 1e6};

/// A link with a fixed rate. Both directions are alike, each with its own queue and loss process.
struct Link {
    static constexpr std::string_view type_name = "Link";

    std::optional<BitRate> rate{};      ///< None: serialisation takes no time.
    Duration delay{};                   ///< Propagation, one way.
    Loss loss{};                        ///< Met after the queue.
    std::uint32_t queue_packets = 100;  ///< Drop-tail; the packet on the line counts.

    bool operator==(const Link&) const = default;
    static constexpr auto fields() {
        return std::tuple{field("rate", &Link::rate, {.at_least = 1e3, .at_most = 1e12}),
                          required("delay", &Link::delay, link_delay), field("loss", &Link::loss),
                          field("queue_packets", &Link::queue_packets, queue_size)};
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
        return std::tuple{required("path", &DeliveryTrace::path),
                          field("sha256", &DeliveryTrace::sha256)};
    }
    static constexpr auto content() {
        return std::tuple{field("opportunities", &DeliveryTrace::opportunities)};
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

    bool operator==(const TraceLink&) const = default;
    static constexpr auto fields() {
        return std::tuple{
            required("downlink", &TraceLink::downlink), field("uplink", &TraceLink::uplink),
            required("delay", &TraceLink::delay, link_delay), field("loss", &TraceLink::loss),
            field("queue_packets", &TraceLink::queue_packets, queue_size)};
    }
};

using Access = std::variant<Link, TraceLink>;

}  // namespace reshake
