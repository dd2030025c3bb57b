#include "sim/tls/settings.h"

#include <openssl/err.h>

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/tls/apply_setting.h"
#include "sim/tls/handles.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

/// OpenSSL skips unknown names in a list of cipher suites, so each is tried alone first.
std::optional<std::string> unknown_ciphersuite(SSL_CTX* context, std::string_view list) {
    while (!list.empty()) {
        const std::string name(list.substr(0, list.find(':')));
        list.remove_prefix(std::min(name.size() + 1, list.size()));
        if (SSL_CTX_set_ciphersuites(context, name.c_str()) != 1) {
            return "unknown cipher suite '" + name + "'";
        }
    }
    return std::nullopt;
}

/// OpenSSL's words for its last failure, and the detail it attaches ("group 'Q-256' cannot be
/// set").
std::string reason_of_failure() {
    const char* detail = nullptr;
    int flags = 0;
    const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &detail, &flags);
    ERR_clear_error();
    const char* reason = ERR_reason_error_string(code);
    std::string words = reason != nullptr ? reason : "not a list of names it knows";
    if ((flags & ERR_TXT_STRING) != 0 && detail != nullptr && *detail != '\0') {
        words += std::string(": ") + detail;
    }
    return words;
}

}  // namespace

std::optional<std::string> apply(SSL_CTX* context, NamedSetting setting, const std::string& value) {
    if (value.find('\0') != std::string::npos) return "contains a NUL";
    ERR_clear_error();
    long ok = 0;
    switch (setting) {
        case NamedSetting::groups:
            ok = SSL_CTX_set1_groups_list(context, value.c_str());
            break;
        case NamedSetting::sigalgs:
            ok = SSL_CTX_set1_sigalgs_list(context, value.c_str());
            break;
        case NamedSetting::cipher_list:
            ok = SSL_CTX_set_cipher_list(context, value.c_str());
            break;
        case NamedSetting::ciphersuites:
            if (auto unknown = unknown_ciphersuite(context, value)) return unknown;
            ok = SSL_CTX_set_ciphersuites(context, value.c_str());
            break;
    }
    if (ok == 1) return std::nullopt;
    return reason_of_failure();
}

std::optional<std::string> refusal_of(NamedSetting setting, const std::string& value) {
    const Library library;
    const Housekeeping housekeeping{Random(0).stream("settings")};
    const SslCtxPtr context(SSL_CTX_new_ex(library.handle().context.get(), nullptr, TLS_method()));
    RESHAKE_CHECK(context != nullptr);
    return apply(context.get(), setting, value);
}

SettingRefused::SettingRefused(NamedSetting setting, std::string value, std::string reason)
    : std::runtime_error(std::string(name_of(setting)) + ": OpenSSL refuses \"" + value +
                         "\": " + reason),
      setting_(setting),
      value_(std::move(value)),
      reason_(std::move(reason)) {}

}  // namespace reshake::tls
