#include <algorithm>
#include <cmath>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "models/check_access.h"
#include "models/check_admission.h"
#include "models/check_alpn.h"
#include "models/check_behaviour.h"
#include "models/check_deploy.h"
#include "models/check_invariants.h"
#include "models/check_partitions.h"
#include "models/check_retries.h"
#include "models/check_rollout.h"
#include "models/check_server_faults.h"
#include "models/check_session_cache.h"
#include "models/check_tenants.h"
#include "models/describe.h"
#include "models/fault_plan.h"
#include "models/findings.h"
#include "models/key_checks.h"
#include "models/scenario.h"

namespace reshake {
namespace {

// Ranges: every number of every value against the bounds its field declares.

template <typename T>
void check_ranges(const T& value, const Bounds& allowed, const std::string& path, Findings& out);

template <typename Number>
void check_number(Number number, std::string written, const Bounds& allowed,
                  const std::string& path, Findings& out) {
    const auto as_double = static_cast<double>(number);
    if (!allowed.contain(as_double)) {
        out.error(path, "is " + std::move(written) + ", must be " + describe<Number>(allowed));
    }
}

template <HasFields T>
void check_fields(const T& value, const std::string& path, Findings& out) {
    for_each_field<T>([&](const auto& each) {
        check_ranges(value.*each.member, each.bounds, join(path, each.name), out);
    });
}

template <typename T>
void check_ranges(const T& value, const Bounds& allowed, const std::string& path, Findings& out) {
    if constexpr (std::is_same_v<T, bool>) {
        return;  // Either is allowed.
    } else if constexpr (std::is_same_v<T, Duration>) {
        if (!allowed.contain(static_cast<double>(value.count()))) {
            out.error(path, "is " + describe(value) + ", must be " + describe<Duration>(allowed));
        }
    } else if constexpr (std::is_same_v<T, BitRate>) {
        if (!allowed.contain(static_cast<double>(value.bits_per_second))) {
            out.error(path, "is " + describe(value) + ", must be " + describe<BitRate>(allowed));
        }
    } else if constexpr (std::is_arithmetic_v<T>) {
        check_number(value, describe(value), allowed, path, out);
    } else if constexpr (HasFields<T>) {
        check_fields(value, path, out);
    } else if constexpr (is_optional<T>) {
        if (value) check_ranges(*value, allowed, path, out);
    } else if constexpr (is_variant<T>) {
        std::visit([&](const auto& held) { check_ranges(held, allowed, path, out); }, value);
    } else if constexpr (is_vector<T>) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            check_ranges(value[i], allowed, at(path, i), out);
        }
    }
}

// Names: what faults and tables refer to must be there, once, and spelt so that a path can hold it.

void check_name(const std::string& name, const std::string& path, std::set<std::string>& taken,
                Findings& out) {
    const bool plain = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
    if (!plain) {
        out.error(path, "is \"" + name + "\", must be letters, digits, '-', '_' or '.'");
    } else if (!taken.insert(name).second) {
        out.error(path, "is \"" + name + "\", which is taken already");
    }
}

void check_names(const Scenario& scenario, Findings& out) {
    std::set<std::string> taken;
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        check_name(scenario.clients[i].name, at("clients", i) + ".name", taken, out);
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        const std::string path = at("fleets", i);
        check_name(scenario.fleets[i].name, path + ".name", taken, out);
        std::set<std::string> sites;
        for (std::size_t k = 0; k < scenario.fleets[i].sites.size(); ++k) {
            const std::string& name = scenario.fleets[i].sites[k].name;
            check_name(name, at(path + ".sites", k) + ".name", sites, out);
            if (name == "keys" && has_coordinator(scenario.fleets[i].tickets)) {
                out.error(at(path + ".sites", k) + ".name",
                          "is \"keys\", which is the name of the fleet's key coordinator");
            }
        }
        std::set<std::string> tenants;
        for (std::size_t k = 0; k < scenario.fleets[i].tenants.size(); ++k) {
            const std::string& name = scenario.fleets[i].tenants[k].name;
            check_name(name, at(path + ".tenants", k) + ".name", tenants, out);
        }
    }
}

/// Of a Restart or a Drain.
void check_servers(const Scenario& scenario, const auto& fault, const std::string& path,
                   Findings& out) {
    check_start(scenario, fault.start, path, out);
    const auto place = find_place(scenario, fault.where);
    if (place && place->population.empty()) return;
    const char* what = place ? "which is a population; only servers restart" : "which is no place";
    out.error(path + ".where", "is \"" + fault.where + "\", " + what + "; the places are " +
                                   known_places(scenario) + ", and servers such as \"…/server-1\"");
}

