// When clients come: a random process, or a recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// Visits of each client with exponentially distributed gaps.
struct Poisson {
    static constexpr std::string_view type_name = "Poisson";

    Duration mean_gap{};

    bool operator==(const Poisson&) const = default;
    static constexpr auto fields() {
        return std::tuple{required("mean_gap", &Poisson::mean_gap, bounds::positive)};
    }
};

/// Recorded visits, read from a file of (client, seconds) rows.
///
/// Invariant: `visits[i]` holds the times of the i-th client to appear, sorted; they hash to
/// `sha256`; the reader of the file sees to it.
struct Trace {
    static constexpr std::string_view type_name = "Trace";

    std::string path;
    std::string sha256;
    std::vector<std::vector<Duration>> visits;  ///< Since the start of the run. The file's content.

    bool operator==(const Trace& other) const { return sha256 == other.sha256; }
    static constexpr auto fields() {
        return std::tuple{required("path", &Trace::path), field("sha256", &Trace::sha256)};
    }
    static constexpr auto content() { return std::tuple{field("visits", &Trace::visits)}; }
};

using Arrivals = std::variant<Poisson, Trace>;

/// The arrivals of one client in motion.
class ArrivalProcess {
public:
    /// `law` must outlive the process. `client` is the index within its population.
    ArrivalProcess(const Arrivals& law, std::size_t client, Random random) noexcept;

    /// The visit after the last one returned (the first at the first call), `never` at the end.
    [[nodiscard]] Instant next() noexcept;

private:
    const Arrivals* law_;
    Random random_;
    Instant last_ = run_start;
    std::uint32_t client_;
    std::uint32_t returned_ = 0;
};

}  // namespace reshake
