#include "models/client_hello_record.h"

#include <gtest/gtest.h>

#include <array>

namespace reshake {
namespace {

using namespace std::chrono_literals;

std::array<std::byte, 32> hello(int mark) {
    std::array<std::byte, 32> random{};
    random[0] = static_cast<std::byte>(mark);
    return random;
}

TEST(ClientHelloRecord, TellsACopyForAtLeastAWindowAndAtMostTwo) {
    for (const auto start : {0s, 7s, 19s}) {
        ClientHelloRecord record(10s);
        const Instant first = run_start + start;
        EXPECT_TRUE(record.note(hello(1), first));
        EXPECT_TRUE(record.note(hello(2), first));
        for (int second = 0; second <= 10; ++second) {
            EXPECT_FALSE(record.note(hello(1), first + second * 1s)) << second;
        }
        EXPECT_TRUE(record.note(hello(2), first + 31s));
    }
}

}  // namespace
}  // namespace reshake
