// The record of one attempt of a client to reach a server.
//
// Units: nanoseconds; -1 where the attempt did not get that far. Phases are the client's view.
// Shape: one row per attempt; a visit has one attempt per site tried, each time that it tries.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/tcp.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake::history {

inline constexpr Duration not_reached{-1};

/// How an attempt ended.
enum class Outcome {
    ok,                       ///< The whole response arrived.
    connect_timeout,          ///< TCP did not connect in time.
    handshake_timeout,        ///< Connected, and the handshake was not complete in time.
    attempt_timeout,          ///< Connected, and the response was not complete in time.
    reset,                    ///< A RST, or TCP gave up.
    alert,                    ///< TLS failed; see `alert`.
    no_application_protocol,  ///< The same, for want of a protocol in common (RFC 7301).
    truncated,                ///< The server ended the connection early.
    vanished,                 ///< The client itself went away.
    moved,                    ///< The client's address changed under it.
    unfinished,               ///< The run ended first.
};
[[nodiscard]] constexpr auto names_of(Outcome) noexcept {
    return std::array<std::string_view, 11>{
        "ok",        "connect_timeout",         "handshake_timeout", "attempt_timeout", "reset",
        "alert",     "no_application_protocol", "truncated",         "vanished",        "moved",
        "unfinished"};
}

/// Why an attempt did not resume: a closed set. Up to `dropped_at_client` it had nothing to offer.
enum class NotResumed {
    resumed,            ///< It did.
    first_visit,        ///< The client has never had a ticket.
    expired_at_client,  ///< The client's last tickets outlived their lifetime.
    all_used,           ///< Every ticket had been offered before.
    in_use,             ///< The same, and another connection of the client is still open.
    store_lost,         ///< The client's memory went with a restart.
    store_full,         ///< The client has no room for a ticket.
    dropped_at_client,  ///< The client drops tickets of connections that end without close_notify.
    clock_skew,         ///< A clock that was off made it look too old, at the client or the server.
    expired_at_server,  ///< The server opened or found the session, and it was too old.
    key_retired,        ///< The server has had the ticket's key and no longer keeps it.
    unknown_key,        ///< The server never had the ticket's key.
    other_context,      ///< The session was made for another session id context, as a tenant's is.
    chain_too_old,      ///< Renewed for longer than the policy's max_chain_age.
    not_cached,         ///< Another server's session, or one of a memory that was lost.
    evicted,            ///< The server's cache was full.
    spent,              ///< The ticket's single use was over.
    unclean_close,      ///< The server dropped it: its connection ended without close_notify.
    version_changed,    ///< The ticket is of another version of TLS than the one negotiated.
    cipher_changed,     ///< The ticket is of another cipher suite than the one negotiated.
    cache_timeout,      ///< No replica of the session cache answered in time.
    expired_in_cache,   ///< The session cache keeps entries for less time than sessions live.
    policy_changed,     ///< The session was found, and today's policy would not have issued it.
    key_damaged,        ///< The server has a key of the ticket's key_name, and it does not fit.
    revoked,            ///< The policy has revoked what was made so long ago.
    refused,            ///< The server opened the ticket and still chose a full handshake.
    no_handshake,       ///< The attempt ended before the server answered the offer.
};
[[nodiscard]] constexpr auto names_of(NotResumed) noexcept {
    return std::array<std::string_view, 27>{
        "resumed",       "first_visit",       "expired_at_client", "all_used",
        "in_use",        "store_lost",        "store_full",        "dropped_at_client",
        "clock_skew",    "expired_at_server", "key_retired",       "unknown_key",
        "other_context", "chain_too_old",     "not_cached",        "evicted",
        "spent",         "unclean_close",     "version_changed",   "cipher_changed",
        "cache_timeout", "expired_in_cache",  "policy_changed",    "key_damaged",
        "revoked",       "refused",           "no_handshake"};
}

/// What a connection's authentication rests on.
enum class Authentication {
    none,  ///< The handshake was not completed.
    certificate,
    ticket,        ///< A session of before, by ticket or by id.
    external_psk,  ///< A key that both sides were given beforehand (RFC 8446 section 4.2.11).
};
[[nodiscard]] constexpr auto names_of(Authentication) noexcept {
    return std::array<std::string_view, 4>{"none", "certificate", "ticket", "external_psk"};
}

