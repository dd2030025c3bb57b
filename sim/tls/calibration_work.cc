#include "sim/tls/calibration_work.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/check.h"
#include "sim/tls/openssl_ptr.h"

namespace reshake::tls {
namespace {

using Bytes = std::vector<unsigned char>;
using KeyCtxPtr = OpensslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestCtxPtr = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherCtxPtr = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using KdfPtr = OpensslPtr<EVP_KDF, EVP_KDF_free>;
using KdfCtxPtr = OpensslPtr<EVP_KDF_CTX, EVP_KDF_CTX_free>;

KeyPtr new_key(OSSL_LIB_CTX* library, const Recipe& recipe) {
    const KeyCtxPtr context(EVP_PKEY_CTX_new_from_name(library, recipe.name, nullptr));
    RESHAKE_CHECK(context != nullptr && EVP_PKEY_keygen_init(context.get()) == 1);
    if (recipe.group != nullptr) {
        RESHAKE_CHECK(EVP_PKEY_CTX_set_group_name(context.get(), recipe.group) == 1);
    }
    std::size_t bits = recipe.rsa_bits;
    if (bits > 0) {
        const std::array params{OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
                                OSSL_PARAM_construct_end()};
        RESHAKE_CHECK(EVP_PKEY_CTX_set_params(context.get(), params.data()) == 1);
    }
    EVP_PKEY* key = nullptr;
    RESHAKE_CHECK(EVP_PKEY_generate(context.get(), &key) == 1);
    return KeyPtr(key);
}

KeyCtxPtr context_of(OSSL_LIB_CTX* library, EVP_PKEY* key) {
    KeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(library, key, nullptr));
    RESHAKE_CHECK(context != nullptr);
    return context;
}

class Generation final : public Work {
public:
    Generation(OSSL_LIB_CTX* library, const Recipe& recipe) : library_(library), recipe_(recipe) {}
    void perform() override { new_key(library_, recipe_); }

private:
    OSSL_LIB_CTX* library_;
    const Recipe& recipe_;
};

class Signing : public Work {
public:
    Signing(OSSL_LIB_CTX* library, const Recipe& recipe)
        : library_(library), recipe_(recipe), key_(new_key(library, recipe)) {}
    void perform() override { sign(); }

protected:
    void sign() {
        const DigestCtxPtr context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* of_key = nullptr;
        RESHAKE_CHECK(EVP_DigestSignInit_ex(context.get(), &of_key, recipe_.digest, library_,
                                            nullptr, key_.get(), nullptr) == 1);
        choose_padding(of_key);
        signature_.resize(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
        std::size_t size = signature_.size();
        RESHAKE_CHECK(EVP_DigestSign(context.get(), signature_.data(), &size, message_.data(),
                                     message_.size()) == 1);
        signature_.resize(size);
    }

    void check() const {
        const DigestCtxPtr context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* of_key = nullptr;
        RESHAKE_CHECK(EVP_DigestVerifyInit_ex(context.get(), &of_key, recipe_.digest, library_,
                                              nullptr, key_.get(), nullptr) == 1);
        choose_padding(of_key);
        RESHAKE_CHECK(EVP_DigestVerify(context.get(), signature_.data(), signature_.size(),
                                       message_.data(), message_.size()) == 1);
    }

private:
    /// RFC 8446 section 4.2.3: the salt is as long as the digest.
    void choose_padding(EVP_PKEY_CTX* of_key) const {
        if (recipe_.rsa_bits == 0) return;
        RESHAKE_CHECK(EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) == 1);
        RESHAKE_CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST) == 1);
    }

    OSSL_LIB_CTX* library_;
    const Recipe& recipe_;
    KeyPtr key_;
    // RFC 8446 section 4.4.3: 64 spaces, a label, a zero and the transcript's hash.
    Bytes message_ = Bytes(64 + 33 + 1 + 48, 0x20);
    Bytes signature_;
};

