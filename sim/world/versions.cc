#include "sim/world/versions.h"

#include <array>
#include <optional>
#include <utility>

#include "models/device.h"
#include "sim/base/digest.h"
#include "sim/net/simulation.h"
#include "sim/tls/library.h"
#include "sim/tls/settings.h"

namespace reshake::world {
namespace {

/// Changes when the price of any operation in common use does.
std::string cost_digest() {
    struct Sample {
        CryptoOperation operation;
        std::string_view algorithm;
        std::size_t size;
    };
    using enum CryptoOperation;
    static constexpr std::array<Sample, 20> samples{{{sign, "ECDSA", 71},
                                                     {sign, "ECDSA", 103},
                                                     {sign, "RSA", 256},
                                                     {sign, "RSA", 384},
                                                     {sign, "", 64},
                                                     {verify, "ECDSA", 71},
                                                     {verify, "ECDSA", 103},
                                                     {verify, "RSA", 256},
                                                     {verify, "RSA", 384},
                                                     {verify, "", 64},
                                                     {keygen, "X25519", 0},
                                                     {keygen, "EC", 0},
                                                     {derive, "X25519", 32},
                                                     {derive, "ECDH", 32},
                                                     {derive, "", 32},
                                                     {encapsulate, "", 0},
                                                     {decapsulate, "", 0},
                                                     {kdf, "", 32},
                                                     {cipher, "AES-256-GCM", 16'384},
                                                     {cipher, "", 16'384}}};
    Digest digest;
    for (const Sample& sample : samples) {
        digest.add(static_cast<std::uint64_t>(
            crypto_cost(sample.operation, sample.algorithm, sample.size).count()));
    }
    return std::to_string(digest.value());
}

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
    check_setting(tls::NamedSetting::sigalgs, tls.sigalgs, path, found);
}

}  // namespace

std::map<std::string, std::string> versions() {
    return {{"reshake", RESHAKE_VERSION},
            {"openssl", tls::openssl_version()},
            {"ns3", net::ns3_version()},
            {"compiler", __VERSION__},
            {"costs", cost_digest()}};
}

std::vector<Problem> validate(const Scenario& scenario) {
    std::vector<Problem> found = reshake::validate(scenario);
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        check_settings(scenario.clients[i].tls, "clients[" + std::to_string(i) + "].tls", found);
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        check_settings(scenario.fleets[i].tls, "fleets[" + std::to_string(i) + "].tls", found);
    }
    return found;
}

}  // namespace reshake::world
