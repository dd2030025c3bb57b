// The packets that one network device has seen, for a file that Wireshark opens.
//
// Source: the pcap format as ns-3 writes it, with nanoseconds, and link type RAW: packets begin
//         with their IP header. Time counts from the start of the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/base/time.h"

namespace reshake::net {

/// They are kept in memory until they are written: a process may have fewer files open than there
/// are machines in a world.
class Capture {
public:
    void add(Instant at, std::span<const std::byte> packet);
    [[nodiscard]] std::size_t size() const noexcept { return packets_.size(); }

    /// Whether the file could be written; if not, what is there of it is of no use.
    [[nodiscard]] bool write(const std::string& file) const;

private:
    struct Packet {
        Instant at;
        std::size_t begin = 0;
        std::size_t size = 0;
    };
    std::vector<Packet> packets_;
    std::vector<std::byte> bytes_;
};

}  // namespace reshake::net
