// The store of a session cache against one that looks at every entry at every step.
#include "models/cache_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "sim/base/random.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

/// Told apart by its first eight bytes.
std::string key(std::uint32_t number) { return "id " + std::to_string(number) + " of a session"; }

/// Knows nothing but the definition: the one touched the longest ago goes.
struct Oracle {
    struct Entry {
        std::uint32_t number;
        Instant touched, until;
    };
    std::vector<Entry> entries;
    std::map<std::uint32_t, CacheAnswer> gone;
    std::size_t capacity;
    Eviction eviction;

    auto find(std::uint32_t number) { return std::ranges::find(entries, number, &Entry::number); }
    void drop(std::vector<Entry>::iterator entry, CacheAnswer why) {
        gone[entry->number] = why;
        entries.erase(entry);
    }
    void set(std::uint32_t number, Instant until, Instant now) {
        if (const auto former = find(number); former != entries.end()) {
            entries.erase(former);
        } else if (entries.size() == capacity) {
            const auto oldest = std::ranges::min_element(entries, {}, &Entry::touched);
            drop(oldest, now < oldest->until ? CacheAnswer::evicted : CacheAnswer::expired);
        }
        entries.push_back({number, now, until});
    }
    CacheAnswer ask(std::uint32_t number, Instant now, bool take) {
        const auto entry = find(number);
        if (entry != entries.end() && now >= entry->until) {
            drop(entry, CacheAnswer::expired);
        } else if (entry != entries.end()) {
            if (eviction == Eviction::lru) entry->touched = now;
            if (take) drop(entry, CacheAnswer::taken);
            return CacheAnswer::hit;
        }
        const auto why = gone.find(number);
        return why == gone.end() ? CacheAnswer::not_cached : why->second;
    }
};

class Store : public ::testing::TestWithParam<Eviction> {};

TEST_P(Store, DoesWhatItsDefinitionSaysOverRandomOperations) {
    Random random = Random(11).stream(name_of(GetParam()));
    CacheStore store(16, GetParam(), 24h);
    Oracle oracle{.entries = {}, .gone = {}, .capacity = 16, .eviction = GetParam()};
    std::map<CacheAnswer, int> met;
    Instant now = run_start;
    for (int step = 0; step < 20'000; ++step) {
        now += 1s;  // Never two touches at once: an oracle needs no rule for equals.
        const std::uint32_t number = 100 + random.below(32);
        const std::uint32_t what = random.below(10);
        if (what < 4) {
            const Duration lasts = 1s * (1 + random.below(60));
            store.set(key(number), {std::byte(number)}, now + lasts, now);
            oracle.set(number, now + lasts, now);
        } else if (what < 9) {
            const bool take = what == 8;
            const auto found = take ? store.take(key(number), now) : store.get(key(number), now);
            const CacheAnswer expected = oracle.ask(number, now, take);
            ASSERT_EQ(found.answer, expected) << "step " << step;
            if (expected == CacheAnswer::hit) {
                ASSERT_EQ(found.value.at(0), std::byte(number));
            }
            ++met[expected];
        } else {
            const auto entry = oracle.find(number);
            const bool there = entry != oracle.entries.end() && now < entry->until;
            ASSERT_EQ(store.remove(key(number), now), there);
            if (entry != oracle.entries.end()) {
                oracle.drop(entry, there ? CacheAnswer::removed : CacheAnswer::expired);
            }
        }
        ASSERT_EQ(store.size(), oracle.entries.size());
        ASSERT_LE(store.size(), 16u);
    }
    EXPECT_EQ(met.size(), 6u);  // Every answer came up.
}

TEST_P(Store, ForgetsTheReasonsWithTheEntries) {
    CacheStore store(1, GetParam(), 24h);
    store.set(key(100), {}, never, run_start);
    store.set(key(101), {}, never, run_start);
    EXPECT_EQ(store.get(key(100), run_start).answer, CacheAnswer::evicted);
    store.clear();
    EXPECT_EQ(store.get(key(100), run_start).answer, CacheAnswer::not_cached);
    EXPECT_EQ(store.get(key(101), run_start).answer, CacheAnswer::not_cached);
    EXPECT_EQ(store.size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Each, Store, ::testing::Values(Eviction::lru, Eviction::fifo),
                         [](const auto& instance) { return std::string(name_of(instance.param)); });

}  // namespace
}  // namespace reshake
