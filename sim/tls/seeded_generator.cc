#include "sim/tls/seeded_generator.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

constexpr unsigned int strength_bits = 256;
constexpr std::size_t largest_request = std::size_t{1} << 30;

/// Holds no randomness: that is the environment's. OpenSSL wants a state to look at.
struct Generator {
    int state = EVP_RAND_STATE_UNINITIALISED;
};

Generator& of(void* context) noexcept { return *static_cast<Generator*>(context); }

void* new_context(void*, void*, const OSSL_DISPATCH*) noexcept {
    return std::make_unique<Generator>().release();
}

void free_context(void* context) noexcept {
    std::unique_ptr<Generator>(static_cast<Generator*>(context)).reset();
}

int instantiate(void* context, unsigned int, int, const unsigned char*, std::size_t,
                const OSSL_PARAM*) noexcept {
    of(context).state = EVP_RAND_STATE_READY;
    return 1;
}

int uninstantiate(void* context) noexcept {
    of(context).state = EVP_RAND_STATE_UNINITIALISED;
    return 1;
}

int generate(void*, unsigned char* out, std::size_t size, unsigned int, int, const unsigned char*,
             std::size_t) noexcept {
    Seams::fill_random(std::as_writable_bytes(std::span(out, size)));
    return 1;
}

int reseed(void*, int, const unsigned char*, std::size_t, const unsigned char*,
           std::size_t) noexcept {
    return 1;
}

// A generator without state of its own needs no lock.
int enable_locking(void*) noexcept { return 1; }
int lock(void*) noexcept { return 1; }
void unlock(void*) noexcept {}

const OSSL_PARAM* gettable_context_params(void*, void*) noexcept {
    static const std::array params{
        OSSL_PARAM_construct_int(OSSL_RAND_PARAM_STATE, nullptr),
        OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, nullptr),
        OSSL_PARAM_construct_size_t(OSSL_RAND_PARAM_MAX_REQUEST, nullptr),
        OSSL_PARAM_construct_end()};
    return params.data();
}

int get_context_params(void* context, OSSL_PARAM params[]) noexcept {
    OSSL_PARAM* wanted = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
    if (wanted != nullptr && OSSL_PARAM_set_int(wanted, of(context).state) != 1) return 0;
    wanted = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
    if (wanted != nullptr && OSSL_PARAM_set_uint(wanted, strength_bits) != 1) return 0;
    wanted = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
    if (wanted != nullptr && OSSL_PARAM_set_size_t(wanted, largest_request) != 1) return 0;
    return 1;
}

template <typename Function>
OSSL_DISPATCH entry(int id, Function* function) noexcept {
    return {id, reinterpret_cast<void (*)()>(function)};
}

}  // namespace

const OSSL_ALGORITHM* seeded_generators() noexcept {
    static const std::array functions{
        entry(OSSL_FUNC_RAND_NEWCTX, new_context),
        entry(OSSL_FUNC_RAND_FREECTX, free_context),
        entry(OSSL_FUNC_RAND_INSTANTIATE, instantiate),
        entry(OSSL_FUNC_RAND_UNINSTANTIATE, uninstantiate),
        entry(OSSL_FUNC_RAND_GENERATE, generate),
        entry(OSSL_FUNC_RAND_RESEED, reseed),
        entry(OSSL_FUNC_RAND_ENABLE_LOCKING, enable_locking),
        entry(OSSL_FUNC_RAND_LOCK, lock),
        entry(OSSL_FUNC_RAND_UNLOCK, unlock),
        entry(OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, gettable_context_params),
        entry(OSSL_FUNC_RAND_GET_CTX_PARAMS, get_context_params),
        OSSL_DISPATCH OSSL_DISPATCH_END};
    static const std::array algorithms{
        OSSL_ALGORITHM{"CTR-DRBG:HASH-DRBG:HMAC-DRBG", "provider=reshake", functions.data(),
                       "the environment's stream"},
        OSSL_ALGORITHM{"SEED-SRC:JITTER", "provider=reshake", functions.data(),
                       "the environment's stream"},
        OSSL_ALGORITHM{}};
    return algorithms.data();
}

}  // namespace reshake::tls
