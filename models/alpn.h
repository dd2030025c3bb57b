// Names of application protocols (ALPN), as clients offer them and as the extension spells them.
//
// Source: RFC 7301 section 3.1: each name has 1 to 255 bytes, and a byte for its length before it;
//         all together have 65,535 at most.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "models/clients.h"

namespace reshake {

inline constexpr std::size_t longest_protocol_name = 255;
inline constexpr std::size_t longest_protocol_list = 65'535;

/// The content of the extension, without its own length.
[[nodiscard]] inline std::string protocol_list(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        list += static_cast<char>(static_cast<unsigned char>(name.size()));
        list += name;
    }
    return list;
}

/// What any client of a run can negotiate, each once: an attempt names its protocol by its place
/// here.
[[nodiscard]] inline std::vector<std::string> offered_protocols(
    const std::vector<Clients>& populations) {
    std::vector<std::string> offered;
    for (const Clients& clients : populations) {
        for (const std::string& name : clients.tls.alpn) {
            if (std::ranges::find(offered, name) == offered.end()) offered.push_back(name);
        }
    }
    return offered;
}

}  // namespace reshake
