#include "models/check_deploy.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "models/check_partitions.h"
#include "models/check_session_cache.h"
#include "models/check_tenants.h"
#include "models/describe.h"

namespace reshake {

Fleet fleet_before(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                   const std::string& name, Duration start) {
    std::vector<const Deploy*> earlier;
    for (const PossibleFault& fault : faults) {
        const auto* deploy = std::get_if<Deploy>(&fault.fault);
        if (deploy != nullptr && deploy->fleet == name && deploy->start < start) {
            earlier.push_back(deploy);
        }
    }
    std::ranges::stable_sort(earlier, {}, &Deploy::start);
    Fleet fleet = *std::ranges::find(scenario.fleets, name, &Fleet::name);
    for (const Deploy* deploy : earlier) {
        if (deploy->tls) fleet.tls = *deploy->tls;
        if (deploy->tickets) fleet.tickets = *deploy->tickets;
    }
    return fleet;
}

const Fleet* find_fleet(const Scenario& scenario, const std::string& name, const std::string& path,
                        Findings& out) {
    const auto found = std::ranges::find(scenario.fleets, name, &Fleet::name);
    if (found != scenario.fleets.end()) return &*found;
    out.error(path + ".fleet",
              "is \"" + name + "\", which is no fleet; the places are " + known_places(scenario));
    return nullptr;
}

bool other_keys(const Tickets& before, const Tickets& after) {
    return after.keys != before.keys || after.rotation != before.rotation;
}

void check_kept_keys(const Fleet& before, const Deploy& fault, const std::string& path,
                     Findings& out) {
    if (!fault.tickets || fault.keys == Fate::lost) return;
    if (!other_keys(before.tickets, *fault.tickets)) return;
    out.error(path + ".keys",
              "is \"kept\", but tickets.keys or tickets.rotation change, and with them the rings; "
              "must be \"lost\"");
}

void check_settings(const Fleet& before, const Deploy& fault, Duration run, const std::string& path,
                    Findings& out) {
    Fleet after = before;
    if (fault.tls) {
        after.tls = *fault.tls;
        check_protocols(after.tls, path + ".tls", out);
        check_session_id_context(after, path + ".tls", out);
        if (after.tls.certificate != before.tls.certificate ||
            after.tls.intermediates != before.tls.intermediates ||
            after.tls.leaf_padding != before.tls.leaf_padding) {
            out.error(path + ".tls",
                      "changes certificate, intermediates or leaf_padding, which must stay as they "
                      "are: the chain is the fleet's for the whole run");
        }
    }
    if (fault.tickets) {
        after.tickets = *fault.tickets;
        check_lifetime(after.tickets, run, path + ".tickets", out);
        if (after.tickets.distribution != before.tickets.distribution ||
            (has_coordinator(before.tickets) && other_keys(before.tickets, after.tickets))) {
            out.error(path + ".tickets",
                      "changes distribution, or the keys of a coordinator, which must stay as they "
                      "are for the whole run");
        }
    }
    if ((fault.tls || fault.tickets) && fault.memory == Fate::kept) {
        out.error(path + ".memory",
                  R"(is "kept", but the settings change; must be "lost", or tls and tickets None)");
    }
    if (fault.tls || fault.tickets) check_sessions(after, path, out);
}

void check_deploy(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                  std::size_t index, Findings& out) {
    const auto& fault = std::get<Deploy>(faults[index].fault);
    const std::string& path = faults[index].path;
    check_start(scenario, fault.start, path, out);
    const Fleet* const fleet = find_fleet(scenario, fault.fleet, path, out);
    if (fleet == nullptr) return;
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const auto* other = std::get_if<Deploy>(&faults[i].fault);
        if (other == nullptr || i == index || other->fleet != fault.fleet) continue;
        if (std::pair(other->start, i) > std::pair(fault.start, index)) continue;
        if (fault.start - other->start <= lasting(*other, *fleet)) {
            out.error(path + ".start", "is " + describe(fault.start) + ", before " +
                                           faults[i].path + " has done with the last server (" +
                                           describe(other->start + lasting(*other, *fleet)) + ")");
        }
    }
    const Fleet before = fleet_before(scenario, faults, fault.fleet, fault.start);
    check_settings(before, fault, scenario.duration, path, out);
    check_kept_keys(before, fault, path, out);
    if (fault.lasts == Duration::zero() && fault.memory == Fate::kept && fault.keys == Fate::kept) {
        out.warning(path, "changes nothing: nobody is gone, and memory and keys are kept");
    }
}

}  // namespace reshake
