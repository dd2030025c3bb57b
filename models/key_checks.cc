#include "models/key_checks.h"

#include <variant>

#include "models/describe.h"

namespace reshake {

void check_distribution(const Tickets& tickets, const std::string& path, Findings& out) {
    if (std::holds_alternative<std::monostate>(tickets.distribution)) return;
    if (!tickets.rotation) {
        out.error(path + ".distribution",
                  "is set, but rotation is None: there is nothing to hand out");
        return;
    }
    const auto* coordinator = std::get_if<KeyCoordinator>(&tickets.distribution);
    if (coordinator == nullptr) return;
    const std::string own = path + ".distribution";
    const StekRotation& rotation = *tickets.rotation;
    if (coordinator->pre_distribution > rotation.every) {
        out.error(own + ".pre_distribution", "is " + describe(coordinator->pre_distribution) +
                                                 ", must be at most rotation.every (" +
                                                 describe(rotation.every) + ")");
    }
    if (coordinator->retry > coordinator->retry_at_most) {
        out.error(own + ".retry", "is " + describe(coordinator->retry) +
                                      ", must be at most retry_at_most (" +
                                      describe(coordinator->retry_at_most) + ")");
    }
    if (coordinator->delivery == KeyDelivery::poll &&
        coordinator->poll_interval >= honoured_for(rotation)) {
        out.warning(own + ".poll_interval",
                    "is " + describe(coordinator->poll_interval) + ", but a key is gone after " +
                        describe(honoured_for(rotation)) +
                        " (rotation.every x (1 + keep_previous)): servers will be without any");
    }
}

}  // namespace reshake
