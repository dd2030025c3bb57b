#include "models/check_server_faults.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <variant>

#include "models/check_deploy.h"
#include "models/check_partitions.h"
#include "models/check_session_cache.h"
#include "models/describe.h"
#include "models/server_settings.h"

namespace reshake {

namespace {

enum class Also { cache, keys };

/// `where` must be servers, or one of `also`; whether it is.
bool check_where(const Scenario& scenario, const auto& fault, const std::string& path,
                 std::initializer_list<Also> also, Findings& out) {
    check_start(scenario, fault.start, path, out);
    const auto place = find_place(scenario, fault.where);
    const auto allowed = [&](Also kind) { return std::ranges::find(also, kind) != also.end(); };
    std::string_view wrong;
    if (!place) {
        wrong = "which is no place";
    } else if (!place->population.empty()) {
        wrong = "which is a population of clients; must be servers";
    } else if (place->cache && !allowed(Also::cache)) {
        wrong = "which is a session cache; must be servers";
    } else if (place->keys && !allowed(Also::keys)) {
        wrong = "which is a key coordinator; must be servers";
    }
    if (wrong.empty()) return true;
    out.error(path + ".where", "is \"" + fault.where + "\", " + std::string(wrong) +
                                   "; the places are " + known_places(scenario) +
                                   ", and servers such as \"…/server-1\"");
    return false;
}

}  // namespace

void check_fault(const Scenario& scenario, const Crash& fault, const std::string& path,
                 Findings& out) {
    if (!check_where(scenario, fault, path, {Also::cache, Also::keys}, out)) return;
    if (fault.keys == Fate::lost && find_place(scenario, fault.where)->cache) {
        out.error(path + ".keys",
                  R"(is "lost", but ")" + fault.where +
                      R"(" is a session cache, which has no ticket keys; must be "kept")");
    }
}

void check_fault(const Scenario& scenario, const Freeze& fault, const std::string& path,
                 Findings& out) {
    check_where(scenario, fault, path, {}, out);
}

void check_fault(const Scenario& scenario, const Overload& fault, const std::string& path,
                 Findings& out) {
    check_where(scenario, fault, path, {}, out);
    const std::uint32_t cores = scenario.fleets.front().device.cores;
    if (fault.cores_taken >= cores && fault.cores_taken > 0) {
        out.error(path + ".cores_taken", "is " + describe(fault.cores_taken) +
                                             ", but each server has " + describe(cores) +
                                             " cores, of which one is always left; must be fewer");
    }
    if (fault.load == 0.0 && fault.cores_taken == 0) {
        out.warning(path + ".load", "is 0, and cores_taken 0: nobody needs the cores");
    }
}

void check_fault(const Scenario& scenario, const CacheLoss& fault, const std::string& path,
                 Findings& out) {
    if (!check_where(scenario, fault, path, {Also::cache}, out)) return;
    const Fleet& fleet = scenario.fleets.front();
    if (find_place(scenario, fault.where)->cache) return;
    if (fleet.tls.session_ticket && fleet.tls.max_early_data == 0) {
        out.warning(path + ".where", "is \"" + fault.where +
                                         "\", whose servers remember no sessions: tickets hold "
                                         "them (tls.session_ticket)");
    } else if (fleet.session_cache) {
        out.warning(path + ".where", "is \"" + fault.where +
                                         "\", but its servers' sessions are in the session cache "
                                         "(\"" +
                                         fleet.name + "/cache\")");
    }
}

void check_fault(const Scenario& scenario, const KeyWipe& fault, const std::string& path,
                 Findings& out) {
    check_where(scenario, fault, path, {Also::keys}, out);
}

void check_fault(const Scenario& scenario, const KeyDesync& fault, const std::string& path,
                 Findings& out) {
    check_where(scenario, fault, path, {}, out);
    const Tickets& tickets = scenario.fleets.front().tickets;
    if (fault.keys == DesyncedKeys::other && has_coordinator(tickets)) {
        out.error(path + ".keys",
                  R"(is "other", but a key coordinator hands the keys out; must be "old")");
    }
    if (fault.keys == DesyncedKeys::old && !tickets.rotation) {
        out.warning(path + ".keys", R"(is "old", but the fleet's keys never change)");
    }
}

