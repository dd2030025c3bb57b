// Why something is gone, remembered for as long as somebody may still ask for it.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include "sim/base/time.h"

namespace reshake {

/// Keeps each reason for at least `remember`, and for at most twice as long while reasons come in.
template <typename Reason>
class RecentReasons {
public:
    explicit RecentReasons(Duration remember) noexcept : remember_(remember) {}

    void note(std::uint64_t key, Reason why, Instant now) {
        forget_the_oldest(now);
        recent_[key] = why;
    }
    [[nodiscard]] std::optional<Reason> find(std::uint64_t key) const {
        for (const auto* reasons : {&recent_, &before_}) {
            if (const auto found = reasons->find(key); found != reasons->end()) {
                return found->second;
            }
        }
        return std::nullopt;
    }

private:
    void forget_the_oldest(Instant now) {
        if (now - turned_ < remember_) return;
        // After twice that time of silence both generations are too old.
        const bool both = now - turned_ >= 2 * remember_;
        before_ = both ? decltype(recent_){} : std::exchange(recent_, {});
        recent_.clear();
        turned_ = now;
    }

    Duration remember_;
    std::unordered_map<std::uint64_t, Reason> recent_;
    std::unordered_map<std::uint64_t, Reason> before_;
    Instant turned_ = run_start;
};

}  // namespace reshake
