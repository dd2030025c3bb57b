// Which TCP the machines of a scenario run.
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

}  // namespace reshake
