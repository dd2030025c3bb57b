// A running hash of everything that was sent: equal digests mean equal bytes in equal order.
//
// Source: FNV-1a, 64 bit, taken eight bytes at a time for speed. Finds accidents, not attackers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace reshake {

class Digest {
public:
    void add(std::uint64_t word) noexcept {
        value_ = (value_ ^ word) * 0x100000001b3u;
        value_ ^= value_ >> 29;
    }
    void add(std::span<const std::byte> bytes) noexcept {
        add(bytes.size());
        while (!bytes.empty()) {
            std::uint64_t word = 0;
            const std::size_t size = bytes.size() < sizeof word ? bytes.size() : sizeof word;
            std::memcpy(&word, bytes.data(), size);
            add(word);
            bytes = bytes.subspan(size);
        }
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace reshake
