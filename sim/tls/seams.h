// What the C callbacks of this room see of the innermost environment. Inside this room only.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "models/device.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/tls/environment.h"

namespace reshake::tls {

class Seams {
public:
    /// Whether this thread is inside an environment.
    [[nodiscard]] static bool inside() noexcept;

    /// The wall date OpenSSL sees, since 1970-01-01. Only inside an environment.
    [[nodiscard]] static std::chrono::nanoseconds date() noexcept;

    /// The same as an instant: what the machine's clock shows. Only inside an environment.
    [[nodiscard]] static Instant shown() noexcept;

    /// Fills `out` from the environment's stream; outside any, counts a stray draw.
    static void fill_random(std::span<std::byte> out) noexcept;

    /// Adds one operation to the environment's cost, if somebody pays there.
    static void charge(CryptoOperation operation, std::string_view algorithm,
                       std::size_t size) noexcept;

    /// While it lives, the environment draws from a stream that one draw of its own stream seeds.
    ///
    /// An operation whose number of draws depends on more than its connection (RSA keeps blinding
    /// factors per key and thread) must not shift what the connection draws afterwards.
    class SubStream {
    public:
        SubStream() noexcept;
        ~SubStream();
        SubStream(const SubStream&) = delete;
        SubStream& operator=(const SubStream&) = delete;

    private:
        Random* outer_;
        Random random_;
    };
};

/// An environment for work that belongs to no connection: building and freeing what many share.
/// Its time is the start of the run, and nobody pays.
class Housekeeping {
public:
    explicit Housekeeping(Random random) noexcept
        : random_(std::move(random)), environment_(run_start, random_) {}

private:
    Random random_;
    Environment environment_;
};

}  // namespace reshake::tls
