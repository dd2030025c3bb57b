#include "models/check_behaviour.h"

#include <variant>

#include "models/describe.h"

namespace reshake {
namespace {

template <typename Law>
void check_percentiles(const Law& law, const std::string& path, Findings& out) {
    if (law.p90 >= law.median) return;
    out.error(path + ".p90",
              "is " + describe(law.p90) + ", below median (" + describe(law.median) + ")");
}

void check_sizes(const SizeLaw& law, const std::string& path, Findings& out) {
    const auto* normal = std::get_if<LogNormalBytes>(&law);
    if (normal != nullptr) check_percentiles(*normal, path, out);
}

void check_crowd(const FlashCrowd& crowd, Duration run, const std::string& path, Findings& out) {
    check_law(crowd.gap, path + ".gap", out);
    if (crowd.start >= run) {
        out.warning(path + ".start", "is " + describe(crowd.start) + ", after the run has ended (" +
                                         describe(run) + ")");
    }
    if (crowd.ramp + crowd.lasts + crowd.decay == Duration::zero()) {
        out.warning(path + ".lasts", "is 0s, as are ramp and decay: nobody comes more often");
    }
}

}  // namespace

void check_law(const TimeLaw& law, const std::string& path, Findings& out) {
    const auto* normal = std::get_if<LogNormal>(&law);
    if (normal != nullptr) check_percentiles(*normal, path, out);
}

void check_behaviour(const Clients& clients, Duration run, const std::string& path, Findings& out) {
    if (const auto* renewal = std::get_if<Renewal>(&clients.arrivals)) {
        check_law(renewal->gap, path + ".arrivals.gap", out);
    } else if (const auto* crowd = std::get_if<FlashCrowd>(&clients.arrivals)) {
        check_crowd(*crowd, run, path + ".arrivals", out);
    }
    if (const auto* stays = std::get_if<Alternating>(&clients.churn)) {
        check_law(stays->up, path + ".churn.up", out);
        check_law(stays->down, path + ".churn.down", out);
    }
    if (clients.rounds) check_law(clients.rounds->think, path + ".rounds.think", out);
    if (clients.device_change) {
        check_law(clients.device_change->gap, path + ".device_change.gap", out);
    }
    check_sizes(clients.request_sizes, path + ".request_sizes", out);
    check_sizes(clients.response_sizes, path + ".response_sizes", out);
}

}  // namespace reshake
