// Which TCP the machines of a scenario run, and what may be asked of it.
#pragma once

#include <array>
#include <string_view>

namespace reshake {

/// Linux 6 stands for the kernels since 6.5 with linear SYN timers; Linux 4 for those before, whose
/// SYN timers double from the start; ns3 for ns-3's own TCP with the values of a Linux host.
enum class TcpFlavour { linux_6, linux_4, ns3 };

[[nodiscard]] constexpr auto names_of(TcpFlavour) noexcept {
    return std::array<std::string_view, 3>{"linux-6", "linux-4", "ns3"};
}

/// What machines run unless a scenario says otherwise.
inline constexpr TcpFlavour usual_tcp = TcpFlavour::linux_6;

/// Which Internet Protocol its connections run over. An IPv6 header is 20 bytes longer, which
/// segments make up for.
enum class IpVersion { ipv4, ipv6 };

[[nodiscard]] constexpr auto names_of(IpVersion) noexcept {
    return std::array<std::string_view, 2>{"ipv4", "ipv6"};
}

/// Who can check a Fast Open cookie (net.ipv4.tcp_fastopen_key): every server of the site that
/// granted it, or that server alone, as when each kernel draws its own key.
enum class FastOpenKeyScope { shared, per_server };

[[nodiscard]] constexpr auto names_of(FastOpenKeyScope) noexcept {
    return std::array<std::string_view, 2>{"shared", "per-server"};
}

/// What became of TCP Fast Open (RFC 7413) on a connection, as its client knows it.
enum class FastOpen {
    not_asked,         ///< The client did not use it.
    cookie_requested,  ///< The client had no cookie, and asked for one in its SYN.
    unanswered,        ///< Data left in the SYN, and there has been no answer.
    accepted,          ///< The server took the data in the SYN.
    refused,           ///< The first SYN was answered, and its data not taken: sent again.
    lost,              ///< A SYN without data had to follow: the data was sent again.
};

[[nodiscard]] constexpr auto names_of(FastOpen) noexcept {
    return std::array<std::string_view, 6>{"not_asked", "cookie_requested", "unanswered",
                                           "accepted",  "refused",          "lost"};
}

}  // namespace reshake
