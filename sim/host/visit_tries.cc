// Whom a connection of a visit tries, and what follows when it got no response.
#include <algorithm>
#include <utility>

#include "sim/host/visit.h"

namespace reshake::host {
namespace {

using history::Outcome;

/// Whether what ended an attempt may pass by itself. An alert is a verdict.
bool worth_a_retry(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::connect_timeout:
        case Outcome::handshake_timeout:
        case Outcome::attempt_timeout:
        case Outcome::reset:
        case Outcome::truncated:
        case Outcome::moved:
            return true;
        case Outcome::ok:
        case Outcome::alert:
        case Outcome::no_application_protocol:
        case Outcome::vanished:
        case Outcome::unfinished:
            break;
    }
    return false;
}

/// Whether the service owes the client something. A client that has moved has left by itself.
bool failed(Outcome outcome) noexcept {
    return (worth_a_retry(outcome) && outcome != Outcome::moved) || outcome == Outcome::alert ||
           outcome == Outcome::no_application_protocol;
}

}  // namespace

void Visit::start(std::function<void()> on_over) {
    on_over_ = std::move(on_over);
    began_ = now();
    choose_origin();
    equipment().retries.begin();
    open_attempt(next_site().value_or(client_.home));
}

void Visit::choose_origin() {
    const auto& choices = settings_.choices;
    const Random of_visit = client_.random.stream("visits").stream(number_.visit);
    const auto pick = [](std::size_t count, Random random) -> std::size_t {
        return count > 1 ? random.below(static_cast<std::uint32_t>(count)) : 0;
    };
    // The connections of a visit ask for one tenant, each for one of its names.
    const Choice& choice = choices[pick(choices.size(), of_visit.stream("tenant"))];
    const std::size_t host =
        pick(choice.hosts.size(), of_visit.stream("hosts").stream(number_.connection));
    origin_ = {.tenant = choice.tenant, .host = static_cast<std::uint16_t>(host)};
    context_ = choice.hosts[host];
    const auto sizes = [&](const char* of) {
        return of_visit.stream(of).stream(number_.connection);
    };
    const Clients& clients = settings_.clients;
    request_ = {
        .request_bytes = draw(clients.request_sizes, clients.request_bytes, sizes("request bytes")),
        .response_bytes =
            draw(clients.response_sizes, clients.response_bytes, sizes("response bytes"))};
}

/// From home on, sites that are drained left out. None where every one has had its turn.
std::optional<std::uint16_t> Visit::next_site() {
    const std::size_t count = settings_.map.sites.size();
    while (passed_ < count) {
        const auto site = static_cast<std::uint16_t>((client_.home + passed_++) % count);
        if (settings_.balancer.takes_attempts(site)) return site;
    }
    return std::nullopt;
}

Random Visit::random_of_connection() const {
    Random of_visit = client_.random.stream("visits").stream(number_.visit);
    if (number_.connection == 0) return of_visit;
    return of_visit.stream("connections").stream(number_.connection);
}

Visit::Sequel Visit::sequel(bool unreachable) {
    if (const auto site = unreachable ? next_site() : std::nullopt) return {.site = site};
    const auto wait = wait_before_retry();
    if (!wait) {
        row().gave_up = failed(row().outcome);
        return {};
    }
    waited_ = *wait;
    return {.tries_again = now() + *wait};
}

std::optional<Duration> Visit::wait_before_retry() {
    const auto& retry = settings_.clients.retry;
    if (!retry || !worth_a_retry(row().outcome) || retries_ + 1u >= retry->max_tries) {
        return std::nullopt;
    }
    const Duration wait = backoff_before(*retry, retries_ + 1u, waited_,
                                         random_of_connection().stream("backoff").stream(retries_));
    if (retry->max_elapsed && now() + wait - began_ >= *retry->max_elapsed) return std::nullopt;
    if (!equipment().retries.pay()) return std::nullopt;
    return wait;
}

/// Meanwhile the client holds no connection and no machine.
void Visit::wait_until(Instant when) {
    waiting_ = true;
    --client_.under_way;
    alarm_.set(std::min(when, client_.goes_away()));
}

void Visit::try_again() {
    waiting_ = false;
    ++client_.under_way;
    ++retries_;
    passed_ = 0;
    open_attempt(next_site().value_or(client_.home));
}

void Visit::end_visit() {
    const auto over = std::move(on_over_);
    over();
}

}  // namespace reshake::host
