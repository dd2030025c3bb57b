// Access over a full radio model: an access point or a base station, and the stations around it.
//
// Unlike every other access these are ns-3's own models of a medium (IEEE 802.11ax, LTE): beacons,
// subframes and measurements go on whether or not packets pass, and cost their share of each
// second.
//
// Source: IEEE 802.11ax-2021 as in ns-3's wifi module; 3GPP Release 8 as in its lte module.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/base/units.h"

namespace reshake {

/// Units: bytes of an IP packet. What either medium is made for: Ethernet's.
inline constexpr std::uint32_t cell_mtu = 1500;

/// Units: metres.
inline constexpr Bounds cell_distance{.at_least = 1.0, .at_most = 20'000.0};
/// Units: metres per second. The fastest trains.
inline constexpr Bounds station_speed{.at_least = 0.0, .at_most = 150.0};
inline constexpr Bounds cell_neighbours{.at_least = 0.0, .at_most = 100.0};
inline constexpr Bounds neighbour_load{.at_least = 1e3, .at_most = 1e9};

enum class WifiChannelWidth { mhz20, mhz40, mhz80 };
[[nodiscard]] constexpr auto names_of(WifiChannelWidth) noexcept {
    return std::array<std::string_view, 3>{"20MHz", "40MHz", "80MHz"};
}

enum class LteBandwidth { mhz5, mhz10, mhz20 };
[[nodiscard]] constexpr auto names_of(LteBandwidth) noexcept {
    return std::array<std::string_view, 3>{"5MHz", "10MHz", "20MHz"};
}

/// All clients of a population at one access point, in the band of 5 GHz.
///
/// Invariant: `farthest` is above `distance`; checked by `validate`.
struct Wifi {
    static constexpr std::string_view type_name = "Wifi";

    double distance = 0.0;             ///< Of each station from the access point, at first.
    double speed = 0.0;                ///< Of the clients, straight away from it.
    std::optional<double> farthest{};  ///< There they turn, and at `distance` again. None: never.
    WifiChannelWidth channel_width = WifiChannelWidth::mhz80;
    std::uint32_t neighbours = 0;       ///< Stations that stand still and download without a pause.
    BitRate neighbour_rate{5'000'000};  ///< What each of them is sent.

    bool operator==(const Wifi&) const = default;
    static constexpr auto fields() {
        return fields_of(required("distance", &Wifi::distance, cell_distance),
                         field("speed", &Wifi::speed, station_speed),
                         field("farthest", &Wifi::farthest, cell_distance),
                         field("channel_width", &Wifi::channel_width),
                         field("neighbours", &Wifi::neighbours, cell_neighbours),
                         field("neighbour_rate", &Wifi::neighbour_rate, neighbour_load));
    }
};

/// All clients of a population in one cell of an eNodeB, in the band of 2.1 GHz, with an EPC.
///
/// Invariant: as of Wifi.
struct Lte {
    static constexpr std::string_view type_name = "Lte";

    double distance = 0.0;
    double speed = 0.0;
    std::optional<double> farthest{};
    LteBandwidth bandwidth = LteBandwidth::mhz10;  ///< Of either direction (FDD).
    std::uint32_t neighbours = 0;
    BitRate neighbour_rate{5'000'000};

    bool operator==(const Lte&) const = default;
    static constexpr auto fields() {
        return fields_of(required("distance", &Lte::distance, cell_distance),
                         field("speed", &Lte::speed, station_speed),
                         field("farthest", &Lte::farthest, cell_distance),
                         field("bandwidth", &Lte::bandwidth),
                         field("neighbours", &Lte::neighbours, cell_neighbours),
                         field("neighbour_rate", &Lte::neighbour_rate, neighbour_load));
    }
};

/// How many stations a cell takes, neighbours included: ns-3's eNodeB gives each a turn of its own
/// in every 40 ms for the sounding signal (LteEnbRrc::SrsPeriodicity). Wi-Fi's is a matter of cost.
template <typename Cell>
inline constexpr std::uint32_t most_stations = 100;
template <>
inline constexpr std::uint32_t most_stations<Lte> = 39;

/// How far a station is after `elapsed`: it walks from `near` on, and between there and `far`.
[[nodiscard]] double distance_after(double near, double speed, std::optional<double> far,
                                    Duration elapsed) noexcept;

}  // namespace reshake
