// What must hold throughout a run: a scenario's steady state, declared.
//
// Source: Principles of Chaos Engineering ("steady state hypothesis").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Parts of an attempt that have a limit. Names are the columns of the table of attempts.
enum class Phase { connect, handshake, first_byte, total, answer };

[[nodiscard]] constexpr auto names_of(Phase) noexcept {
    return std::array<std::string_view, 5>{"connect", "handshake", "first_byte", "total", "answer"};
}

namespace invariants {
inline constexpr Bounds count{.at_least = 1.0, .at_most = 1e9};
}

/// Connections that their user gets no response on, as a share of those asked for.
///
/// One is asked for per connection of a visit, however often it is tried; whose client vanished, or
/// that the end of the run cut short, does not count.
struct ErrorShare {
    static constexpr std::string_view type_name = "ErrorShare";

    double at_most = 0.0;
    std::optional<std::string> population{};  ///< None: all.
    Duration since{};                         ///< What began before does not count.
    std::optional<Duration> window{};         ///< In each window of so long; none: over the run.
    std::uint32_t min_count = 20;             ///< A share of fewer is not judged.

    bool operator==(const ErrorShare&) const = default;
    static constexpr auto fields() {
        return fields_of(required("at_most", &ErrorShare::at_most, bounds::probability),
                         field("population", &ErrorShare::population),
                         field("since", &ErrorShare::since, bounds::not_negative),
                         field("window", &ErrorShare::window, bounds::positive),
                         field("min_count", &ErrorShare::min_count, invariants::count));
    }
};

/// Attempts that resumed, as a share of those that were answered.
struct ResumedShare {
    static constexpr std::string_view type_name = "ResumedShare";

    double at_least = 0.0;
    std::optional<std::string> population{};
    Duration since{};
    std::optional<Duration> window{};
    std::uint32_t min_count = 20;

    bool operator==(const ResumedShare&) const = default;
    static constexpr auto fields() {
        return fields_of(required("at_least", &ResumedShare::at_least, bounds::probability),
                         field("population", &ResumedShare::population),
                         field("since", &ResumedShare::since, bounds::not_negative),
                         field("window", &ResumedShare::window, bounds::positive),
                         field("min_count", &ResumedShare::min_count, invariants::count));
    }
};

/// A percentile of the time that attempts take to get as far as a phase.
///
/// The smallest time that at least so many percent do not exceed (nearest rank). What did not get
/// that far does not count: that is the business of ErrorShare.
struct Latency {
    static constexpr std::string_view type_name = "Latency";

    Phase phase = Phase::first_byte;
    double percentile = 99.0;
    Duration at_most{};
    std::optional<std::string> population{};
    Duration since{};
    std::optional<Duration> window{};
    std::uint32_t min_count = 20;

    bool operator==(const Latency&) const = default;
    static constexpr auto fields() {
        return fields_of(field("phase", &Latency::phase),
                         field("percentile", &Latency::percentile,
                               {.at_least = 0.0, .at_most = 100.0, .above = true}),
                         required("at_most", &Latency::at_most, bounds::positive),
                         field("population", &Latency::population),
                         field("since", &Latency::since, bounds::not_negative),
                         field("window", &Latency::window, bounds::positive),
                         field("min_count", &Latency::min_count, invariants::count));
    }
};

/// No session is resumed whose ticket the client has had for longer.
struct TicketAge {
    static constexpr std::string_view type_name = "TicketAge";

    Duration at_most{};
    std::optional<std::string> population{};

    bool operator==(const TicketAge&) const = default;
    static constexpr auto fields() {
        return fields_of(required("at_most", &TicketAge::at_most, bounds::positive),
                         field("population", &TicketAge::population));
    }
};

/// No session is resumed whose last full handshake was longer ago, however often it was renewed.
struct ChainAge {
    static constexpr std::string_view type_name = "ChainAge";

    Duration at_most{};
    std::optional<std::string> population{};

    bool operator==(const ChainAge&) const = default;
    static constexpr auto fields() {
        return fields_of(required("at_most", &ChainAge::at_most, bounds::positive),
                         field("population", &ChainAge::population));
    }
};

/// No attempt's work waits longer for a core of its server, in sum.
struct ServerQueueing {
    static constexpr std::string_view type_name = "ServerQueueing";

    Duration at_most{};

    bool operator==(const ServerQueueing&) const = default;
    static constexpr auto fields() {
        return fields_of(required("at_most", &ServerQueueing::at_most, bounds::not_negative));
    }
};

/// A client whose first attempt fails has its response, from elsewhere or at a later try, soon
/// after that attempt began.
struct FallbackTime {
    static constexpr std::string_view type_name = "FallbackTime";

    Duration at_most{};
    std::optional<std::string> population{};

    bool operator==(const FallbackTime&) const = default;
    static constexpr auto fields() {
        return fields_of(required("at_most", &FallbackTime::at_most, bounds::positive),
                         field("population", &FallbackTime::population));
    }
};

/// After each fault has ended, resumption comes back: `within` later, of what is answered during
/// `over`, at least so large a share has resumed.
struct Recovery {
    static constexpr std::string_view type_name = "Recovery";

    double at_least = 0.0;
    Duration within{};
    Duration over{};
    std::optional<std::string> population{};
    std::uint32_t min_count = 20;

    bool operator==(const Recovery&) const = default;
    static constexpr auto fields() {
        return fields_of(required("at_least", &Recovery::at_least, bounds::probability),
                         required("within", &Recovery::within, bounds::not_negative),
                         required("over", &Recovery::over, bounds::positive),
                         field("population", &Recovery::population),
                         field("min_count", &Recovery::min_count, invariants::count));
    }
};

/// Every attempt ends: in a response, or in a failure with a name, before its client's patience is
/// over.
struct EveryAttemptEnds {
    static constexpr std::string_view type_name = "EveryAttemptEnds";

    bool operator==(const EveryAttemptEnds&) const = default;
    static constexpr auto fields() { return fields_of(); }
};

/// No session of one tenant resumes at another.
struct TenantsApart {
    static constexpr std::string_view type_name = "TenantsApart";

    bool operator==(const TenantsApart&) const = default;
    static constexpr auto fields() { return fields_of(); }
};

/// No request is executed twice because of early data: neither a copy of it nor one that its client
/// sends again.
///
/// Source: RFC 8446 section 8.
struct ExecutedOnce {
    static constexpr std::string_view type_name = "ExecutedOnce";

    bool operator==(const ExecutedOnce&) const = default;
    static constexpr auto fields() { return fields_of(); }
};

/// No copy of early data is executed. What a client sends again itself is none: see `ExecutedOnce`.
///
/// Source: RFC 8446 section 8, the first of its two classes of attacks.
struct NoReplay {
    static constexpr std::string_view type_name = "NoReplay";

    bool operator==(const NoReplay&) const = default;
    static constexpr auto fields() { return fields_of(); }
};

using Invariant =
    std::variant<ErrorShare, ResumedShare, Latency, TicketAge, ChainAge, ServerQueueing,
                 FallbackTime, Recovery, EveryAttemptEnds, TenantsApart, ExecutedOnce, NoReplay>;

}  // namespace reshake
