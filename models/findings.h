// What validation has found so far, and how the paths of its problems are spelt.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/scenario.h"

namespace reshake {

/// Collects problems while the path to the field under inspection is kept at hand.
class Findings {
public:
    void error(std::string path, std::string sentence) {
        found_.push_back({Severity::error, std::move(path), std::move(sentence)});
    }
    void warning(std::string path, std::string sentence) {
        found_.push_back({Severity::warning, std::move(path), std::move(sentence)});
    }
    void add(Problem problem) { found_.push_back(std::move(problem)); }
    [[nodiscard]] std::vector<Problem> take() { return std::move(found_); }

private:
    std::vector<Problem> found_;
};

inline std::string join(const std::string& path, std::string_view field) {
    return path.empty() ? std::string(field) : path + "." + std::string(field);
}

inline std::string at(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

}  // namespace reshake
