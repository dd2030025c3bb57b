#include "models/describe.h"

#include <array>
#include <charconv>
#include <string_view>

namespace reshake {
namespace {

struct Unit {
    std::int64_t size;
    std::string_view name;
};

template <std::size_t count>
std::string in_units(std::int64_t value, const std::array<Unit, count>& units) {
    std::string text = value < 0 ? "-" : "";
    auto rest = static_cast<std::uint64_t>(value < 0 ? -value : value);
    for (const Unit& unit : units) {
        const auto size = static_cast<std::uint64_t>(unit.size);
        if (rest >= size) {
            text += std::to_string(rest / size) + std::string(unit.name);
            rest %= size;
        }
    }
    return text.empty() ? "0" + std::string(units.back().name) : text;
}

}  // namespace

std::string describe(Duration duration) {
    if (duration == Duration::zero()) return "0s";
    static constexpr std::array<Unit, 7> units{{{86'400'000'000'000, "d"},
                                                {3'600'000'000'000, "h"},
                                                {60'000'000'000, "min"},
                                                {1'000'000'000, "s"},
                                                {1'000'000, "ms"},
                                                {1'000, "us"},
                                                {1, "ns"}}};
    return in_units(duration.count(), units);
}

std::string describe(BitRate rate) {
    static constexpr std::array<Unit, 4> units{
        {{1'000'000'000, "Gbps"}, {1'000'000, "Mbps"}, {1'000, "kbps"}, {1, "bps"}}};
    const auto* unit = units.begin();
    while (rate.bits_per_second % unit->size != 0) ++unit;  // Every rate is a multiple of 1 bps.
    return std::to_string(rate.bits_per_second / unit->size) + std::string(unit->name);
}

std::string describe(double number) {
    std::array<char, 32> text{};
    const auto [end, failed] = std::to_chars(text.data(), text.data() + text.size(), number);
    static_cast<void>(failed);
    return {text.data(), end};
}

std::string describe(std::uint32_t number) { return std::to_string(number); }

}  // namespace reshake
