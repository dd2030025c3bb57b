// The record of a piece of work on a machine's cores: one step of one side of a TLS connection.
//
// Shape: one row per step that cost anything or had to wait, in the order in which cores began
//        them. Only where the scenario asks for it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/history/attempt.h"

namespace reshake::history {

enum class Side { client, server };
[[nodiscard]] constexpr auto names_of(Side) noexcept {
    return std::array<std::string_view, 2>{"client", "server"};
}

enum class WorkPhase {
    handshake,  ///< It was not complete when the step began.
    data,       ///< After it: application data, tickets, close_notify.
    refusal,    ///< Nothing was begun (Admission); the connection is closed.
};
[[nodiscard]] constexpr auto names_of(WorkPhase) noexcept {
    return std::array<std::string_view, 3>{"handshake", "data", "refusal"};
}

struct Work {
    static constexpr std::string_view table_name = "compute";

    std::uint16_t population = 0;
    std::uint32_t client = 0;
    std::uint32_t visit = 0;
    std::uint16_t connection = 0;
    std::uint16_t attempt = 0;
    Side side = Side::client;
    std::uint16_t site = 0;    ///< Of the server that the attempt is about, whoever computes.
    std::uint16_t server = 0;  ///< In it, from 1, as in paths.
    WorkPhase phase = WorkPhase::handshake;
    Duration queued{};            ///< It asked for a core; since the start of the run.
    Duration began{};             ///< It got one.
    Duration paid = not_reached;  ///< What it produced left; not_reached: nothing has.
    Duration cpu{};
    Duration signing{};  ///< Of `cpu`, and so the next two.
    Duration verification{};
    Duration key_exchange{};

    static constexpr auto fields() {
        return fields_of(field("population", &Work::population), field("client", &Work::client),
                         field("visit", &Work::visit), field("connection", &Work::connection),
                         field("attempt", &Work::attempt), field("side", &Work::side),
                         field("site", &Work::site), field("server", &Work::server),
                         field("phase", &Work::phase), field("queued", &Work::queued),
                         field("began", &Work::began), field("paid", &Work::paid),
                         field("cpu", &Work::cpu), field("signing", &Work::signing),
                         field("verification", &Work::verification),
                         field("key_exchange", &Work::key_exchange));
    }
};

}  // namespace reshake::history
