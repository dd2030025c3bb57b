// The record of a request that a client sent: as early data, after the handshake, or again.
//
// Shape: one row per sending, in the order in which their first bytes left. Only where the scenario
//        asks for it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/history/attempt.h"

namespace reshake::history {

enum class RequestWay { early_data, application_data };
[[nodiscard]] constexpr auto names_of(RequestWay) noexcept {
    return std::array<std::string_view, 2>{"early_data", "application_data"};
}

/// As the client knows it.
enum class RequestFate {
    answered,    ///< The response began.
    rejected,    ///< By TLS, as early data.
    too_early,   ///< By the application: 425.
    unanswered,  ///< Nothing came before the attempt ended.
};
[[nodiscard]] constexpr auto names_of(RequestFate) noexcept {
    return std::array<std::string_view, 4>{"answered", "rejected", "too_early", "unanswered"};
}

struct Request {
    static constexpr std::string_view table_name = "requests";

    std::uint16_t population = 0;
    std::uint32_t client = 0;
    std::uint32_t visit = 0;
    std::uint16_t connection = 0;
    std::uint16_t attempt = 0;
    Duration sent{};  ///< Its first byte left; since the start of the run.
    RequestWay way = RequestWay::application_data;
    std::uint32_t bytes = 0;        ///< Of the whole request.
    std::uint32_t early_bytes = 0;  ///< Of those, sent as early data.
    RequestFate fate = RequestFate::unanswered;
    Duration taken_up = not_reached;  ///< By a server, for the first time.
    std::uint16_t executions = 0;     ///< How often servers took it up.
    Duration first_byte = not_reached;
    std::uint32_t response_bytes = 0;  ///< That the client has read.

    static constexpr auto fields() {
        return fields_of(
            field("population", &Request::population), field("client", &Request::client),
            field("visit", &Request::visit), field("connection", &Request::connection),
            field("attempt", &Request::attempt), field("sent", &Request::sent),
            field("way", &Request::way), field("bytes", &Request::bytes),
            field("early_bytes", &Request::early_bytes), field("fate", &Request::fate),
            field("taken_up", &Request::taken_up), field("executions", &Request::executions),
            field("first_byte", &Request::first_byte),
            field("response_bytes", &Request::response_bytes));
    }
};

}  // namespace reshake::history
