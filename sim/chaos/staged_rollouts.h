// Takes staged rollouts from stage to stage, and back where their analysis says so.
//
// Shape: one event per stage; an attempt costs a few additions while a stage bakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "models/fleet.h"
#include "models/staged_rollout.h"
#include "sim/chaos/canary.h"
#include "sim/chaos/operator.h"
#include "sim/history/history.h"
#include "sim/net/simulation.h"

namespace reshake::chaos {

class StagedRollouts {
public:
    /// All must outlive this.
    StagedRollouts(const Fleet& fleet, net::Simulation& simulation, Operator& servers,
                   CanaryWatch& watch, history::Table<history::RolloutVerdict>& verdicts) noexcept
        : fleet_(fleet),
          simulation_(simulation),
          servers_(servers),
          watch_(watch),
          verdicts_(verdicts) {}
    StagedRollouts(const StagedRollouts&) = delete;
    StagedRollouts& operator=(const StagedRollouts&) = delete;

    /// The first stage, now. `plan` must outlive this; `over` is called when the last stage has
    /// baked, or all is taken back.
    void begin(const StagedRollout& plan, std::uint32_t index, std::function<void()> over);

private:
    struct Course {
        const StagedRollout& plan;
        std::uint32_t index;
        std::function<void()> over;
        std::size_t stage = 0;        ///< From 0.
        std::vector<bool> changed{};  ///< By site.
        std::optional<Canary> canary{};
    };

    void enter_stage(Course& course);
    void bake(Course& course);
    void leave_stage(Course& course);
    void roll_back(Course& course);
    [[nodiscard]] history::Verdict judge(Course& course);
    [[nodiscard]] std::vector<ServerIndex> servers_of(std::size_t site) const;

    const Fleet& fleet_;
    net::Simulation& simulation_;
    Operator& servers_;
    CanaryWatch& watch_;
    history::Table<history::RolloutVerdict>& verdicts_;
    std::list<Course> courses_;  ///< A list: events and the watch keep references.
};

}  // namespace reshake::chaos
