// Assertions for errors of ours. On in every build: a wrong simulator is worse than a slow one.
#pragma once

#include <cstdint>

namespace reshake {

class Clock;

/// What a failed check prints so that the failure can be had again: the seed and the virtual time.
///
/// `clock` must outlive the note; pass nullptr to forget it.
void note_run_for_checks(std::uint64_t seed, const Clock* clock) noexcept;

[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace reshake

#define RESHAKE_CHECK(condition) \
    ((condition) ? void(0) : ::reshake::check_failed(#condition, __FILE__, __LINE__))
