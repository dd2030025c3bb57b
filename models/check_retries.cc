#include "models/check_retries.h"

#include "models/describe.h"

namespace reshake {

void check_retries(const Clients& clients, const std::string& path, Findings& out) {
    if (clients.connect_timeout > clients.attempt_timeout) {
        out.warning(path + ".connect_timeout",
                    "is " + describe(clients.connect_timeout) + ", longer than attempt_timeout (" +
                        describe(clients.attempt_timeout) + "), which ends the attempt first");
    }
    if (clients.handshake_timeout && *clients.handshake_timeout > clients.attempt_timeout) {
        out.warning(path + ".handshake_timeout", "is " + describe(*clients.handshake_timeout) +
                                                     ", longer than attempt_timeout (" +
                                                     describe(clients.attempt_timeout) +
                                                     "), which ends the attempt first");
    }
    if (!clients.retry) return;
    const Retry& retry = *clients.retry;
    if (retry.max_backoff < retry.backoff) {
        out.error(path + ".retry.max_backoff", "is " + describe(retry.max_backoff) +
                                                   ", must be at least retry.backoff (" +
                                                   describe(retry.backoff) + ")");
    }
    if (retry.max_tries == 1) {
        out.warning(path + ".retry.max_tries", "is 1, the first try: nothing is tried again");
    }
    if (retry.max_elapsed && *retry.max_elapsed <= clients.connect_timeout) {
        out.warning(path + ".retry.max_elapsed",
                    "is " + describe(*retry.max_elapsed) + ", not longer than connect_timeout (" +
                        describe(clients.connect_timeout) +
                        "): who waits in vain for a connection never tries again");
    }
}

}  // namespace reshake
