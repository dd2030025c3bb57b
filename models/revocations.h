// Which sessions a server's policy no longer resumes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.h"

namespace reshake {

/// Whose connection it is, as the application knows its users.
struct Account {
    std::uint16_t population = 0;
    std::uint32_t client = 0;
};

class Revocations {
public:
    struct Rule {
        std::optional<std::uint16_t> population{};  ///< None: everybody's.
        std::optional<std::uint32_t> client{};
        std::optional<std::string> tenant{};  ///< None: whatever certificate they rest on.
        Instant before = run_start;
    };

    void add(Rule rule) { rules_.push_back(std::move(rule)); }
    [[nodiscard]] bool empty() const noexcept { return rules_.empty(); }

    /// Whether a session made at `made` is revoked; by whole seconds, as tickets tell.
    [[nodiscard]] bool revoked(const Account& account, std::string_view tenant,
                               std::chrono::seconds made) const noexcept {
        for (const Rule& rule : rules_) {
            if (rule.population && *rule.population != account.population) continue;
            if (rule.client && *rule.client != account.client) continue;
            if (rule.tenant && *rule.tenant != tenant) continue;
            if (made <= std::chrono::floor<std::chrono::seconds>(rule.before - run_start))
                return true;
        }
        return false;
    }

private:
    std::vector<Rule> rules_;
};

}  // namespace reshake
