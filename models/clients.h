// A population of clients: how many, how they reach the network, when they come, what they ask.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arrivals.h"
#include "models/churn.h"
#include "models/device.h"
#include "models/handover.h"
#include "models/middlebox.h"
#include "models/phases.h"
#include "models/retry.h"
#include "models/rounds.h"
#include "models/size_law.h"
#include "models/ticket_store.h"
#include "models/tls_settings.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Clients that are alike. Each has its own link, tickets and random streams.
struct Clients {
    static constexpr std::string_view type_name = "Clients";

    std::string name{};
    std::uint32_t count = 1;
    ClientAccess access{};
    std::vector<Handover> handovers{};
    std::vector<Middlebox> middleboxes{};  ///< Behind the access link, the nearest first.
    Arrivals arrivals{};
    std::optional<Rounds> rounds{};         ///< Of a visit. None: one.
    Churn churn{};                          ///< None: always reachable.
    std::optional<AppRestarts> restarts{};  ///< None: the app restarts with the device.
    std::optional<DeviceChange> device_change{};
    ClientTls tls{};
    TicketStorage tickets{};
    double early_safe = 1.0;  ///< Share of requests that may be early data (RFC 8470 section 2.1).
    Device device{.cores = 1, .slowdown = 4.0};  ///< About a mid-range phone.
    std::vector<std::string> tenants{};  ///< One of them per visit, at random; none: of all.
    std::uint32_t connections = 1;       ///< At once, per visit; each makes the same request.
    std::uint32_t request_bytes = 200;
    std::uint32_t response_bytes = 4096;
    SizeLaw request_sizes{};  ///< In the place of `request_bytes`, drawn for each request.
    SizeLaw response_sizes{};
    Duration linger{};        ///< A connection stays open after the response for so long.
    double vanish = 0.0;      ///< Probability that a client ends a finished visit without a close.
    bool tcp_nodelay = true;  ///< TCP_NODELAY; false: Nagle's algorithm (RFC 896).
    bool tcp_fast_open = false;  ///< RFC 7413, where the client holds a cookie of the site.
    Duration connect_timeout =
        std::chrono::seconds(10);                 ///< For TCP, before another site is tried.
    std::optional<Duration> handshake_timeout{};  ///< From TCP on; none: as attempt_timeout says.
    Duration attempt_timeout = std::chrono::seconds(30);  ///< For everything up to the response.
    std::optional<Retry>
        retry{};  ///< None: a connection that fails is the user's to ask for again.

    bool operator==(const Clients&) const = default;
    static constexpr auto fields() {
        constexpr Bounds patience{.at_least = 1e6, .at_most = 3600e9};
        return fields_of(
            required("name", &Clients::name),
            required("count", &Clients::count, {.at_least = 1.0, .at_most = 2e6}),
            required("access", &Clients::access), field("handovers", &Clients::handovers),
            field("middleboxes", &Clients::middleboxes), required("arrivals", &Clients::arrivals),
            field("rounds", &Clients::rounds), field("churn", &Clients::churn),
            field("restarts", &Clients::restarts), field("device_change", &Clients::device_change),
            field("tls", &Clients::tls), field("tickets", &Clients::tickets),
            field("early_safe", &Clients::early_safe, bounds::probability),
            field("device", &Clients::device), field("tenants", &Clients::tenants),
            field("connections", &Clients::connections, {.at_least = 1.0, .at_most = 100.0}),
            field("request_bytes", &Clients::request_bytes, message_size),
            field("response_bytes", &Clients::response_bytes, message_size),
            field("request_sizes", &Clients::request_sizes),
            field("response_sizes", &Clients::response_sizes),
            field("linger", &Clients::linger, {.at_least = 0.0, .at_most = 3600e9}),
            field("vanish", &Clients::vanish, bounds::probability),
            field("tcp_nodelay", &Clients::tcp_nodelay),
            field("tcp_fast_open", &Clients::tcp_fast_open),
            field("connect_timeout", &Clients::connect_timeout, patience),
            field("handshake_timeout", &Clients::handshake_timeout, patience),
            field("attempt_timeout", &Clients::attempt_timeout, patience),
            field("retry", &Clients::retry));
    }
};

}  // namespace reshake
