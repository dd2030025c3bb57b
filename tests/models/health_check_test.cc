#include "models/health_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/base/random.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(Duration since_start) { return run_start + since_start; }

TEST(Health, ThirdRefusedProbeEjectsAndSecondAcceptedOneTakesInAgain) {
    Health health({.interval = 2s}, 500ms);  // Probes at 0.5, 2.5, 4.5, …
    health.change(ProbeAnswer::refused, at(10s));
    EXPECT_TRUE(health.healthy(at(14'499ms)));  // 10.5, 12.5, 14.5
    EXPECT_FALSE(health.healthy(at(14'500ms)));
    health.change(ProbeAnswer::accepted, at(60s));
    EXPECT_FALSE(health.healthy(at(62'499ms)));  // 60.5, 62.5
    EXPECT_TRUE(health.healthy(at(62'500ms)));
    EXPECT_TRUE(health.healthy(at(24h)));
}

TEST(Health, ASilentServerIsEjectedATimeoutLaterThanOneThatRefuses) {
    Health health({.interval = 2s, .timeout = 1s}, 500ms);
    health.change(ProbeAnswer::none, at(10s));
    EXPECT_TRUE(health.healthy(at(15'499ms)));
    EXPECT_FALSE(health.healthy(at(15'500ms)));
}

TEST(Health, ABriefOutageIsForgotten) {
    Health health({.interval = 2s}, 500ms);
    health.change(ProbeAnswer::refused, at(10s));
    health.change(ProbeAnswer::accepted, at(14s));  // Two probes.
    EXPECT_TRUE(health.healthy(at(20s)));
    health.change(ProbeAnswer::refused, at(20s));
    EXPECT_TRUE(health.healthy(at(24'400ms)));
    EXPECT_FALSE(health.healthy(at(24'500ms)));
}

/// The same by sending every probe.
class Prober {
public:
    Prober(const HealthCheck& check, Duration phase) : check_(check), next_(at(phase)) {}

    void change(ProbeAnswer answer, Instant now) {
        send_until(now);
        answer_ = answer;
    }
    bool healthy(Instant now) {
        send_until(now);
        bool shown = true;
        for (const auto& [when, healthy] : results_) {
            if (when <= now) shown = healthy;
        }
        return shown;
    }

private:
    void send_until(Instant now) {
        for (; next_ <= now; next_ += check_.interval) {
            const bool good = answer_ == ProbeAnswer::accepted;
            streak_ = good == healthy_ ? 0 : streak_ + 1;
            const auto needed = healthy_ ? check_.unhealthy_threshold : check_.healthy_threshold;
            if (streak_ < needed) continue;
            healthy_ = good;
            streak_ = 0;
            const Duration late = answer_ == ProbeAnswer::none ? check_.timeout : Duration::zero();
            results_.emplace_back(next_ + late, healthy_);
        }
    }

    HealthCheck check_;
    Instant next_;
    ProbeAnswer answer_ = ProbeAnswer::accepted;
    bool healthy_ = true;
    std::uint32_t streak_ = 0;
    std::vector<std::pair<Instant, bool>> results_;
};

// The oracle: whatever happens to the server, what is worked out is what periodic probes would
// find.
TEST(Health, IsWhatEveryProbeSentWouldHaveFound) {
    Random draw(11);
    const auto milliseconds_below = [&draw](std::uint32_t bound) {
        return std::chrono::milliseconds(draw.below(bound));
    };
    for (int history = 0; history < 2000; ++history) {
        HealthCheck check{.interval = 1ms + milliseconds_below(20),
                          .unhealthy_threshold = 1 + draw.below(5),
                          .healthy_threshold = 1 + draw.below(5)};
        check.timeout = std::min<Duration>(check.interval, 1ms + milliseconds_below(20));
        const Duration phase = milliseconds_below(static_cast<std::uint32_t>(check.interval / 1ms));
        Health health(check, phase);
        Prober prober(check, phase);
        Duration now{};
        for (int i = 0; i < 40; ++i) {
            now += milliseconds_below(60);
            if (draw.chance(0.5)) {
                const auto answer = static_cast<ProbeAnswer>(draw.below(3));
                health.change(answer, at(now));
                prober.change(answer, at(now));
            }
            ASSERT_EQ(health.healthy(at(now)), prober.healthy(at(now))) << history << ' ' << i;
        }
    }
}

}  // namespace
}  // namespace reshake