class Verification final : public Signing {
public:
    Verification(OSSL_LIB_CTX* library, const Recipe& recipe) : Signing(library, recipe) { sign(); }
    void perform() override { check(); }
};

class Derivation final : public Work {
public:
    Derivation(OSSL_LIB_CTX* library, const Recipe& recipe)
        : library_(library), own_(new_key(library, recipe)), peers_(new_key(library, recipe)) {}

    void perform() override {
        const KeyCtxPtr context = context_of(library_, own_.get());
        std::size_t size = secret_.size();
        RESHAKE_CHECK(EVP_PKEY_derive_init(context.get()) == 1);
        RESHAKE_CHECK(EVP_PKEY_derive_set_peer(context.get(), peers_.get()) == 1);
        RESHAKE_CHECK(EVP_PKEY_derive(context.get(), secret_.data(), &size) == 1);
    }

private:
    OSSL_LIB_CTX* library_;
    KeyPtr own_;
    KeyPtr peers_;
    std::array<unsigned char, 512> secret_{};
};

/// To the peer's share as it comes off the wire: reading one of ML-KEM takes as long as using it.
class Encapsulation : public Work {
public:
    Encapsulation(OSSL_LIB_CTX* library, const Recipe& recipe)
        : library_(library), recipe_(recipe), key_(new_key(library, recipe)) {
        unsigned char* share = nullptr;
        const std::size_t size = EVP_PKEY_get1_encoded_public_key(key_.get(), &share);
        RESHAKE_CHECK(size > 0);
        share_.assign(share, share + size);
        OPENSSL_free(share);
    }
    void perform() override { encapsulate(); }

protected:
    void encapsulate() {
        const KeyPtr peers(EVP_PKEY_new_raw_public_key_ex(library_, recipe_.name, nullptr,
                                                          share_.data(), share_.size()));
        const KeyCtxPtr context = context_of(library_, peers.get());
        size_ = sealed_.size();
        std::size_t secret_size = secret_.size();
        RESHAKE_CHECK(EVP_PKEY_encapsulate_init(context.get(), nullptr) == 1);
        RESHAKE_CHECK(EVP_PKEY_encapsulate(context.get(), sealed_.data(), &size_, secret_.data(),
                                           &secret_size) == 1);
    }

    void decapsulate() {
        const KeyCtxPtr context = context_of(library_, key_.get());
        std::size_t secret_size = secret_.size();
        RESHAKE_CHECK(EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1);
        RESHAKE_CHECK(EVP_PKEY_decapsulate(context.get(), secret_.data(), &secret_size,
                                           sealed_.data(), size_) == 1);
    }

private:
    OSSL_LIB_CTX* library_;
    const Recipe& recipe_;
    KeyPtr key_;
    Bytes share_;
    std::array<unsigned char, 2048> sealed_{};
    std::size_t size_ = 0;
    std::array<unsigned char, 128> secret_{};
};

class Decapsulation final : public Encapsulation {
public:
    Decapsulation(OSSL_LIB_CTX* library, const Recipe& recipe) : Encapsulation(library, recipe) {
        encapsulate();
    }
    void perform() override { decapsulate(); }
};

/// One HKDF-Expand-Label with the hash of TLS_AES_256_GCM_SHA384, fetched each time as libssl does.
class KeyDerivation final : public Work {
public:
    KeyDerivation(OSSL_LIB_CTX* library, const Recipe& recipe, std::size_t size)
        : library_(library), recipe_(recipe), out_(size) {}

    void perform() override {
        const KdfPtr kdf(EVP_KDF_fetch(library_, recipe_.name, nullptr));
        const KdfCtxPtr context(EVP_KDF_CTX_new(kdf.get()));
        int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
        const auto octets = [](const char* key, auto& bytes) {
            return OSSL_PARAM_construct_octet_string(key, bytes.data(), bytes.size());
        };
        const std::array params{
            OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_.data(), 0),
            octets(OSSL_KDF_PARAM_KEY, secret_),
            octets(OSSL_KDF_PARAM_PREFIX, prefix_),
            octets(OSSL_KDF_PARAM_LABEL, label_),
            octets(OSSL_KDF_PARAM_DATA, hash_),
            OSSL_PARAM_construct_end()};
        RESHAKE_CHECK(context != nullptr);
        RESHAKE_CHECK(EVP_KDF_derive(context.get(), out_.data(), out_.size(), params.data()) == 1);
    }

