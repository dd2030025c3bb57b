#include "sim/host/attempt_ledger.h"

#include <utility>

namespace reshake::host {

AttemptLedger::Id AttemptLedger::open(OpenAttempt attempt) {
    if (free_.empty()) {
        entries_.push_back({.attempt = std::move(attempt), .holders = 1});
        return static_cast<Id>(entries_.size() - 1);
    }
    const Id id = free_.back();
    free_.pop_back();
    entries_[id] = {.attempt = std::move(attempt), .holders = 1};
    return id;
}

void AttemptLedger::bind(Id id, std::uint64_t connection) {
    RESHAKE_CHECK(connection != 0 && entries_[id].connection == 0);
    entries_[id].connection = connection;
    // A client that reuses a port speaks of its newest attempt.
    by_connection_[connection] = id;
}

AttemptLedger::Id AttemptLedger::join(std::uint64_t connection) {
    const auto found = by_connection_.find(connection);
    RESHAKE_CHECK(found != by_connection_.end());
    ++entries_[found->second].holders;
    return found->second;
}

void AttemptLedger::tell_end(Id id) {
    if (of_ends_ != nullptr) of_ends_->on_attempt(entries_[id].attempt.row);
}

void AttemptLedger::release(Id id) {
    if (closed_) return;
    Entry& entry = entries_[id];
    RESHAKE_CHECK(entry.holders > 0);
    if (--entry.holders > 0) return;
    write(entry);
    free_.push_back(id);
}

void AttemptLedger::close() {
    for (Entry& entry : entries_) {
        if (entry.holders > 0) write(entry);
    }
    closed_ = true;
}

void AttemptLedger::write(Entry& entry) {
    history_.attempts.add(entry.attempt.row);
    if (observer_ != nullptr) observer_->on_attempt(entry.attempt.row);
    const auto bound = by_connection_.find(entry.connection);
    if (bound != by_connection_.end() && &entries_[bound->second] == &entry) {
        by_connection_.erase(bound);
    }
}

}  // namespace reshake::host
