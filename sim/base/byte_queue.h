// Bytes waiting in order: written at one end, read at the other.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/base/check.h"

namespace reshake {

class ByteQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return read_ == bytes_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - read_; }

    /// What waits, oldest first. Valid until the next `append` or `consume`.
    [[nodiscard]] std::span<const std::byte> front() const noexcept {
        return std::span(bytes_).subspan(read_);
    }

    void append(std::span<const std::byte> bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }

    /// Makes room for `size` bytes at the end and returns it, for a writer that fills in place.
    [[nodiscard]] std::span<std::byte> extend(std::size_t size) {
        bytes_.resize(bytes_.size() + size);
        return std::span(bytes_).last(size);
    }
    /// Takes back the last `size` bytes of what `extend` returned.
    void retract(std::size_t size) noexcept {
        RESHAKE_CHECK(size <= this->size());
        bytes_.resize(bytes_.size() - size);
    }

    void consume(std::size_t size) noexcept {
        RESHAKE_CHECK(size <= this->size());
        read_ += size;
        if (read_ == bytes_.size()) {
            bytes_.clear();
            read_ = 0;
        }
    }

    /// Gives the memory back; an idle connection should hold none.
    void release() noexcept {
        if (empty()) std::vector<std::byte>().swap(bytes_);
    }

private:
    std::vector<std::byte> bytes_;
    std::size_t read_ = 0;
};

}  // namespace reshake
