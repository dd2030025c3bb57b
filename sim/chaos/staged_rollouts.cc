#include "sim/chaos/staged_rollouts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/base/check.h"

namespace reshake::chaos {

using history::Verdict;

void StagedRollouts::begin(const StagedRollout& plan, std::uint32_t index,
                           std::function<void()> over) {
    Course& course =
        courses_.emplace_back(Course{.plan = plan, .index = index, .over = std::move(over)});
    course.changed.resize(fleet_.sites.size());
    enter_stage(course);
}

void StagedRollouts::enter_stage(Course& course) {
    for (const std::string& name : course.plan.stages[course.stage].sites) {
        const auto found = std::ranges::find(fleet_.sites, name, &Site::name);
        RESHAKE_CHECK(found != fleet_.sites.end());  // `validate` has refused others.
        const auto site = static_cast<std::size_t>(found - fleet_.sites.begin());
        course.changed[site] = true;
        for (const ServerIndex server : servers_of(site)) {
            servers_.roll_out(server, course.plan, course.index);
        }
    }
    const bool leaves_others = std::ranges::find(course.changed, false) != course.changed.end();
    if (course.plan.analysis && leaves_others) {
        course.canary.emplace(*course.plan.analysis, course.changed, simulation_.now() - run_start);
        watch_.add(*course.canary);
    }
    bake(course);
}

void StagedRollouts::bake(Course& course) {
    simulation_.at(simulation_.now() + course.plan.stages[course.stage].bake,
                   [this, &course] { leave_stage(course); });
}

void StagedRollouts::leave_stage(Course& course) {
    if (course.canary) {
        const Verdict verdict = judge(course);
        const Undecided policy = course.plan.analysis->undecided;
        const bool open = verdict == Verdict::undecided;
        if (open && policy == Undecided::wait) {
            bake(course);
            return;
        }
        watch_.remove(*course.canary);
        course.canary.reset();
        if (verdict == Verdict::roll_back || (open && policy == Undecided::roll_back)) {
            roll_back(course);
            return;
        }
    }
    if (++course.stage < course.plan.stages.size()) {
        enter_stage(course);
    } else {
        course.over();
    }
}

Verdict StagedRollouts::judge(Course& course) {
    Verdict worst = Verdict::go_on;
    for (history::RolloutVerdict& row : course.canary->judge(simulation_.now() - run_start)) {
        row.fault = course.index;
        row.stage = static_cast<std::uint16_t>(course.stage + 1);
        verdicts_.add(row);
        if (row.verdict == Verdict::roll_back) worst = Verdict::roll_back;
        if (row.verdict == Verdict::undecided && worst == Verdict::go_on) worst = row.verdict;
    }
    return worst;
}

void StagedRollouts::roll_back(Course& course) {
    for (std::size_t site = 0; site < course.changed.size(); ++site) {
        if (!course.changed[site]) continue;
        for (const ServerIndex server : servers_of(site)) {
            servers_.roll_back(server, course.plan, course.index);
        }
    }
    course.over();
}

std::vector<ServerIndex> StagedRollouts::servers_of(std::size_t site) const {
    std::vector<ServerIndex> servers;
    servers.reserve(fleet_.servers_per_site);
    for (std::uint32_t k = 0; k < fleet_.servers_per_site; ++k) servers.push_back({site, k});
    return servers;
}

}  // namespace reshake::chaos
