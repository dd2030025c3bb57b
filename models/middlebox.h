// Boxes between a client's access link and the network that do more to packets than pass them on.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// What a box does with a TCP packet of a flow that it has forgotten.
enum class OnForgotten {
    drop,   ///< Nobody is told.
    reset,  ///< Whoever sent it gets a RST.
};

[[nodiscard]] constexpr auto names_of(OnForgotten) noexcept {
    return std::array<std::string_view, 2>{"drop", "reset"};
}

/// Knows each of the client's ports for as long as it is used, and gives those of UDP other ones
/// towards the network.
///
/// Source: RFC 4787 (UDP): mapping and filtering do not depend on the peer; RFC 5382 (TCP). Ports
/// of
///         TCP are preserved, as Linux's MASQUERADE does: a connection that has been forgotten
///         cannot come back under another one anyway.
struct Nat {
    static constexpr std::string_view type_name = "Nat";

    /// Without a UDP packet from the client; RFC 4787 REQ-5 asks for two minutes, and RFC 9000
    /// section 10.1.2 reckons with 30 s.
    Duration udp_timeout = std::chrono::seconds(30);
    /// Without a TCP packet in either direction; RFC 5382 REQ-5 asks for at least this.
    Duration tcp_timeout = std::chrono::minutes(124);
    OnForgotten on_forgotten = OnForgotten::drop;

    bool operator==(const Nat&) const = default;
    static constexpr auto fields() {
        return fields_of(field("udp_timeout", &Nat::udp_timeout, bounds::positive),
                         field("tcp_timeout", &Nat::tcp_timeout, bounds::positive),
                         field("on_forgotten", &Nat::on_forgotten));
    }
};

/// Lets no UDP through, or no TCP of connections that have been silent.
struct Firewall {
    static constexpr std::string_view type_name = "Firewall";

    bool drop_udp = false;
    /// A connection without a packet for so long is forgotten. None: never.
    std::optional<Duration> tcp_idle_timeout{};
    OnForgotten on_forgotten = OnForgotten::drop;

    bool operator==(const Firewall&) const = default;
    static constexpr auto fields() {
        return fields_of(field("drop_udp", &Firewall::drop_udp),
                         field("tcp_idle_timeout", &Firewall::tcp_idle_timeout, bounds::positive),
                         field("on_forgotten", &Firewall::on_forgotten));
    }
};

/// Which packets a box looks at.
enum class BoxWays { both, up, down };

[[nodiscard]] constexpr auto names_of(BoxWays) noexcept {
    return std::array<std::string_view, 3>{"both", "up", "down"};
}

/// A link with a smaller MTU than both ends believe, and nobody who tells them.
///
/// Source: RFC 2923 section 2.1.
struct BlackHole {
    static constexpr std::string_view type_name = "BlackHole";

    std::uint32_t larger_than = 0;  ///< IP packets of more bytes do not pass.
    BoxWays ways = BoxWays::both;

    bool operator==(const BlackHole&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("larger_than", &BlackHole::larger_than, {.at_least = 68.0, .at_most = 1500.0}),
            field("ways", &BlackHole::ways));
    }
};

/// Ends TCP connections by a RST to both ends that none of them sent.
///
/// Source: Weaver, Sommer, Paxson, "Detecting Forged TCP Reset Packets", NDSS 2009.
struct ResetInjection {
    static constexpr std::string_view type_name = "ResetInjection";

    double probability = 0.0;       ///< Of each connection.
    std::uint32_t after_bytes = 1;  ///< With the packet that makes it so many, both ways together.

    bool operator==(const ResetInjection&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("probability", &ResetInjection::probability, bounds::probability),
            field("after_bytes", &ResetInjection::after_bytes, {.at_least = 1.0, .at_most = 4e9}));
    }
};

using Middlebox = std::variant<Nat, Firewall, BlackHole, ResetInjection>;

}  // namespace reshake
