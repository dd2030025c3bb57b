#include "sim/host/attempt_ledger.h"

#include <gtest/gtest.h>

namespace reshake::host {
namespace {

OpenAttempt attempt(std::uint32_t client) {
    return {.row = {.client = client}, .random = Random(client)};
}

TEST(AttemptLedger, ARowIsWrittenWhenBothSidesHaveLetGo) {
    history::History history;
    AttemptLedger ledger(history);
    const auto id = ledger.open(attempt(1));
    ledger.bind(id, 77);
    EXPECT_EQ(ledger.join(77), id);
    ledger.release(id);
    EXPECT_EQ(history.attempts.size(), 0u);
    ledger.at(id).row.server_compute = Duration(5);
    ledger.release(id);
    EXPECT_EQ(history.attempts.size(), 1u);
}

TEST(AttemptLedger, ANumberThatIsUsedAgainMeansTheNewestAttempt) {
    history::History history;
    AttemptLedger ledger(history);
    const auto old = ledger.open(attempt(1));
    ledger.bind(old, 77);
    const auto fresh = ledger.open(attempt(2));
    ledger.bind(fresh, 77);
    EXPECT_EQ(ledger.join(77), fresh);
    ledger.release(old);
    EXPECT_EQ(ledger.join(77), fresh);
}

TEST(AttemptLedger, TheEndOfARunWritesWhatIsOpenAndNothingAfterwards) {
    history::History history;
    AttemptLedger ledger(history);
    const auto done = ledger.open(attempt(1));
    ledger.release(done);
    const auto open = ledger.open(attempt(2));
    ledger.close();
    EXPECT_EQ(history.attempts.size(), 2u);
    ledger.release(open);
    EXPECT_EQ(history.attempts.size(), 2u);
}

TEST(AttemptLedgerDeathTest, AConnectionNobodyOpenedHasNoRow) {
    history::History history;
    AttemptLedger ledger(history);
    EXPECT_DEATH(static_cast<void>(ledger.join(5)), "check failed");
}

}  // namespace
}  // namespace reshake::host
