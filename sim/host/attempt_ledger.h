// Rows of attempts that are still open on the client's or the server's side.
//
// Both sides write into one row; it enters the history when both have let go of it.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "sim/base/random.h"
#include "sim/history/history.h"

namespace reshake::host {

struct Diary;

/// One row in the making.
struct OpenAttempt {
    history::Attempt row;
    Random random;  ///< Of this attempt: both sides' streams descend from it.
    // Of the ticket that was offered; 0 if none was.
    std::uint16_t ticket_version = 0;
    std::uint16_t ticket_cipher_suite = 0;
    Duration ticket_issuer_ahead{};  ///< Of the clock of the server that had issued it.
    Duration server_ahead{};         ///< Of the clock of the server that this attempt has reached.
    Diary* diary = nullptr;          ///< Outlives the ledger; null: nobody wants to know.
    // Rows of the table of requests, from 1; 0: none.
    std::uint32_t request = 0;        ///< The last one sent.
    std::uint32_t early_request = 0;  ///< The one sent as early data.
};

class AttemptLedger {
public:
    /// All must outlive the ledger; the observers may be null. `observer` sees rows as they are
    /// written, `of_ends` as soon as the client's side knows how the attempt ended.
    explicit AttemptLedger(history::History& history, history::AttemptObserver* observer = nullptr,
                           history::AttemptObserver* of_ends = nullptr) noexcept
        : history_(history), observer_(observer), of_ends_(of_ends) {}
    AttemptLedger(const AttemptLedger&) = delete;
    AttemptLedger& operator=(const AttemptLedger&) = delete;

    using Id = std::uint32_t;

    /// A new row, held once.
    Id open(OpenAttempt attempt);
    [[nodiscard]] OpenAttempt& at(Id id) noexcept { return entries_[id].attempt; }

    /// Lets the server's side find the row by the number of its connection.
    void bind(Id id, std::uint64_t connection);
    /// Whether `connection` has a row that is still open.
    [[nodiscard]] bool knows(std::uint64_t connection) const {
        return by_connection_.contains(connection);
    }
    /// The row of `connection`, held once more.
    [[nodiscard]] Id join(std::uint64_t connection);

    /// Outcome and total of the row are known, and all that the client alone sees.
    void tell_end(Id id);

    /// Lets go of the row; when nobody holds it, it is written.
    void release(Id id);

    /// Writes every row that is still held, for the end of a run; what follows is not recorded.
    void close();

private:
    struct Entry {
        OpenAttempt attempt;
        std::uint32_t holders = 0;
        std::uint64_t connection = 0;  ///< 0: not bound.
    };

    void write(Entry& entry);

    history::History& history_;
    history::AttemptObserver* observer_;
    history::AttemptObserver* of_ends_;
    bool closed_ = false;
    std::deque<Entry> entries_;  ///< A deque: rows do not move while they are held.
    std::vector<Id> free_;
    std::unordered_map<std::uint64_t, Id> by_connection_;
};

}  // namespace reshake::host
