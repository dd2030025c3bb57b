#include "sim/host/key_messages.h"

#include <algorithm>
#include <cstring>

#include "sim/base/check.h"
#include "sim/net/datagram.h"

namespace reshake::host {
namespace {

enum class Kind : std::uint8_t { report, question, handout };

constexpr std::size_t header_bytes = 1;

/// One key on the wire; both ends are the same machine's memory.
struct KeyOnWire {
    std::int32_t fault;
    std::int64_t generation;
    std::int64_t seals_from;  ///< Nanoseconds since the start of the run.
    KeyName key_name;
    std::array<std::byte, 32> aes_key;
    std::array<std::byte, 32> hmac_key;
};
static_assert(header_bytes + keys_per_message * sizeof(KeyOnWire) <= net::largest_datagram);

template <typename T>
void append(std::vector<std::byte>& out, const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

std::vector<std::byte> encode(const KeyMessage& message) {
    std::vector<std::byte> out;
    if (const auto* report = std::get_if<KeyReport>(&message)) {
        append(out, report->asks ? Kind::question : Kind::report);
        if (report->last) append(out, *report->last);
        return out;
    }
    const auto& handout = std::get<KeyHandout>(message);
    RESHAKE_CHECK(handout.keys.size() <= keys_per_message);
    append(out, Kind::handout);
    for (const DeliveredKey& each : handout.keys) {
        KeyOnWire wire{};
        std::memset(&wire, 0, sizeof wire);  // Padding too: a datagram is the same every time.
        wire.fault = each.key.id.fault;
        wire.generation = each.key.id.generation;
        wire.seals_from = (each.key.seals_from - run_start).count();
        wire.key_name = each.stek.key_name;
        wire.aes_key = each.stek.aes_key;
        wire.hmac_key = each.stek.hmac_key;
        append(out, wire);
    }
    return out;
}

std::optional<KeyMessage> decode(std::span<const std::byte> datagram) {
    if (datagram.empty()) return std::nullopt;
    const auto kind = static_cast<Kind>(datagram.front());
    datagram = datagram.subspan(header_bytes);
    if (kind == Kind::handout) {
        if (datagram.size() % sizeof(KeyOnWire) != 0) return std::nullopt;
        KeyHandout handout;
        for (; !datagram.empty(); datagram = datagram.subspan(sizeof(KeyOnWire))) {
            KeyOnWire wire{};
            std::memcpy(&wire, datagram.data(), sizeof wire);
            handout.keys.push_back({.key = {.id = {.source = KeySource::coordinator,
                                                   .fault = wire.fault,
                                                   .generation = wire.generation},
                                            .seals_from = run_start + Duration{wire.seals_from}},
                                    .stek = {.generation = wire.generation,
                                             .key_name = wire.key_name,
                                             .aes_key = wire.aes_key,
                                             .hmac_key = wire.hmac_key}});
        }
        return handout;
    }
    if (kind != Kind::report && kind != Kind::question) return std::nullopt;
    KeyReport report{.asks = kind == Kind::question, .last = {}};
    if (datagram.size() == sizeof(KeyName)) {
        std::ranges::copy(datagram, report.last.emplace().begin());
    } else if (!datagram.empty()) {
        return std::nullopt;
    }
    return report;
}

}  // namespace reshake::host
