#include "sim/world/versions.h"

#include <optional>
#include <utility>
#include <variant>

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

}  // namespace

std::map<std::string, std::string> versions() {
    return {{"reshake", RESHAKE_VERSION},
            {"openssl", tls::openssl_version()},
            {"ns3", net::ns3_version()},
            {"compiler", __VERSION__}};
}

std::vector<Problem> validate(const Scenario& scenario) {
    std::vector<Problem> found = reshake::validate(scenario);
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        check_settings(scenario.clients[i].tls, "clients[" + std::to_string(i) + "].tls", found);
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        check_settings(scenario.fleets[i].tls, "fleets[" + std::to_string(i) + "].tls", found);
    }
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        const auto* deploy = std::get_if<Deploy>(&scenario.faults[i]);
        if (deploy == nullptr || !deploy->tls) continue;
        check_settings(*deploy->tls, "faults[" + std::to_string(i) + "].tls", found);
    }
    return found;
}

}  // namespace reshake::world
