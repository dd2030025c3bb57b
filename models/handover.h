// From one cell, or one network, to another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/link.h"
#include "models/time_law.h"
#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// A client changes cells again and again: at times that a law draws for each, or at given ones.
///
/// For `interruption` nothing passes. With a new address its connections are dead: TCP knows its
/// peer by address (RFC 9293 section 3.3.1), and the client's own system ends them.
/// Invariant: there is a `gap` or a time in `at`, which rise; checked by `validate`.
struct Handover {
    static constexpr std::string_view type_name = "Handover";

    std::optional<TimeLaw> gap{};  ///< Of each client on its own. The run begins in the middle.
    std::vector<Duration> at{};    ///< Of all clients, since the start of the run.
    Duration interruption = std::chrono::milliseconds(50);
    bool drops = false;  ///< What comes meanwhile is lost; else the network keeps it (forwarding).
    bool new_address = false;
    /// The network's NATs know nothing of what went through the former cell; nobody is told.
    bool nat_rebinding = false;
    /// Links of the new cells: one of them is drawn at each handover, and used until the next one
    /// that has some, or the next phase. None: the link stays.
    std::vector<Access> to{};

    bool operator==(const Handover&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("gap", &Handover::gap), field("at", &Handover::at),
            field("interruption", &Handover::interruption, {.at_least = 0.0, .at_most = 3600e9}),
            field("drops", &Handover::drops), field("new_address", &Handover::new_address),
            field("nat_rebinding", &Handover::nat_rebinding), field("to", &Handover::to));
    }
};

/// The handovers of one client by one such law, for somebody who only asks now and then: exact, and
/// costs a draw for each that has passed.
class HandoverProcess {
public:
    /// `law` must outlive the process.
    HandoverProcess(const Handover& law, const Random& random) noexcept;

    [[nodiscard]] const Handover& law() const noexcept { return *law_; }
    /// The first one that has not been passed.
    [[nodiscard]] Instant next() const noexcept { return next_; }
    /// Passes it.
    void pass() noexcept;
    /// Which of `law().to` it leads to, drawn anew for each question.
    [[nodiscard]] std::uint32_t draw_cell() noexcept;

private:
    void find_next() noexcept;

    const Handover* law_;
    std::optional<Renewals> drawn_;
    Random cells_;
    std::size_t given_ = 0;  ///< Of `at`, those that have been passed.
    Instant next_ = never;
};

}  // namespace reshake