void check_fault(const Scenario& scenario, const Restart& fault, const std::string& path,
                 Findings& out) {
    check_servers(scenario, fault, path, out);
}

void check_fault(const Scenario& scenario, const Drain& fault, const std::string& path,
                 Findings& out) {
    const auto place = find_place(scenario, fault.where);
    if (place && place->keys) {
        out.error(path + ".where",
                  "is \"" + fault.where + "\", a key coordinator, to which no clients are sent");
        return;
    }
    check_servers(scenario, fault, path, out);
}

void check_fault(const Scenario& scenario, const ClockSkew& fault, const std::string& path,
                 Findings& out) {
    check_start(scenario, fault.start, path, out);
    if (!find_place(scenario, fault.where)) {
        out.error(path + ".where",
                  "is \"" + fault.where + "\", which is no place; the places are " +
                      known_places(scenario) + ", and servers such as \"…/server-1\"");
    }
    if (fault.offset == Duration::zero() && fault.drift_ppm == 0.0) {
        out.warning(path + ".offset", "is 0s, and drift_ppm 0: the clock stays right");
    }
}

// Laws whose parameters must fit each other.

void check_clients(const Clients& clients, const std::string& path, Findings& out) {
    if (const auto* recorded = std::get_if<Trace>(&clients.arrivals)) {
        if (recorded->visits.size() > clients.count) {
            out.error(path + ".count", "is " + std::to_string(clients.count) +
                                           ", but the recording has " +
                                           std::to_string(recorded->visits.size()) + " clients");
        }
    }
    if (const auto* diurnal = std::get_if<Diurnal>(&clients.arrivals)) {
        if (diurnal->pause_p90 < diurnal->pause_median) {
            out.error(path + ".arrivals.pause_p90", "is " + describe(diurnal->pause_p90) +
                                                        ", below pause_median (" +
                                                        describe(diurnal->pause_median) + ")");
        }
    }
    check_protocols(clients.tls, path + ".tls", out);
    check_retries(clients, path, out);
}

// Policies that cannot work as meant.

}  // namespace

void check_lifetime(const Tickets& tickets, Duration run, const std::string& path, Findings& out) {
    if (tickets.lifetime.count() % 1'000'000'000 != 0) {
        out.error(path + ".lifetime", "is " + describe(tickets.lifetime) +
                                          ", must be whole seconds (RFC 8446 section 4.6.1)");
    }
    if (tickets.rotation) {
        const StekRotation& rotation = *tickets.rotation;
        const auto kept = rotation.every * (1 + std::int64_t{rotation.keep_previous});
        if (tickets.lifetime > kept) {
            out.warning(path + ".lifetime",
                        "is " + describe(tickets.lifetime) +
                            ", but a ticket's key is gone at the latest after " + describe(kept) +
                            " (rotation.every x (1 + keep_previous)): a longer lifetime changes "
                            "nothing");
        }
    }
    check_distribution(tickets, path, out);
    if (tickets.lifetime > run) {
        out.warning(path + ".lifetime", "is " + describe(tickets.lifetime) +
                                            ", longer than the run (" + describe(run) +
                                            "): no ticket can expire");
    }
}

namespace {

void check_early_data(const Scenario& scenario, Findings& out) {
    const auto wants = [](const Clients& clients) { return clients.tls.early_data; };
    if (std::ranges::none_of(scenario.clients, wants)) return;
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        if (scenario.fleets[i].tls.max_early_data > 0) continue;
        out.warning(at("fleets", i) + ".tls.max_early_data",
                    "is 0, so that no client can send early data, and some would");
    }
}

void check_health_check(const Fleet& fleet, const std::string& path, Findings& out) {
    if (!fleet.health_check) return;
    const HealthCheck& check = *fleet.health_check;
    if (check.timeout > check.interval) {
        out.error(path + ".timeout", "is " + describe(check.timeout) +
                                         ", must be at most interval (" + describe(check.interval) +
                                         "): one probe at a time");
    }
    if (fleet.servers_per_site == 1) {
        out.warning(path, "changes nothing: a site's only server is used whatever its probes say");
    }
}

void check_fleet(const Fleet& fleet, Duration run, const std::string& path, Findings& out) {
    check_health_check(fleet, path + ".health_check", out);
    if (fleet.sites.empty()) out.error(path + ".sites", "is empty, must name at least one site");
    double shares = 0.0;
    for (const Site& site : fleet.sites) shares += site.share;
    if (!fleet.sites.empty() && !(shares > 0.0)) {
        out.error(path + ".sites", "give no share to any site, so that no client has a home");
    }
    check_lifetime(fleet.tickets, run, path + ".tickets", out);
    check_protocols(fleet.tls, path + ".tls", out);
    check_session_id_context(fleet, path + ".tls", out);
    check_sessions(fleet, path, out);
}