/// Why a request did not travel and count as early data: a closed set. Up to `unsafe_request` it
/// was not sent so.
enum class NoEarlyData {
    accepted,        ///< It did.
    policy_off,      ///< The client does not send early data.
    no_ticket,       ///< The client had nothing to offer.
    ticket_forbids,  ///< The ticket allows none (max_early_data 0).
    other_host,      ///< The session was made with another host name; OpenSSL allows none then.
    unsafe_request,  ///< The request is not one that may be repeated (RFC 8470 section 2.1).
    server_off,      ///< The server has turned it off since it issued the ticket.
    not_resumed,     ///< The ticket was not honoured.
    hello_retry,     ///< A HelloRetryRequest ended it (RFC 8446 section 4.2.10).
    not_fresh,       ///< The ticket's age by the client's clock is too far from the server's.
    alpn_changed,    ///< The ticket was made for another application protocol (section 4.2.10).
    replayed,        ///< The server has seen this ClientHello before.
    too_early,       ///< TLS accepted it, and the application answered 425 (RFC 8470 section 5.2).
    no_handshake,    ///< The attempt ended before the server answered.
};
[[nodiscard]] constexpr auto names_of(NoEarlyData) noexcept {
    return std::array<std::string_view, 14>{
        "accepted",       "policy_off", "no_ticket",   "ticket_forbids", "other_host",
        "unsafe_request", "server_off", "not_resumed", "hello_retry",    "not_fresh",
        "alpn_changed",   "replayed",   "too_early",   "no_handshake"};
}

/// Who decided what became of early data that was sent.
enum class DecidedBy { nobody, openssl, server_model };
[[nodiscard]] constexpr auto names_of(DecidedBy) noexcept {
    return std::array<std::string_view, 3>{"nobody", "openssl", "server-model"};
}

/// What the server's process made of a connection.
enum class Admittance {
    not_accepted,  ///< Nothing: it never came that far.
    accepted,
    too_late,  ///< Refused: it had waited for longer than Admission.max_wait.
    departed,  ///< Refused: its client had closed before its turn came (Admission.abort_on_close).
};
[[nodiscard]] constexpr auto names_of(Admittance) noexcept {
    return std::array<std::string_view, 4>{"not_accepted", "accepted", "too_late", "departed"};
}

struct Attempt {
    static constexpr std::string_view table_name = "attempts";

    std::uint16_t population = 0;  ///< Index into Scenario.clients.
    std::uint32_t client = 0;      ///< Within the population, from 0.
    std::uint32_t visit = 0;       ///< Of that client, from 0.
    std::uint16_t connection = 0;  ///< Within the visit, from 0: they are opened at once.
    std::uint16_t attempt = 0;     ///< Of that connection, from 0.
    std::uint16_t retry = 0;       ///< Of that connection, from 0: attempts of one differ in site.
    std::uint16_t home = 0;        ///< Index of the client's home site.
    std::uint16_t site = 0;        ///< Index of the site that was tried.
    std::uint16_t server = 0;      ///< Within the site, from 1, as in paths.
    std::int16_t tenant = -1;      ///< Index of the tenant that was asked for; -1: there is none.

    Duration started{};                    ///< Since the start of the run.
    Duration connect = not_reached;        ///< Start to TCP connected.
    Duration server_hello = not_reached;   ///< ClientHello sent to ServerHello received.
    Duration server_flight = not_reached;  ///< ServerHello received to the server's Finished.
    Duration verification = not_reached;   ///< CPU time of certificate and signature checks.
    Duration finished = not_reached;       ///< Between the server's Finished and the client's sent.
    Duration handshake = not_reached;      ///< TCP connected to the later of the two.
    Duration first_byte = not_reached;     ///< Start to the first byte of the response.
    Duration total = not_reached;          ///< Start to the end, whatever the outcome.
    Duration answer = not_reached;  ///< Start of the connection's first attempt to that byte.

