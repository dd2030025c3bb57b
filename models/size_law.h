// Laws of sizes: how many bytes a request or a response has.
//
// A draw below 16 bytes is 16, one above 64 MiB is 64 MiB: what messages can be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/random.h"

namespace reshake {

/// Application bytes of a request or a response.
inline constexpr Bounds message_size{.at_least = 16.0, .at_most = 64.0 * 1024 * 1024};

/// Invariant: `p90` >= `median`, checked by `validate`.
struct LogNormalBytes {
    static constexpr std::string_view type_name = "LogNormalBytes";

    std::uint32_t median = 16;
    std::uint32_t p90 = 16;  ///< Nine of ten are not larger.

    bool operator==(const LogNormalBytes&) const = default;
    static constexpr auto fields() {
        return fields_of(required("median", &LogNormalBytes::median, message_size),
                         required("p90", &LogNormalBytes::p90, message_size));
    }
};

/// P(S > s) = (least / s)^shape from `least` on.
struct ParetoBytes {
    static constexpr std::string_view type_name = "ParetoBytes";

    std::uint32_t least = 16;
    double shape = 2.0;

    bool operator==(const ParetoBytes&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("least", &ParetoBytes::least, message_size),
            required("shape", &ParetoBytes::shape, {.at_least = 0.1, .at_most = 100.0}));
    }
};

/// A cumulative distribution read from a file of (value, cumulative) rows, straight lines between
/// them.
///
/// Invariant: as of `Empirical`.
struct EmpiricalBytes {
    static constexpr std::string_view type_name = "EmpiricalBytes";

    std::string path;
    std::string sha256;
    std::vector<double> sizes;       ///< The file's content.
    std::vector<double> cumulative;  ///< P(S <= size).

    bool operator==(const EmpiricalBytes& other) const { return sha256 == other.sha256; }
    static constexpr auto fields() {
        return fields_of(required("path", &EmpiricalBytes::path),
                         field("sha256", &EmpiricalBytes::sha256));
    }
    static constexpr auto content() {
        return fields_of(field("sizes", &EmpiricalBytes::sizes),
                         field("cumulative", &EmpiricalBytes::cumulative));
    }
};

/// None: a constant that stands beside the law.
using SizeLaw = std::variant<std::monostate, LogNormalBytes, ParetoBytes, EmpiricalBytes>;

/// A size by the law, `constant` where there is none. Draws nothing then.
[[nodiscard]] std::uint32_t draw(const SizeLaw& law, std::uint32_t constant,
                                 Random random) noexcept;

}  // namespace reshake