private:
    OSSL_LIB_CTX* library_;
    const Recipe& recipe_;
    std::string digest_ = "SHA2-384";
    std::string prefix_ = "tls13 ";
    std::string label_ = "c hs traffic";
    Bytes secret_ = Bytes(48, 1);
    Bytes hash_ = Bytes(48, 2);
    Bytes out_;
};

/// One record sealed, or as much of a ticket encrypted, with the key schedule at hand.
class Sealing final : public Work {
public:
    Sealing(OSSL_LIB_CTX* library, const Recipe& recipe, std::size_t size)
        : cipher_(EVP_CIPHER_fetch(library, recipe.name, nullptr)),
          context_(EVP_CIPHER_CTX_new()),
          authenticated_(cipher_ != nullptr &&
                         (EVP_CIPHER_get_flags(cipher_.get()) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0),
          content_(size, 3),
          sealed_(size + 64) {
        RESHAKE_CHECK(cipher_ != nullptr && context_ != nullptr);
        const std::array<unsigned char, 32> key{4};
        RESHAKE_CHECK(EVP_EncryptInit_ex2(context_.get(), cipher_.get(), key.data(), iv_.data(),
                                          nullptr) == 1);
        RESHAKE_CHECK(EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1);
    }

    void perform() override {
        EVP_CIPHER_CTX* const context = context_.get();
        int size = 0;
        ++iv_[0];
        RESHAKE_CHECK(EVP_EncryptInit_ex2(context, nullptr, nullptr, iv_.data(), nullptr) == 1);
        if (authenticated_) {
            RESHAKE_CHECK(EVP_EncryptUpdate(context, nullptr, &size, header_.data(),
                                            static_cast<int>(header_.size())) == 1);
        }
        RESHAKE_CHECK(EVP_EncryptUpdate(context, sealed_.data(), &size, content_.data(),
                                        static_cast<int>(content_.size())) == 1);
        RESHAKE_CHECK(EVP_EncryptFinal_ex(context, sealed_.data() + size, &size) == 1);
        if (authenticated_) {
            RESHAKE_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG,
                                              static_cast<int>(tag_.size()), tag_.data()) == 1);
        }
    }

private:
    CipherPtr cipher_;
    CipherCtxPtr context_;
    bool authenticated_;
    std::array<unsigned char, 16> iv_{};
    std::array<unsigned char, 5> header_{};
    std::array<unsigned char, 16> tag_{};
    Bytes content_;
    Bytes sealed_;
};

}  // namespace

std::unique_ptr<Work> new_work(OSSL_LIB_CTX* library, const Subject& subject,
                               const Recipe& recipe) {
    switch (subject.operation) {
        case CryptoOperation::sign:
            return std::make_unique<Signing>(library, recipe);
        case CryptoOperation::verify:
            return std::make_unique<Verification>(library, recipe);
        case CryptoOperation::keygen:
            return std::make_unique<Generation>(library, recipe);
        case CryptoOperation::derive:
            return std::make_unique<Derivation>(library, recipe);
        case CryptoOperation::encapsulate:
            return std::make_unique<Encapsulation>(library, recipe);
        case CryptoOperation::decapsulate:
            return std::make_unique<Decapsulation>(library, recipe);
        case CryptoOperation::kdf:
            return std::make_unique<KeyDerivation>(library, recipe, subject.size);
        case CryptoOperation::cipher:
            return std::make_unique<Sealing>(library, recipe, subject.size);
        case CryptoOperation::handshake_message:
        case CryptoOperation::certificate:
            break;
    }
    RESHAKE_CHECK(!"an operation that can be performed by itself");
    return nullptr;
}

}  // namespace reshake::tls
