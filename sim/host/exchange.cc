#include "sim/host/exchange.h"

#include <algorithm>

#include "sim/base/check.h"

namespace reshake::host {
namespace {

constexpr std::array<std::byte, piece_bytes> filler{};

/// About as long as a short HTTP response; nothing else begins with its first byte.
constexpr auto too_early = [] {
    std::array<std::byte, 64> response{};
    response[0] = std::byte{0xff};
    return response;
}();

std::uint32_t read_u32(const std::byte* from) noexcept {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
    return value;
}

void write_u32(std::byte* to, std::uint32_t value) noexcept {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

}  // namespace

std::vector<std::byte> piece_of(const Request& request, std::size_t offset) {
    RESHAKE_CHECK(request.request_bytes >= Request::header_bytes);
    RESHAKE_CHECK(offset < request.request_bytes);
    std::vector<std::byte> piece(std::min(piece_bytes, request.request_bytes - offset));
    if (offset == 0) {
        write_u32(piece.data(), request.request_bytes);
        write_u32(piece.data() + 4, request.response_bytes);
    }
    return piece;
}

std::optional<Request> parse_request(std::span<const std::byte> received) noexcept {
    if (received.size() < Request::header_bytes) return std::nullopt;
    return Request{.request_bytes = read_u32(received.data()),
                   .response_bytes = read_u32(received.data() + 4)};
}

std::span<const std::byte> too_early_response() noexcept { return too_early; }

bool is_too_early(std::byte first) noexcept { return first == too_early[0]; }

std::span<const std::byte> response_piece(std::size_t left) noexcept {
    return std::span(filler).first(std::min(piece_bytes, left));
}

}  // namespace reshake::host
