#include "sim/world/versions.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "models/fault_plan.h"
#include "sim/net/radio_cell.h"
#include "sim/net/simulation.h"
#include "sim/tls/library.h"
#include "sim/tls/settings.h"

namespace reshake::world {
namespace {

void check_setting(tls::NamedSetting setting, const std::optional<std::string>& value,
                   const std::string& path, std::vector<Problem>& found) {
    if (!value) return;
    if (auto reason = tls::refusal_of(setting, *value)) {
        found.push_back({Severity::error, path + "." + std::string(name_of(setting)),
                         "is \"" + *value + "\", which OpenSSL " + tls::openssl_version() +
                             " refuses: " + *reason});
    }
}

template <typename Settings>
void check_settings(const Settings& tls, const std::string& path, std::vector<Problem>& found) {
    check_setting(tls::NamedSetting::groups, tls.groups, path, found);
    check_setting(tls::NamedSetting::ciphersuites, tls.ciphersuites, path, found);
    check_setting(tls::NamedSetting::cipher_list, tls.cipher_list, path, found);
    check_setting(tls::NamedSetting::sigalgs, tls.sigalgs, path, found);
}

void check_built_in(const ClientAccess& access, const std::string& path,
                    std::vector<Problem>& found) {
    if (!is_cell(access) || radio_is_built_in()) return;
    const bool wifi = std::holds_alternative<Wifi>(access);
    found.push_back({Severity::error, path,
                     "is " + std::string(wifi ? Wifi::type_name : Lte::type_name) +
                         ", a radio model that this build is without; RESHAKE_RADIO=1 make setup "
                         "builds one that has it"});
}

}  // namespace

std::map<std::string, std::string> versions() {
    return {{"reshake", RESHAKE_VERSION},
            {"openssl", tls::openssl_version()},
            {"ns3", net::ns3_version()},
            {"compiler", __VERSION__}};
}

bool radio_is_built_in() noexcept { return net::radio_is_built_in(); }

std::vector<Problem> validate(const Scenario& scenario) {
    std::vector<Problem> found = reshake::validate(scenario);
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        const std::string path = "clients[" + std::to_string(i) + "]";
        check_settings(scenario.clients[i].tls, path + ".tls", found);
        check_built_in(scenario.clients[i].access, path + ".access", found);
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        check_settings(scenario.fleets[i].tls, "fleets[" + std::to_string(i) + "].tls", found);
    }
    std::set<std::string> seen;  // The turns of a Periodic have their settings in common.
    for (const PossibleFault& fault : possible_faults(scenario)) {
        const std::optional<ServerTls>* tls = nullptr;
        if (const auto* deploy = std::get_if<Deploy>(&fault.fault)) tls = &deploy->tls;
        if (const auto* flip = std::get_if<PolicyFlip>(&fault.fault)) tls = &flip->tls;
        if (const auto* rollout = std::get_if<StagedRollout>(&fault.fault)) tls = &rollout->tls;
        if (tls == nullptr || !*tls || !seen.insert(fault.path).second) continue;
        check_settings(**tls, fault.path + ".tls", found);
    }
    return found;
}

}  // namespace reshake::world
