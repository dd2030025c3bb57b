// Lists of names that OpenSSL must know, and what it says when it does not.
#pragma once

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sim/base/fields.h"

namespace reshake::tls {

/// Settings of ClientTls and ServerTls whose values only OpenSSL can judge.
enum class NamedSetting { groups, ciphersuites, cipher_list, sigalgs };

[[nodiscard]] constexpr auto names_of(NamedSetting) noexcept {
    return std::array<std::string_view, 4>{"groups", "ciphersuites", "cipher_list", "sigalgs"};
}

/// Why the linked OpenSSL would refuse `value`; nothing if it takes it. Needs no library, so that
/// a scenario can be judged before anything is built.
[[nodiscard]] std::optional<std::string> refusal_of(NamedSetting setting, const std::string& value);

/// A setting's value is not one that OpenSSL knows. Scenarios are validated with `refusal_of`
/// before a context is made; who skips that gets this.
class SettingRefused : public std::runtime_error {
public:
    SettingRefused(NamedSetting setting, std::string value, std::string reason);

    [[nodiscard]] NamedSetting setting() const noexcept { return setting_; }
    [[nodiscard]] const std::string& value() const noexcept { return value_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

private:
    NamedSetting setting_;
    std::string value_;
    std::string reason_;
};

}  // namespace reshake::tls
