#include "sim/base/byte_queue.h"

#include <gtest/gtest.h>

#include <array>

namespace reshake {
namespace {

constexpr std::array<std::byte, 4> word{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};

TEST(ByteQueue, GivesBackWhatWasPutInInOrder) {
    ByteQueue queue;
    queue.append(word);
    queue.append(std::span(word).first(2));
    queue.consume(3);
    ASSERT_EQ(queue.size(), 3u);
    EXPECT_EQ(queue.front()[0], std::byte{4});
    EXPECT_EQ(queue.front()[1], std::byte{1});
    queue.consume(3);
    EXPECT_TRUE(queue.empty());
}

TEST(ByteQueue, TakesBackWhatAWriterDidNotFill) {
    ByteQueue queue;
    queue.append(word);
    queue.extend(100)[0] = std::byte{9};
    queue.retract(99);
    ASSERT_EQ(queue.size(), 5u);
    EXPECT_EQ(queue.front()[4], std::byte{9});
}

TEST(ByteQueueDeathTest, RefusesToConsumeMoreThanItHolds) {
    ByteQueue queue;
    queue.append(word);
    EXPECT_DEATH(queue.consume(5), "check failed");
}

}  // namespace
}  // namespace reshake
