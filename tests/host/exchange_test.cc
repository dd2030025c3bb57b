#include "sim/host/exchange.h"

#include <gtest/gtest.h>

#include "sim/base/byte_queue.h"

namespace reshake::host {
namespace {

TEST(Exchange, ARequestOfAnySizeSaysHowLongItAndItsResponseAre) {
    for (const std::uint32_t size : {16u, 200u, 16u * 1024, 100'000u}) {
        const Request request{.request_bytes = size, .response_bytes = 70'000};
        ByteQueue received;
        while (received.size() < size) {
            const auto piece = piece_of(request, received.size());
            ASSERT_FALSE(piece.empty());
            ASSERT_LE(piece.size(), piece_bytes);
            received.append(piece);
        }
        EXPECT_EQ(received.size(), size);
        const auto parsed = parse_request(received.front());
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->request_bytes, size);
        EXPECT_EQ(parsed->response_bytes, 70'000u);
    }
}

TEST(Exchange, AnIncompleteHeaderIsNoRequest) {
    const auto piece = piece_of({.request_bytes = 200, .response_bytes = 1}, 0);
    EXPECT_FALSE(parse_request(std::span(piece).first(7)));
    EXPECT_TRUE(parse_request(std::span(piece).first(8)));
}

}  // namespace
}  // namespace reshake::host