void check_fault(const Scenario& scenario, const KeyCorruption& fault, const std::string& path,
                 Findings& out) {
    check_where(scenario, fault, path, {}, out);
}

void check_fault(const Scenario& scenario, const CertificateExpiry& fault, const std::string& path,
                 Findings& out) {
    check_where(scenario, fault, path, {}, out);
    if (fault.which == ChainPart::intermediate && scenario.fleets.front().tls.intermediates == 0) {
        out.error(path + ".which",
                  R"(is "intermediate", but the fleet's chain has none; must be "leaf")");
    }
}

void check_fault(const Scenario& scenario, const CertificateReplacement& fault,
                 const std::string& path, Findings& out) {
    check_where(scenario, fault, path, {}, out);
    const std::uint32_t intermediates =
        fault.intermediates.value_or(scenario.fleets.front().tls.intermediates);
    if (fault.which == ChainPart::intermediate && intermediates == 0) {
        out.error(path + ".which",
                  R"(is "intermediate", but the new chain has none; must be "leaf")");
    }
    if (fault.not_before && fault.not_after && *fault.not_after <= *fault.not_before) {
        out.error(path + ".not_after", "is " + describe(*fault.not_after) +
                                           ", must be after not_before (" +
                                           describe(*fault.not_before) + ")");
    }
}

void check_fault(const Scenario& scenario, const Revocation& fault, const std::string& path,
                 Findings& out) {
    check_where(scenario, fault, path, {}, out);
    const Fleet& fleet = scenario.fleets.front();
    const auto population =
        fault.population ? std::ranges::find(scenario.clients, *fault.population, &Clients::name)
                         : scenario.clients.end();
    if (fault.population && population == scenario.clients.end()) {
        out.error(path + ".population",
                  "is \"" + *fault.population + "\", which is no population of clients");
    }
    if (fault.client && !fault.population) {
        out.error(path + ".client", "is " + describe(*fault.client) +
                                        ", but population is None; must name whose client it is");
    }
    if (fault.client && population != scenario.clients.end() &&
        *fault.client >= population->count) {
        out.error(path + ".client", "is " + describe(*fault.client) + ", but \"" +
                                        population->name + "\" has " + describe(population->count) +
                                        " clients, counted from 0");
    }
    if (fault.tenant &&
        std::ranges::find(fleet.tenants, *fault.tenant, &Tenant::name) == fleet.tenants.end()) {
        out.error(path + ".tenant",
                  "is \"" + *fault.tenant + "\", which is no tenant of \"" + fleet.name + "\"");
    }
    if (fleet.session_cache && fleet.session_cache->check_policy) return;
    for (const DeclaredTls& each : declared_tls(scenario)) {
        if (!by_reference(each.tls)) continue;
        out.error(path, "cannot be kept: by " + each.path +
                            " sessions live in each server's memory (session_ticket is false, or "
                            "early data is single-use), whose lookups no policy sees");
        break;
    }
}

void check_flip(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                std::size_t index, Findings& out) {
    const auto& fault = std::get<PolicyFlip>(faults[index].fault);
    const std::string& path = faults[index].path;
    check_where(scenario, fault, path, {}, out);
    if (!fault.tls && !fault.tickets) {
        out.error(path, "has neither tls nor tickets: nothing changes; must have one");
    }
    const std::string& name = scenario.fleets.front().name;
    const Fleet before = fleet_before(scenario, faults, name, fault.start);
    check_settings(before, {.tls = fault.tls, .tickets = fault.tickets, .keys = Fate::kept},
                   scenario.duration, path, out);
    if (fault.tickets && other_keys(before.tickets, *fault.tickets)) {
        out.error(path + ".tickets",
                  "changes keys or rotation, which must stay as they are then; a Deploy can change "
                  "them");
    }
}

}  // namespace reshake
