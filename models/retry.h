// Trying again after a failed attempt: how often, after how long, and on whose account.
//
// Source: Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), where the
//         jitters have their names from. A budget that visits fill and retries empty: Finagle's
//         RetryBudget; gRFC A6 (client retries in gRPC) throttles to the same end.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// How a wait is drawn. The ceiling is `backoff`, times `multiplier` per retry made before, at most
/// `max_backoff`.
enum class BackoffJitter {
    none,          ///< The ceiling itself.
    full,          ///< Between nothing and the ceiling.
    equal,         ///< Between half of the ceiling and the ceiling.
    decorrelated,  ///< Between `backoff` and `multiplier` times the last wait, at most the cap.
};

[[nodiscard]] constexpr auto names_of(BackoffJitter) noexcept {
    return std::array<std::string_view, 4>{"none", "full", "equal", "decorrelated"};
}

/// What bounds the retries of one client over all its visits: a bucket of tokens, one per retry.
struct RetryBudget {
    static constexpr std::string_view type_name = "RetryBudget";

    double per_visit = 0.1;  ///< Tokens that each connection of a visit brings.
    double reserve = 10.0;   ///< That the bucket holds, and has at the start.

    bool operator==(const RetryBudget&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("per_visit", &RetryBudget::per_visit, {.at_least = 0.0, .at_most = 100.0}),
            field("reserve", &RetryBudget::reserve, {.at_least = 1.0, .at_most = 1e6}));
    }
};

/// What a client does when a connection of a visit got no response.
///
/// It tries again after whatever may pass by itself: a timeout, a RST, an early end. An alert is
/// the other side's verdict, and stands. Each try begins at the home site.
///
/// Invariant: `max_backoff` >= `backoff`; `validate` sees to it.
struct Retry {
    static constexpr std::string_view type_name = "Retry";

    std::uint32_t max_tries = 3;  ///< Of a connection, the first included.
    Duration backoff = std::chrono::seconds(1);
    double multiplier = 2.0;  ///< 1: the backoff is constant.
    Duration max_backoff = std::chrono::minutes(1);
    BackoffJitter jitter = BackoffJitter::full;
    std::optional<Duration> max_elapsed{};  ///< No try begins so long after the visit's start.
    std::optional<RetryBudget> budget{};    ///< None: only `max_tries` bounds them.

    bool operator==(const Retry&) const = default;
    static constexpr auto fields() {
        constexpr Bounds wait{.at_least = 0.0, .at_most = 86'400e9};
        return fields_of(
            field("max_tries", &Retry::max_tries, {.at_least = 1.0, .at_most = 100.0}),
            field("backoff", &Retry::backoff, wait),
            field("multiplier", &Retry::multiplier, {.at_least = 1.0, .at_most = 100.0}),
            field("max_backoff", &Retry::max_backoff, wait), field("jitter", &Retry::jitter),
            field("max_elapsed", &Retry::max_elapsed, bounds::positive),
            field("budget", &Retry::budget));
    }
};

/// How long to wait before retry `number`, from 1. `last`: the wait before the one before it; of
/// the first, whatever it is, it does not count.
[[nodiscard]] Duration backoff_before(const Retry& retry, std::uint32_t number, Duration last,
                                      Random random) noexcept;

/// The budget of one client in motion.
///
/// Invariant: retries taken <= reserve + per_visit x connections begun.
class RetryAccount {
public:
    explicit RetryAccount(const std::optional<Retry>& retry) noexcept
        : budget_(retry ? retry->budget : std::nullopt),
          tokens_(budget_ ? budget_->reserve : 0.0) {}

    /// A connection of a visit begins.
    void begin() noexcept {
        if (budget_) tokens_ = std::min(tokens_ + budget_->per_visit, budget_->reserve);
    }
    /// Pays for a retry; false where the bucket is empty.
    [[nodiscard]] bool pay() noexcept {
        if (!budget_) return true;
        if (tokens_ < 1.0) return false;
        tokens_ -= 1.0;
        return true;
    }

private:
    std::optional<RetryBudget> budget_;
    double tokens_;
};

}  // namespace reshake
