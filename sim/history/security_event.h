// The record of a security decision: who decided what about a ticket, early data, an entry of a
// session cache or a key, when, and why.
//
// Shape: one row per decision, in the order of deciding. Only where the scenario asks for an audit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/history/attempt.h"

namespace reshake::history {

enum class SecurityAction {
    issue,   ///< A ticket after a full handshake.
    renew,   ///< A ticket after a resumption.
    accept,  ///< A ticket that was offered, or early data.
    refuse,
    evict,       ///< A session leaves a server's memory.
    expire,      ///< The same, at the end of its lifetime.
    rotate,      ///< A server seals with a key for the first time.
    revoke,      ///< From now on, sessions from before: of whom, if of some only.
    wipe,        ///< A server's new process has nothing of what the one before held.
    store,       ///< A session cache keeps an entry.
    distribute,  ///< A key coordinator sends a server a key.
    receive,     ///< A server has got it.
    retire,      ///< A server opens no more tickets with it.
};
[[nodiscard]] constexpr auto names_of(SecurityAction) noexcept {
    return std::array<std::string_view, 13>{"issue",      "renew",   "accept", "refuse", "evict",
                                            "expire",     "rotate",  "revoke", "wipe",   "store",
                                            "distribute", "receive", "retire"};
}

/// What the action is about.
enum class SecuritySubject { ticket, early_data, keys, memory, entry };
[[nodiscard]] constexpr auto names_of(SecuritySubject) noexcept {
    return std::array<std::string_view, 5>{"ticket", "early_data", "keys", "memory", "entry"};
}

/// Which machine decided.
enum class SecurityMachine { server, cache, coordinator };
[[nodiscard]] constexpr auto names_of(SecurityMachine) noexcept {
    return std::array<std::string_view, 3>{"server", "cache", "coordinator"};
}

/// Why a server refused, or why a session left its memory. Reasons to refuse have the names that
/// they have in the columns of an attempt.
enum class SecurityReason {
    none,
    expired_at_server,
    key_retired,
    unknown_key,
    other_context,
    chain_too_old,
    not_cached,
    evicted,
    spent,
    unclean_close,
    version_changed,
    cipher_changed,
    cache_timeout,
    expired_in_cache,
    policy_changed,
    key_damaged,
    revoked,
    refused,
    server_off,
    not_resumed,
    hello_retry,
    not_fresh,
    alpn_changed,
    replayed,
    too_early,
};
[[nodiscard]] constexpr auto names_of(SecurityReason) noexcept {
    return std::array<std::string_view, 25>{
        "none",          "expired_at_server", "key_retired",     "unknown_key",
        "other_context", "chain_too_old",     "not_cached",      "evicted",
        "spent",         "unclean_close",     "version_changed", "cipher_changed",
        "cache_timeout", "expired_in_cache",  "policy_changed",  "key_damaged",
        "revoked",       "refused",           "server_off",      "not_resumed",
        "hello_retry",   "not_fresh",         "alpn_changed",    "replayed",
        "too_early"};
}

/// The reason of the same name; `none` if there is none.
template <ClosedSet E>
[[nodiscard]] constexpr SecurityReason security_reason(E reason) noexcept {
    constexpr auto names = names_of(SecurityReason{});
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name_of(reason)) return static_cast<SecurityReason>(i);
    }
    return SecurityReason::none;
}

/// Whether every member between two has a namesake, both included.
template <ClosedSet E>
[[nodiscard]] constexpr bool have_namesakes(E first, E last) noexcept {
    for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
        if (security_reason(static_cast<E>(i)) == SecurityReason::none) return false;
    }
    return true;
}
static_assert(have_namesakes(NotResumed::expired_at_server, NotResumed::refused));
static_assert(have_namesakes(NoEarlyData::server_off, NoEarlyData::too_early));

struct SecurityEvent {
    static constexpr std::string_view table_name = "security_events";

    Duration at{};  ///< Since the start of the run.
    SecurityAction action = SecurityAction::issue;
    SecuritySubject subject = SecuritySubject::ticket;
    SecurityReason why = SecurityReason::none;
    SecurityMachine machine = SecurityMachine::server;
    std::int16_t site = -1;    ///< Index of the site; -1: the fleet's.
    std::int16_t server = -1;  ///< From 1, the server or replica; of a coordinator the recipient.
    std::int16_t population = -1;  ///< The attempt that it was about; -1: about none.
    std::int32_t client = -1;
    std::int32_t visit = -1;
    std::int16_t connection = -1;
    std::int16_t attempt = -1;
    std::uint64_t key = 0;     ///< Eight bytes of the key_name; 0: a session in memory, or no key.
    std::uint64_t ticket = 0;  ///< Tells tickets apart; of early data its ClientHello; 0: unknown.

    static constexpr auto fields() {
        return fields_of(
            field("at", &SecurityEvent::at), field("action", &SecurityEvent::action),
            field("subject", &SecurityEvent::subject), field("why", &SecurityEvent::why),
            field("machine", &SecurityEvent::machine), field("site", &SecurityEvent::site),
            field("server", &SecurityEvent::server),
            field("population", &SecurityEvent::population),
            field("client", &SecurityEvent::client), field("visit", &SecurityEvent::visit),
            field("connection", &SecurityEvent::connection),
            field("attempt", &SecurityEvent::attempt), field("key", &SecurityEvent::key),
            field("ticket", &SecurityEvent::ticket));
    }
};

}  // namespace reshake::history