void check_fault(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                 std::size_t index, Findings& out) {
    std::visit(
        [&]<typename Kind>(const Kind& fault) {
            const std::string& path = faults[index].path;
            if constexpr (std::is_same_v<Kind, Deploy>) {
                check_deploy(scenario, faults, index, out);
            } else if constexpr (std::is_same_v<Kind, StagedRollout>) {
                check_rollout(scenario, faults, index, out);
            } else if constexpr (std::is_same_v<Kind, PolicyFlip>) {
                check_flip(scenario, faults, index, out);
            } else {
                check_fault(scenario, fault, path, out);
            }
            if constexpr (requires { check_cache_fault(scenario, fault, path, out); }) {
                check_cache_fault(scenario, fault, path, out);
            }
        },
        faults[index].fault);
}

/// The problems of one fault; what its scope is blamed for stands where its scope does.
std::vector<Problem> problems_of(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                                 std::size_t index) {
    Findings own;
    check_fault(scenario, faults, index, own);
    std::vector<Problem> problems = own.take();
    const PossibleFault& fault = faults[index];
    if (fault.where_path.empty()) return problems;
    for (Problem& problem : problems) {
        if (problem.path == fault.path + ".where" || problem.path == fault.path + ".between[1]") {
            problem.path = fault.where_path;
        }
    }
    return problems;
}

void check_faults(const Scenario& scenario, Findings& out) {
    check_schedules(scenario, out);
    const std::vector<PossibleFault> faults = possible_faults(scenario);
    std::set<std::string> told;
    for (std::size_t i = 0; i < faults.size(); ++i) {
        std::set<std::string> own;
        for (Problem& problem : problems_of(scenario, faults, i)) {
            // The turns of a Periodic and the places of a Strike have problems in common.
            if (told.contains(problem.path)) continue;
            own.insert(problem.path);
            out.add(std::move(problem));
        }
        told.merge(own);
    }
}

void check_fast_open(const Scenario& scenario, Findings& out) {
    const auto check = [&](bool wanted, const std::string& path) {
        if (wanted && scenario.tcp == TcpFlavour::ns3) {
            out.error(path + ".tcp_fast_open",
                      "is true, but tcp is \"ns3\", which has no Fast Open; must be false, or tcp "
                      "\"linux-6\" or \"linux-4\"");
        }
    };
    const auto grants = [](const Fleet& fleet) { return fleet.tcp_fast_open; };
    const bool granted = std::ranges::any_of(scenario.fleets, grants);
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        const bool wanted = scenario.clients[i].tcp_fast_open;
        check(wanted, at("clients", i));
        if (wanted && !granted) {
            out.warning(at("clients", i) + ".tcp_fast_open",
                        "is true, but the fleet's tcp_fast_open is false: it grants no cookie");
        }
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        check(scenario.fleets[i].tcp_fast_open, at("fleets", i));
    }
}

void check_records(const Scenario& scenario, Findings& out) {
    const std::vector<Recorded>& records = scenario.records;
    for (auto each = records.begin(); each != records.end(); ++each) {
        if (std::find(records.begin(), each, *each) == each) continue;
        out.error(at("records", static_cast<std::size_t>(each - records.begin())),
                  "names \"" + std::string(name_of(*each)) + "\" twice");
    }
}

}  // namespace

std::vector<Problem> validate(const Scenario& scenario) {
    Findings out;
    check_fields(scenario, "", out);
    if (scenario.clients.empty()) {
        out.error("clients", "is empty, must hold at least one population");
    }
    if (scenario.fleets.size() != 1) {
        out.error("fleets", "holds " + std::to_string(scenario.fleets.size()) +
                                " fleets, must hold exactly one");
    }
    check_names(scenario, out);
    check_tenants(scenario, out);
    check_fast_open(scenario, out);
    check_accesses(scenario, out);
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        check_clients(scenario.clients[i], at("clients", i), out);
        check_behaviour(scenario.clients[i], scenario.duration, at("clients", i), out);
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        check_fleet(scenario.fleets[i], scenario.duration, at("fleets", i), out);
        check_session_cache(scenario, scenario.fleets[i], at("fleets", i), out);
        check_admission(scenario, scenario.fleets[i], at("fleets", i), out);
    }
    check_early_data(scenario, out);
    check_alpn(scenario, out);
    if (scenario.fleets.size() == 1) check_faults(scenario, out);
    check_invariants(scenario, out);
    check_records(scenario, out);
    return out.take();
}

}  // namespace reshake
