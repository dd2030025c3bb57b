#include "sim/tls/sealing.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "sim/base/check.h"
#include "sim/tls/openssl_ptr.h"

namespace reshake::tls {
namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

unsigned char* raw(std::byte* bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes);
}

CipherContextPtr start(OSSL_LIB_CTX* library, const StorageKey& key, const std::byte* nonce,
                       int encrypt) {
    const CipherPtr cipher(EVP_CIPHER_fetch(library, "AES-256-GCM", nullptr));
    CipherContextPtr context(EVP_CIPHER_CTX_new());
    RESHAKE_CHECK(cipher != nullptr && context != nullptr);
    RESHAKE_CHECK(EVP_CipherInit_ex2(context.get(), cipher.get(), raw(key.data()), raw(nonce),
                                     encrypt, nullptr) == 1);
    return context;
}

}  // namespace

std::vector<std::byte> seal(OSSL_LIB_CTX* library, const StorageKey& key,
                            std::span<const std::byte> plain) {
    std::vector<std::byte> sealed(nonce_bytes + plain.size() + tag_bytes);
    RESHAKE_CHECK(RAND_bytes_ex(library, raw(sealed.data()), nonce_bytes, 0) == 1);
    const CipherContextPtr context = start(library, key, sealed.data(), 1);
    int size = 0;
    std::byte* const body = sealed.data() + nonce_bytes;
    RESHAKE_CHECK(EVP_CipherUpdate(context.get(), raw(body), &size, raw(plain.data()),
                                   static_cast<int>(plain.size())) == 1);
    RESHAKE_CHECK(EVP_CipherFinal_ex(context.get(), raw(body + size), &size) == 1);
    RESHAKE_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes,
                                      raw(body + plain.size())) == 1);
    return sealed;
}

std::optional<std::vector<std::byte>> open(OSSL_LIB_CTX* library, const StorageKey& key,
                                           std::span<const std::byte> sealed) {
    if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
    const auto body = sealed.subspan(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
    std::array<std::byte, tag_bytes> tag{};
    std::ranges::copy(sealed.last(tag_bytes), tag.begin());
    const CipherContextPtr context = start(library, key, sealed.data(), 0);
    std::vector<std::byte> plain(body.size());
    int size = 0;
    RESHAKE_CHECK(
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, raw(tag.data())) == 1);
    RESHAKE_CHECK(EVP_CipherUpdate(context.get(), raw(plain.data()), &size, raw(body.data()),
                                   static_cast<int>(body.size())) == 1);
    if (EVP_CipherFinal_ex(context.get(), raw(plain.data() + size), &size) != 1) {
        return std::nullopt;
    }
    return plain;
}

}  // namespace reshake::tls
