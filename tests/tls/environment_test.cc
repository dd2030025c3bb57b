#include "sim/tls/environment.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <sys/time.h>

#include <array>
#include <ctime>
#include <future>
#include <utility>
#include <vector>

#include "sim/tls/handles.h"
#include "sim/tls/seams.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

struct Inside {
    explicit Inside(Instant now, std::uint64_t seed = 1)
        : random(seed), environment(now, random, cost, device) {}
    Device device;
    Random random;
    Cost cost;
    Environment environment;
};

TEST(ClockSeam, AllThreeCallsShowTheVirtualDateInside) {
    const Inside inside(run_start + 1h + 250ms + 7ns);
    const std::int64_t date = epoch.count() + 3600;
    std::time_t out = 0;
    EXPECT_EQ(std::time(&out), date);
    EXPECT_EQ(out, date);
    timeval microseconds{};
    EXPECT_EQ(gettimeofday(&microseconds, nullptr), 0);
    EXPECT_EQ(microseconds.tv_sec, date);
    EXPECT_EQ(microseconds.tv_usec, 250'000);
    for (const clockid_t id : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
        timespec nanoseconds{};
        EXPECT_EQ(clock_gettime(id, &nanoseconds), 0);
        EXPECT_EQ(nanoseconds.tv_sec, date);
        EXPECT_EQ(nanoseconds.tv_nsec, 250'000'007);
    }
}

TEST(ClockSeam, ADateBeforeTheRunRoundsDown) {
    const Inside inside(run_start - 1ns);
    EXPECT_EQ(std::time(nullptr), epoch.count() - 1);
    timeval microseconds{};
    gettimeofday(&microseconds, nullptr);
    EXPECT_EQ(microseconds.tv_sec, epoch.count() - 1);
    EXPECT_EQ(microseconds.tv_usec, 999'999);
}

TEST(ClockSeam, OutsideRealTimePasses) {
    timespec before{};
    timespec after{};
    clock_gettime(CLOCK_MONOTONIC, &before);
    {
        const Inside inside(run_start);
        const Inside nested(run_start + 5s);
        EXPECT_EQ(std::time(nullptr), epoch.count() + 5);
    }
    do {
        clock_gettime(CLOCK_MONOTONIC, &after);
    } while (after.tv_sec == before.tv_sec && after.tv_nsec == before.tv_nsec);
    EXPECT_GE(std::pair(after.tv_sec, after.tv_nsec), std::pair(before.tv_sec, before.tv_nsec));
}

TEST(ClockSeam, AnInnerEnvironmentEndsAtItsBrace) {
    const Inside outer(run_start + 1s);
    {
        const Inside inner(run_start + 2s);
        EXPECT_EQ(std::time(nullptr), epoch.count() + 2);
    }
    EXPECT_EQ(std::time(nullptr), epoch.count() + 1);
}

TEST(ClockSeam, AnotherThreadIsOutside) {
    const Inside inside(run_start);
    EXPECT_TRUE(Seams::inside());
    EXPECT_FALSE(std::async(std::launch::async, [] { return Seams::inside(); }).get());
}

TEST(RandomSeam, OpensslDrawsTheEnvironmentsStream) {
    const Library library;
    const Inside inside(run_start, 42);
    std::array<std::byte, 24> drawn{};
    std::array<std::byte, 24> expected{};
    ASSERT_EQ(RAND_bytes_ex(library.handle().context.get(),
                            reinterpret_cast<unsigned char*>(drawn.data()), drawn.size(), 0),
              1);
    Random(42).fill(expected);
    EXPECT_EQ(drawn, expected);
}

TEST(RandomSeam, ADrawOutsideIsCounted) {
    const Library library;
    std::array<unsigned char, 8> drawn{};
    const auto before = stray_random_draws();
    RAND_bytes_ex(library.handle().context.get(), drawn.data(), drawn.size(), 0);
    EXPECT_GT(stray_random_draws(), before);
}

TEST(RandomSeam, TheContextKnowsNoOtherGenerator) {
    const Library library;
    const Inside inside(run_start, 42);
    for (const char* name : {"CTR-DRBG", "HASH-DRBG", "HMAC-DRBG", "SEED-SRC", "JITTER"}) {
        const OpensslPtr<EVP_RAND, EVP_RAND_free> generator(
            EVP_RAND_fetch(library.handle().context.get(), name, nullptr));
        ASSERT_NE(generator, nullptr) << name;
        EXPECT_STREQ(EVP_RAND_get0_description(generator.get()), "the environment's stream");
    }
    EXPECT_EQ(EVP_RAND_fetch(library.handle().context.get(), "TEST-RAND", nullptr), nullptr);
    ERR_clear_error();
}

TEST(RandomSeam, ASubStreamTakesOneDrawHoweverMuchIsDrawnFromIt) {
    const auto next_after = [](std::size_t drawn_inside) {
        Inside inside(run_start, 3);
        {
            const Seams::SubStream sub;
            std::vector<std::byte> bytes(drawn_inside);
            Seams::fill_random(bytes);
        }
        return inside.random.next_u64();
    };
    EXPECT_EQ(next_after(0), next_after(1000));
}

}  // namespace
}  // namespace reshake::tls::testing
