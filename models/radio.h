// The radio's states: what a cellular modem needs before it can send, after a time of silence.
//
// Source: RRC_IDLE and RRC_CONNECTED of 3GPP TS 36.331 (LTE) and TS 38.331 (5G). How long the way
//         from one to the other takes, and how long a network waits before it sends a device back,
//         was measured by Huang et al., MobiSys 2012.
#pragma once

#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// A link whose radio falls idle. The first packet of either direction after `inactivity` without
/// any waits until it is connected again; those behind it wait too.
struct Radio {
    static constexpr std::string_view type_name = "Radio";

    Duration promotion{};  ///< From idle to connected.
    Duration inactivity = std::chrono::seconds(10);
    /// A device that is idle listens once in so much: what comes to it waits for that first, evenly
    /// spread.
    Duration paging{};

    bool operator==(const Radio&) const = default;
    static constexpr auto fields() {
        constexpr Bounds minute{.at_least = 0.0, .at_most = 60e9};
        return fields_of(
            required("promotion", &Radio::promotion, minute),
            field("inactivity", &Radio::inactivity, {.at_least = 0.0, .at_most = 86'400e9}),
            field("paging", &Radio::paging, minute));
    }
};

/// A radio in motion, of both directions of a link, evaluated when a packet passes.
class RadioProcess {
public:
    RadioProcess(const Radio& law, Random random) noexcept;

    /// When the packet that comes at `now` can go; `paged` where it comes from the network.
    [[nodiscard]] Instant ready(Instant now, bool paged) noexcept;

private:
    Radio law_;
    Random random_;
    Instant connected_ = run_start;
    Instant idle_from_ = run_start;
};

}  // namespace reshake
