// What client and server say to each other inside TLS: one request, one response.
//
// The request begins with its own length and the length of the response it asks for, so that both
// sides know when they have everything (as Content-Length does for HTTP/1.1, RFC 9112 section 6.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace reshake::host {

struct Request {
    std::uint32_t request_bytes = 0;  ///< Header included, at least header_bytes.
    std::uint32_t response_bytes = 0;

    static constexpr std::size_t header_bytes = 8;
};

/// A piece of a message is at most one TLS record (RFC 8446 section 5.1).
inline constexpr std::size_t piece_bytes = 16 * 1024;

/// Bytes of a message from `offset` on, at most one piece: the header first, then filler.
[[nodiscard]] std::vector<std::byte> piece_of(const Request& request, std::size_t offset);

/// The header at the front of `received`; nothing while it is not complete.
[[nodiscard]] std::optional<Request> parse_request(std::span<const std::byte> received) noexcept;

/// The answer 425 (Too Early) of RFC 8470 section 5.2: the same request is welcome once the
/// handshake is complete.
[[nodiscard]] std::span<const std::byte> too_early_response() noexcept;
/// Whether a response, of which `first` is the first byte, is that answer.
[[nodiscard]] bool is_too_early(std::byte first) noexcept;

/// The next piece of a response of which `left` bytes are still to be sent.
[[nodiscard]] std::span<const std::byte> response_piece(std::size_t left) noexcept;

}  // namespace reshake::host
