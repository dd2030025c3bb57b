#include "models/check_rollout.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "models/check_deploy.h"
#include "models/check_partitions.h"
#include "models/describe.h"

namespace reshake {
namespace {

std::string known_sites(const Fleet& fleet) {
    std::string known;
    for (const Site& site : fleet.sites)
        known += (known.empty() ? "\"" : ", \"") + site.name + "\"";
    return known;
}

void check_stages(const StagedRollout& fault, const Fleet& fleet, const std::string& path,
                  Findings& out) {
    std::set<std::string> changed;
    for (std::size_t i = 0; i < fault.stages.size(); ++i) {
        const std::string own = at(path + ".stages", i) + ".sites";
        if (fault.stages[i].sites.empty()) {
            out.error(own, "is empty, must name at least one site: " + known_sites(fleet));
        }
        for (std::size_t k = 0; k < fault.stages[i].sites.size(); ++k) {
            const std::string& name = fault.stages[i].sites[k];
            if (std::ranges::find(fleet.sites, name, &Site::name) == fleet.sites.end()) {
                out.error(at(own, k), "is \"" + name + "\", which is no site of \"" + fleet.name +
                                          "\"; its sites are " + known_sites(fleet));
            } else if (!changed.insert(name).second) {
                out.error(at(own, k), "is \"" + name +
                                          "\", which has the change already; each "
                                          "site must stand once");
            }
        }
    }
}

/// When each stage is over if none waits.
void check_time(const StagedRollout& fault, Duration run, const std::string& path, Findings& out) {
    if (fault.start >= run) return;  // Said already.
    Duration end = fault.start;
    for (std::size_t i = 0; i < fault.stages.size(); ++i) {
        if (fault.stages[i].bake <= run - end) {
            end += fault.stages[i].bake;
            continue;
        }
        out.warning(at(path + ".stages", i) + ".bake",
                    "is " + describe(fault.stages[i].bake) + " from " + describe(end) +
                        " on, not over when the run is (" + describe(run) +
                        "): this stage and those after it have no verdict");
        return;
    }
}

void check_analysis(const StagedRollout& fault, const Fleet& fleet, const std::string& path,
                    Findings& out) {
    if (!fault.analysis) return;
    const CanaryAnalysis& analysis = *fault.analysis;
    if (!analysis.failed_share && !analysis.resumed_share && !analysis.first_byte_mean) {
        out.error(path + ".analysis",
                  "has no margin: nothing is judged; must have failed_share, resumed_share or "
                  "first_byte_mean, or be None");
    }
    if (!fault.stages.empty() && fault.stages.front().sites.size() >= fleet.sites.size()) {
        out.warning(path + ".analysis",
                    "judges nothing: the first stage leaves no other site to compare with");
    }
}

/// The latest moment at which the stages can still go on.
Duration latest_end(const StagedRollout& fault, Duration run) {
    if (fault.analysis && fault.analysis->undecided == Undecided::wait) return run;
    Duration end = fault.start;
    for (const RolloutStage& stage : fault.stages) end += std::min(stage.bake, run);
    return end;
}

void check_others(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                  std::size_t index, Findings& out) {
    const auto& fault = std::get<StagedRollout>(faults[index].fault);
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const auto* other = std::get_if<StagedRollout>(&faults[i].fault);
        if (other == nullptr || i == index || other->fleet != fault.fleet) continue;
        if (std::pair(other->start, i) > std::pair(fault.start, index)) continue;
        const Duration end = latest_end(*other, scenario.duration);
        if (fault.start > end) continue;
        out.error(faults[index].path + ".start", "is " + describe(fault.start) + ", before " +
                                                     faults[i].path + " is over (" + describe(end) +
                                                     "): one rollout at a time");
    }
}

}  // namespace

void check_rollout(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                   std::size_t index, Findings& out) {
    const auto& fault = std::get<StagedRollout>(faults[index].fault);
    const std::string& path = faults[index].path;
    check_start(scenario, fault.start, path, out);
    if (fault.stages.empty()) {
        out.error(path + ".stages", "is empty, must hold at least one RolloutStage");
    }
    const Fleet* const fleet = find_fleet(scenario, fault.fleet, path, out);
    if (fleet == nullptr) return;
    check_stages(fault, *fleet, path, out);
    check_time(fault, scenario.duration, path, out);
    check_analysis(fault, *fleet, path, out);
    check_others(scenario, faults, index, out);
    const Fleet before = fleet_before(scenario, faults, fault.fleet, fault.start);
    const Deploy change{
        .start = fault.start, .tls = fault.tls, .tickets = fault.tickets, .keys = fault.keys};
    check_settings(before, change, scenario.duration, path, out);
    check_kept_keys(before, change, path, out);
    if (!fault.tls && !fault.tickets && fault.keys == Fate::kept) {
        out.warning(path, "changes nothing: settings and keys are as before");
    }
}

}  // namespace reshake
