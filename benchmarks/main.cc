// One subcommand per figure, for benchmarks/run.py to measure from outside: it runs each with two
// counts and takes the difference, so that what happens once does not show. Prints one line of
// JSON.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include "benchmarks/attempts.h"
#include "benchmarks/memory.h"
#include "benchmarks/openssl_alone.h"
#include "benchmarks/tcp_alone.h"
#include "benchmarks/workload.h"

namespace reshake::benchmarks {
namespace {

constexpr std::string_view usage =
    "usage: reshake_benchmarks openssl|tcp full|psk COUNT\n"
    "       reshake_benchmarks attempts|audited HANDSHAKE COUNT\n"
    "       reshake_benchmarks clients CLIENTS ATTEMPTS\n"
    "       reshake_benchmarks faults FAULTS ATTEMPTS\n"
    "       reshake_benchmarks memory CLIENTS\n"
    "       reshake_benchmarks idle DAYS\n";

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, failed] = std::from_chars(text.begin(), text.end(), value);
    if (failed != std::errc{} || end != text.end() || value == 0) return std::nullopt;
    return value;
}

std::optional<Handshake> handshake(std::string_view text) {
    constexpr auto names = names_of(Handshake{});
    const auto found = std::ranges::find(names, text);
    if (found == names.end()) return std::nullopt;
    return static_cast<Handshake>(found - names.begin());
}

/// The flights of the second connection: the first one that can resume.
Flights flights(Handshake wanted) {
    OpensslAlone openssl(wanted);
    static_cast<void>(openssl.connect());
    return openssl.connect();
}

std::optional<Tally> run_counted(std::span<const std::string_view> words) {
    if (words.size() == 2 && words[0] == "idle") {
        if (const auto days = number(words[1])) return run_idle(*days);
    }
    if (words.size() != 3) return std::nullopt;
    const auto count = number(words[2]);
    if (!count) return std::nullopt;
    if (words[0] == "clients" || words[0] == "faults") {
        const auto others = number(words[1]);
        if (!others) return std::nullopt;
        return words[0] == "clients" ? run_clients(*others, *count) : run_faults(*others, *count);
    }
    const auto wanted = handshake(words[1]);
    if (!wanted) return std::nullopt;
    if (words[0] == "attempts") return run_attempts(*wanted, *count);
    if (words[0] == "audited") return run_audited(*wanted, *count);
    if (*wanted > Handshake::psk) return std::nullopt;
    if (words[0] == "openssl") return run_openssl_alone(*wanted, *count);
    if (words[0] == "tcp") return run_tcp_alone(flights(*wanted), *count);
    return std::nullopt;
}

bool run_footprint(std::span<const std::string_view> words) {
    if (words.size() != 2 || words[0] != "memory") return false;
    const auto clients = number(words[1]);
    if (!clients) return false;
    const Footprint footprint = run_memory(*clients);
    std::printf("{\"never_visited\": %.1f, \"visited_once\": %.1f, \"row\": %.0f}\n",
                footprint.never_visited, footprint.visited_once, footprint.row);
    return true;
}

int run(std::span<const std::string_view> words) {
    if (run_footprint(words)) return 0;
    const auto tally = run_counted(words);
    if (!tally) {
        std::fwrite(usage.data(), 1, usage.size(), stderr);
        return 2;
    }
    std::printf("{\"connections\": %llu, \"resumed\": %llu, \"sent\": %llu, \"received\": %llu}\n",
                static_cast<unsigned long long>(tally->connections),
                static_cast<unsigned long long>(tally->resumed),
                static_cast<unsigned long long>(tally->traffic.sent),
                static_cast<unsigned long long>(tally->traffic.received));
    return 0;
}

}  // namespace
}  // namespace reshake::benchmarks

int main(int count, char** words) {
    const std::vector<std::string_view> arguments(words + 1, words + count);
    return reshake::benchmarks::run(arguments);
}
