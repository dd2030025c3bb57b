#include "sim/base/check.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "sim/base/time.h"

namespace reshake {
namespace {

std::uint64_t noted_seed = 0;
const Clock* noted_clock = nullptr;

}  // namespace

void note_run_for_checks(std::uint64_t seed, const Clock* clock) noexcept {
    noted_seed = seed;
    noted_clock = clock;
}

void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
    if (noted_clock != nullptr) {
        const auto now = noted_clock->now().time_since_epoch().count();
        std::fprintf(stderr, "in the run with seed %" PRIu64 ", at virtual time %" PRId64 " ns\n",
                     noted_seed, std::int64_t{now});
    }
    std::abort();
}

}  // namespace reshake
