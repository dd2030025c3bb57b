#include "models/ticket_store.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace reshake {
namespace {

using namespace std::chrono_literals;

Ticket ticket(Instant received_at, Duration lifetime, int mark, std::uint32_t connection = 0) {
    return {.session = {static_cast<std::byte>(mark)},
            .received_at = received_at,
            .lifetime = lifetime,
            .version = 0x0304,
            .connection = connection};
}

/// The mark of the ticket that is offered at `now`; -1 if there is none.
int offered(TicketStore& store, Instant now, const TicketStorage& storage = {}) {
    const auto ticket = store.take(now, storage);
    return ticket ? std::to_integer<int>(ticket->session.front()) : -1;
}

TEST(TicketStore, OffersTheNewestOnceAndSaysWhyItIsEmpty) {
    TicketStore store;
    EXPECT_EQ(offered(store, run_start), -1);
    EXPECT_EQ(store.why_nothing(), NothingToOffer::first_visit);
    store.keep(ticket(run_start, 1h, 1), {});
    store.keep(ticket(run_start + 1s, 1h, 2), {});
    EXPECT_EQ(offered(store, run_start + 2s), 2);
    EXPECT_EQ(offered(store, run_start + 2s), 1);
    EXPECT_EQ(offered(store, run_start + 2s), -1);
    EXPECT_EQ(store.why_nothing(), NothingToOffer::all_used);
}

TEST(TicketStore, KeepsATicketToTheLastInstantOfItsLifetime) {
    TicketStore store;
    store.keep(ticket(run_start, 1h, 1), {});
    store.keep(ticket(run_start, 2h, 2), {});
    EXPECT_EQ(offered(store, run_start + 1h), 2);
    EXPECT_EQ(offered(store, run_start + 1h + 1ns), -1);
    EXPECT_EQ(store.why_nothing(), NothingToOffer::expired);
}

TEST(TicketStore, AFullOneLetsTheOldestGo) {
    TicketStore store;
    const TicketStorage two{.capacity = 2};
    for (int mark : {1, 2, 3}) store.keep(ticket(run_start, 1h, mark), two);
    EXPECT_EQ(offered(store, run_start, two), 3);
    EXPECT_EQ(offered(store, run_start, two), 2);
    EXPECT_EQ(offered(store, run_start, two), -1);
    const TicketStorage none{.capacity = 0};
    store.keep(ticket(run_start, 1h, 4), none);
    EXPECT_EQ(offered(store, run_start, none), -1);
    EXPECT_EQ(store.why_nothing(), NothingToOffer::full);
}

TEST(TicketStore, OffersAgainWhatItsPolicyLetsItUseAgain) {
    for (const auto& [reuse, old_again, new_again] :
         {std::tuple(TicketReuse::single_use, false, false),
          std::tuple(TicketReuse::tls_1_2, true, false),
          std::tuple(TicketReuse::always, true, true)}) {
        for (const bool is_old : {true, false}) {
            TicketStore store;
            Ticket one = ticket(run_start, 1h, 1);
            one.version = is_old ? 0x0303 : 0x0304;
            store.keep(one, {.reuse = reuse});
            EXPECT_EQ(offered(store, run_start, {.reuse = reuse}), 1);
            const bool again = is_old ? old_again : new_again;
            EXPECT_EQ(offered(store, run_start, {.reuse = reuse}), again ? 1 : -1);
        }
    }
}

TEST(TicketStore, AClientsOwnLimitsEndATicketBeforeItsLifetime) {
    const TicketStorage storage{.max_age = 1h, .max_chain_age = 3h};
    TicketStore store;
    store.keep(ticket(run_start + 2h, 24h, 1), storage);
    EXPECT_EQ(offered(store, run_start + 3h, storage), 1);
    store.keep(ticket(run_start + 2h, 24h, 2), storage);
    EXPECT_EQ(offered(store, run_start + 3h + 1ns, storage), -1);
    EXPECT_EQ(store.why_nothing(), NothingToOffer::expired);
    // It is new, and rests on an authentication of three hours ago.
    store.keep(ticket(run_start + 3h, 24h, 3), storage);
    EXPECT_EQ(offered(store, run_start + 3h + 1ns, storage), -1);
}

TEST(TicketStore, DropsWhatOneConnectionBrought) {
    TicketStore store;
    store.keep(ticket(run_start, 1h, 1, 7), {});
    store.keep(ticket(run_start, 1h, 2, 8), {});
    store.keep(ticket(run_start, 1h, 3, 8), {});
    store.drop(8);
    EXPECT_EQ(offered(store, run_start), 1);
    store.keep(ticket(run_start, 1h, 4, 9), {});
    store.drop(9);
    EXPECT_EQ(offered(store, run_start), -1);
    EXPECT_EQ(store.why_nothing(), NothingToOffer::unclean_end);
}

TEST(TicketStore, ALostOneSaysSoUnlessThereWasNothingToLose) {
    TicketStore store;
    store.lose();
    EXPECT_EQ(store.why_nothing(), NothingToOffer::first_visit);
    store.keep(ticket(run_start, 1h, 1), {});
    store.lose();
    EXPECT_EQ(offered(store, run_start), -1);
    EXPECT_EQ(store.why_nothing(), NothingToOffer::lost);
}

}  // namespace
/// What a witness has heard: records and why they ended.
class Ends final : public TicketWitness {
public:
    void ended(std::uint32_t record, TicketEnd why) noexcept override {
        heard.emplace_back(record, why);
    }
    std::vector<std::pair<std::uint32_t, TicketEnd>> heard;
};

TEST(TicketStore, TellsAWitnessOfEachTicketThatLeaves) {
    Ends ends;
    TicketStores stores;
    TicketStore& store = stores.of({}, TicketScope::origin);
    const TicketStorage three{.capacity = 3};
    const auto keep = [&](std::uint32_t record, Duration lifetime) {
        Ticket one = ticket(run_start, lifetime, 1, record);
        one.record = record;
        store.keep(std::move(one), three, &ends);
    };
    for (std::uint32_t record = 1; record <= 4; ++record) keep(record, record == 2 ? 1s : 1h);
    EXPECT_TRUE(store.take(run_start + 2s, three, {}, &ends));
    keep(5, 1h);
    stores.drop(5, &ends);
    stores.lose(&ends);
    store.keep(ticket(run_start, 1h, 1), {.capacity = 0}, &ends);
    using enum TicketEnd;
    EXPECT_EQ(
        ends.heard,
        (std::vector<std::pair<std::uint32_t, TicketEnd>>{
            {1, evicted}, {2, expired}, {4, used_up}, {5, dropped}, {3, lost}, {0, evicted}}));
}

TEST(TicketStore, TellsOfNoEndWhereATicketMayBeUsedAgain) {
    Ends ends;
    TicketStore store;
    store.keep(ticket(run_start, 1h, 1), {}, &ends);
    EXPECT_TRUE(store.take(run_start, {.reuse = TicketReuse::always}, {}, &ends));
    EXPECT_TRUE(ends.heard.empty());
}

}  // namespace reshake
