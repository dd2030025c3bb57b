#include "sim/tls/environment.h"

#include <sys/time.h>

#include <atomic>
#include <cmath>
#include <ctime>

#include "sim/base/check.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

constinit thread_local Environment* innermost = nullptr;
constinit std::atomic<std::uint64_t> stray_draws = 0;

}  // namespace

Environment::Environment(Instant now, Random& random) noexcept
    : now_(now), random_(&random), outer_(innermost) {
    innermost = this;
}

Environment::Environment(Instant now, Random& random, Cost& cost, const Device& payer) noexcept
    : now_(now), random_(&random), cost_(&cost), payer_(&payer), outer_(innermost) {
    RESHAKE_CHECK(payer.slowdown >= 0.0);
    innermost = this;
}

Environment::~Environment() {
    RESHAKE_CHECK(innermost == this);
    innermost = outer_;
}

std::uint64_t stray_random_draws() noexcept { return stray_draws.load(std::memory_order_relaxed); }

bool Seams::inside() noexcept { return innermost != nullptr; }

std::chrono::nanoseconds Seams::date() noexcept {
    return epoch + innermost->now_.time_since_epoch();
}

Instant Seams::shown() noexcept { return innermost->now_; }

void Seams::fill_random(std::span<std::byte> out) noexcept {
    if (innermost != nullptr) {
        innermost->random_->fill(out);
        return;
    }
    stray_draws.fetch_add(1, std::memory_order_relaxed);
    // Distinct from one draw to the next, or OpenSSL's retry loops would never end.
    thread_local Random stray(0);
    stray.fill(out);
}

void Seams::charge(CryptoOperation operation, std::string_view algorithm,
                   std::size_t size) noexcept {
    if (innermost == nullptr || innermost->payer_ == nullptr) return;
    const Device& payer = *innermost->payer_;
    const Duration one = payer.profile.table.cost(operation, algorithm, size);
    const Duration cost{
        static_cast<std::int64_t>(static_cast<double>(one.count()) * payer.slowdown)};
    Cost& account = *innermost->cost_;
    account.total += cost;
    switch (operation) {
        case CryptoOperation::verify:
            account.verification += cost;
            break;
        case CryptoOperation::sign:
            account.signing += cost;
            break;
        case CryptoOperation::keygen:
        case CryptoOperation::derive:
        case CryptoOperation::encapsulate:
        case CryptoOperation::decapsulate:
            account.key_exchange += cost;
            break;
        case CryptoOperation::kdf:
        case CryptoOperation::cipher:
        case CryptoOperation::handshake_message:
        case CryptoOperation::certificate:
            break;
    }
}

Seams::SubStream::SubStream() noexcept
    : outer_(innermost == nullptr ? nullptr : innermost->random_),
      random_(outer_ == nullptr ? 0 : outer_->next_u64()) {
    if (innermost != nullptr) innermost->random_ = &random_;
}

Seams::SubStream::~SubStream() {
    if (innermost != nullptr) innermost->random_ = outer_;
}

}  // namespace reshake::tls

// The linker's --wrap sends every call of the named libc function here, and `__real_` to libc.
// `used` keeps link-time optimisation from dropping functions that only the linker mentions.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
extern "C" {

std::time_t __real_time(std::time_t* out);
int __real_gettimeofday(timeval* out, void* zone);
int __real_clock_gettime(clockid_t id, timespec* out);

[[gnu::used]] std::time_t __wrap_time(std::time_t* out) {
    using reshake::tls::Seams;
    if (!Seams::inside()) return __real_time(out);
    const std::time_t now = std::chrono::floor<std::chrono::seconds>(Seams::date()).count();
    if (out != nullptr) *out = now;
    return now;
}

[[gnu::used]] int __wrap_gettimeofday(timeval* out, void* zone) {
    using reshake::tls::Seams;
    if (!Seams::inside()) return __real_gettimeofday(out, zone);
    const auto now = Seams::date();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    out->tv_sec = seconds.count();
    out->tv_usec = std::chrono::floor<std::chrono::microseconds>(now - seconds).count();
    return 0;
}

// Every clock shows the date: OpenSSL asks others only for differences.
[[gnu::used]] int __wrap_clock_gettime(clockid_t id, timespec* out) {
    using reshake::tls::Seams;
    if (!Seams::inside()) return __real_clock_gettime(id, out);
    const auto now = Seams::date();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    out->tv_sec = seconds.count();
    out->tv_nsec = (now - seconds).count();
    return 0;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
