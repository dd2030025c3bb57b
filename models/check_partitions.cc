#include "models/check_partitions.h"

#include <utility>

#include "models/describe.h"

namespace reshake {
namespace {

/// Of a Partition or a GreyFailure.
void check_groups(const Scenario& scenario, const auto& fault, const std::string& path,
                  Findings& out) {
    check_start(scenario, fault.start, path, out);
    for (std::size_t side = 0; side < fault.between.size(); ++side) {
        if (find_place(scenario, fault.between[side])) continue;
        out.error(at(path + ".between", side),
                  "is \"" + fault.between[side] + "\", which is no place; the places are " +
                      known_places(scenario) + ", and servers such as \"…/server-1\"");
    }
    const auto a = find_place(scenario, fault.between[0]);
    const auto b = find_place(scenario, fault.between[1]);
    if (a && b && !a->population.empty() && !b->population.empty()) {
        out.error(path + ".between",
                  "names two populations of clients, between which nothing passes anyway");
    }
    if (fault.between[0] == fault.between[1]) {
        out.error(path + ".between", "names \"" + fault.between[0] + "\" twice");
        return;
    }
    if (!a || !b) return;
    for (const auto& [part, whole] : {std::pair(fault.between[0], fault.between[1]),
                                      std::pair(fault.between[1], fault.between[0])}) {
        const PlacePath& inner = part == fault.between[0] ? *a : *b;
        // A fleet is its sites and a cache its replicas; what else a path leads to stands beside.
        const bool of_whole =
            inner.cache ? inner.replica >= 0 : !inner.site.empty() && inner.server < 0;
        if (!of_whole || !part.starts_with(whole + "/")) continue;
        if (inner.cache && !whole.ends_with("/cache")) continue;
        std::string sentence = "names \"" + part + "\", which is part of \"";
        sentence += whole + "\"; must be two groups that have nothing in common";
        out.error(path + ".between", std::move(sentence));
    }
}

}  // namespace

std::string known_places(const Scenario& scenario) {
    std::string places;
    const auto add = [&](const std::string& place) {
        places += (places.empty() ? "" : ", ") + ("\"" + place + "\"");
    };
    for (const Clients& clients : scenario.clients) add(clients.name);
    for (const Fleet& fleet : scenario.fleets) {
        add(fleet.name);
        for (const Site& site : fleet.sites) add(fleet.name + "/" + site.name);
        if (has_coordinator(fleet.tickets)) add(fleet.name + "/keys");
        if (fleet.session_cache) add(fleet.name + "/cache");
    }
    return places;
}

void check_start(const Scenario& scenario, Duration start, const std::string& path, Findings& out) {
    if (start >= scenario.duration) {
        out.warning(path + ".start", "is " + describe(start) + ", after the run has ended (" +
                                         describe(scenario.duration) + ")");
    }
}

void check_fault(const Scenario& scenario, const Partition& fault, const std::string& path,
                 Findings& out) {
    check_groups(scenario, fault, path, out);
}

void check_fault(const Scenario& scenario, const GreyFailure& fault, const std::string& path,
                 Findings& out) {
    check_groups(scenario, fault, path, out);
    if (fault.loss == 0.0 && fault.delay == Duration::zero() && !fault.jitter) {
        out.warning(path, "changes nothing: loss is 0, delay 0s, and there is no jitter");
    }
}

}  // namespace reshake
