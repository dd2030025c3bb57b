#include "sim/net/capture.h"

#include <chrono>
#include <ios>

#include <ns3/pcap-file.h>

namespace reshake::net {
namespace {

/// LINKTYPE_RAW of the registry of the pcap format; the version of IP is in the packet.
constexpr std::uint32_t raw_ip = 101;

}  // namespace

void Capture::add(Instant at, std::span<const std::byte> packet) {
    packets_.push_back({.at = at, .begin = bytes_.size(), .size = packet.size()});
    bytes_.insert(bytes_.end(), packet.begin(), packet.end());
}

bool Capture::write(const std::string& file) const {
    ns3::PcapFile out;
    out.Open(file, std::ios::out);
    if (out.Fail()) return false;
    out.Init(raw_ip, ns3::PcapFile::SNAPLEN_DEFAULT, ns3::PcapFile::ZONE_DEFAULT, false, true);
    for (const Packet& each : packets_) {
        const Duration since_start = each.at - run_start;
        const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start);
        out.Write(static_cast<std::uint32_t>(seconds.count()),
                  static_cast<std::uint32_t>((since_start - seconds).count()),
                  reinterpret_cast<const std::uint8_t*>(bytes_.data() + each.begin),
                  static_cast<std::uint32_t>(each.size));
    }
    const bool written = !out.Fail();
    out.Close();
    return written && !out.Fail();
}

}  // namespace reshake::net