    Outcome outcome = Outcome::unfinished;
    bool gave_up = false;  ///< It failed, and nothing more was tried: the user saw an error.
    bool offered = false;  ///< A ticket was offered.
    bool resumed = false;
    NotResumed not_resumed = NotResumed::no_handshake;
    Authentication authentication = Authentication::none;
    std::uint32_t early_bytes = 0;  ///< Of the request, sent as early data.
    NoEarlyData no_early_data = NoEarlyData::no_handshake;
    DecidedBy decided_by = DecidedBy::nobody;
    std::uint16_t executions = 0;           ///< How often servers took up the request.
    std::uint16_t early_executions = 0;     ///< Of those, before the handshake was complete.
    bool hello_retry = false;               ///< The server asked for another key share.
    Duration session_lookup = not_reached;  ///< The handshake waited for the session cache.
    FastOpen fast_open = FastOpen::not_asked;
    std::int16_t ticket_tenant = -1;    ///< Of the ticket offered: whose certificate it rests on.
    Duration ticket_age = not_reached;  ///< Of the ticket offered: receipt to offer.
    Duration chain_age = not_reached;   ///< The full handshake at the head of its chain to offer.
    std::int16_t alert = -1;            ///< RFC 8446 section 6; -1 if none.
    std::uint16_t tls_version = 0;      ///< RFC 8446 section 4.2.1, e.g. 0x0304; 0 if none.
    std::uint16_t cipher_suite = 0;     ///< IANA number; 0 if none.
    std::uint16_t group = 0;            ///< IANA number of the key exchange group; 0 if none.
    std::int16_t alpn = -1;             ///< Index of the protocol (offered_protocols); -1 if none.

    std::uint32_t bytes_sent = 0;      ///< TLS bytes given to TCP by the client.
    std::uint32_t bytes_received = 0;  ///< TLS bytes that the client got from TCP.
    std::uint16_t flights_sent = 0;    ///< Turns in which the client spoke.
    std::uint16_t flights_received = 0;
    std::uint16_t tickets_received = 0;

    Duration client_compute{};   ///< CPU time of the client's TLS.
    Duration client_queueing{};  ///< Time that work waited for a core of the client.
    Admittance admission = Admittance::not_accepted;
    Duration accept_wait = not_reached;  ///< In the server's accept queue.
    Duration server_compute{};
    Duration server_queueing{};

    static constexpr auto fields() {
        return fields_of(
            field("population", &Attempt::population), field("client", &Attempt::client),
            field("visit", &Attempt::visit), field("connection", &Attempt::connection),
            field("attempt", &Attempt::attempt), field("retry", &Attempt::retry),
            field("home", &Attempt::home), field("site", &Attempt::site),
            field("server", &Attempt::server), field("tenant", &Attempt::tenant),
            field("started", &Attempt::started), field("connect", &Attempt::connect),
            field("server_hello", &Attempt::server_hello),
            field("server_flight", &Attempt::server_flight),
            field("verification", &Attempt::verification), field("finished", &Attempt::finished),
            field("handshake", &Attempt::handshake), field("first_byte", &Attempt::first_byte),
            field("total", &Attempt::total), field("answer", &Attempt::answer),
            field("outcome", &Attempt::outcome), field("gave_up", &Attempt::gave_up),
            field("offered", &Attempt::offered), field("resumed", &Attempt::resumed),
            field("not_resumed", &Attempt::not_resumed),
            field("authentication", &Attempt::authentication),
            field("early_bytes", &Attempt::early_bytes),
            field("no_early_data", &Attempt::no_early_data),
            field("decided_by", &Attempt::decided_by), field("executions", &Attempt::executions),
            field("early_executions", &Attempt::early_executions),
            field("hello_retry", &Attempt::hello_retry),
            field("session_lookup", &Attempt::session_lookup),
            field("fast_open", &Attempt::fast_open),
            field("ticket_tenant", &Attempt::ticket_tenant),
            field("ticket_age", &Attempt::ticket_age), field("chain_age", &Attempt::chain_age),
            field("alert", &Attempt::alert), field("tls_version", &Attempt::tls_version),
            field("cipher_suite", &Attempt::cipher_suite), field("group", &Attempt::group),
            field("alpn", &Attempt::alpn), field("bytes_sent", &Attempt::bytes_sent),
            field("bytes_received", &Attempt::bytes_received),
            field("flights_sent", &Attempt::flights_sent),
            field("flights_received", &Attempt::flights_received),
            field("tickets_received", &Attempt::tickets_received),
            field("client_compute", &Attempt::client_compute),
            field("client_queueing", &Attempt::client_queueing),
            field("admission", &Attempt::admission), field("accept_wait", &Attempt::accept_wait),
            field("server_compute", &Attempt::server_compute),
            field("server_queueing", &Attempt::server_queueing));
    }
};

}  // namespace reshake::history
