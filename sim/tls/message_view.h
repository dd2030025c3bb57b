// What a handshake message says to somebody who reads along.
//
// Source: RFC 8446 section 4 (messages), 4.2.10 and 4.2.11 (extensions), RFC 5246 section 7.4,
//         RFC 5077 section 3.2 and 3.3 (tickets of TLS 1.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace reshake::tls {

struct MessageView {
    std::string_view name;  ///< As in RFC 8446; empty if it is not known.
    std::size_t size = 0;

    // Of a ClientHello. A ticket is an identity of the pre_shared_key extension or, up to TLS 1.2,
    // what is in the session_ticket extension.
    std::size_t ticket_size = 0;      ///< 0: none is offered.
    std::uint64_t ticket_begins = 0;  ///< Its first eight bytes: of a sealed one, its key's name as
                                      ///< in `TicketName::key`.
    bool session_id = false;          ///< Not empty. TLS 1.3 sends one that means nothing.
    bool early_data = false;

    bool takes_psk = false;  ///< Of a ServerHello.
    bool is_retry = false;   ///< It is a HelloRetryRequest.

    std::optional<std::uint32_t> ticket_lifetime{};  ///< Of a NewSessionTicket. Units: seconds.
};

/// Reads `message`, its header included. What is cut short is read as far as it goes.
[[nodiscard]] MessageView view_of(std::span<const std::uint8_t> message) noexcept;

}  // namespace reshake::tls
