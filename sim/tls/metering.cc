#include "sim/tls/metering.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "sim/base/check.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

constinit thread_local int depth = 0;

/// An operation in progress. Of nested ones (a hybrid calls its halves) only the outermost pays.
class Operation {
public:
    Operation() noexcept : outermost_(depth++ == 0) {}
    ~Operation() { --depth; }
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    void charge(CryptoOperation operation, const Algorithm& algorithm,
                std::size_t size) const noexcept {
        if (outermost_) Seams::charge(operation, algorithm.name, size);
    }

private:
    bool outermost_;
};

/// All functions that end in a signature: sign, digest_sign, digest_sign_final, …
///
/// Without a place for the signature the caller only asks for its size.
template <int function_id, typename F>
struct Sign {
    using Function = F;
    static constexpr int id = function_id;

    template <typename... Rest>
    static int run(Function& original, const Algorithm& algorithm, void* context,
                   unsigned char* signature, std::size_t* size, std::size_t room,
                   Rest... rest) noexcept {
        const Seams::SubStream random;
        const Operation operation;
        const int ok = original(context, signature, size, room, rest...);
        if (ok == 1 && signature != nullptr) {
            operation.charge(CryptoOperation::sign, algorithm, *size);
        }
        return ok;
    }
};

/// All functions that end in a verdict on a signature of a size they are given. A bad one costs
/// too.
template <int function_id, typename F>
struct Verify {
    using Function = F;
    static constexpr int id = function_id;

    template <typename... Rest>
    static int run(Function& original, const Algorithm& algorithm, void* context,
                   const unsigned char* signature, std::size_t size, Rest... rest) noexcept {
        const Seams::SubStream random;
        const Operation operation;
        operation.charge(CryptoOperation::verify, algorithm, size);
        return original(context, signature, size, rest...);
    }
};

/// Signatures whose bytes were handed over earlier, as a parameter of the context: the size is not
/// at hand here.
struct VerifyMessageFinal {
    using Function = OSSL_FUNC_signature_verify_message_final_fn;
    static constexpr int id = OSSL_FUNC_SIGNATURE_VERIFY_MESSAGE_FINAL;

    static int run(Function& original, const Algorithm& algorithm, void* context) noexcept {
        const Seams::SubStream random;
        const Operation operation;
        operation.charge(CryptoOperation::verify, algorithm, 0);
        return original(context);
    }
};

/// RSA key transport of TLS 1.2: the same private key operation as a signature of that length.
struct Decrypt {
    using Function = OSSL_FUNC_asym_cipher_decrypt_fn;
    static constexpr int id = OSSL_FUNC_ASYM_CIPHER_DECRYPT;

    static int run(Function& original, const Algorithm& algorithm, void* context,
                   unsigned char* out, std::size_t* size, std::size_t room, const unsigned char* in,
                   std::size_t in_size) noexcept {
        const Seams::SubStream random;
        const Operation operation;
        if (out != nullptr) operation.charge(CryptoOperation::sign, algorithm, in_size);
        return original(context, out, size, room, in, in_size);
    }
};

struct Derive {
    using Function = OSSL_FUNC_keyexch_derive_fn;
    static constexpr int id = OSSL_FUNC_KEYEXCH_DERIVE;

    static int run(Function& original, const Algorithm& algorithm, void* context,
                   unsigned char* secret, std::size_t* size, std::size_t room) noexcept {
        const Operation operation;
        const int ok = original(context, secret, size, room);
        if (ok == 1 && secret != nullptr) {
            operation.charge(CryptoOperation::derive, algorithm, *size);
        }
        return ok;
    }
};

struct Generate {
    using Function = OSSL_FUNC_keymgmt_gen_fn;
    static constexpr int id = OSSL_FUNC_KEYMGMT_GEN;

    static void* run(Function& original, const Algorithm& algorithm, void* context,
                     OSSL_CALLBACK* progress, void* argument) noexcept {
        const Operation operation;
        void* key = original(context, progress, argument);
        if (key != nullptr && has_private_key(algorithm, key)) {
            operation.charge(CryptoOperation::keygen, algorithm, key_size(algorithm, key));
        }
        return key;
    }

    /// To receive the peer's share OpenSSL generates a key of parameters only, at no cost.
    static bool has_private_key(const Algorithm& algorithm, const void* key) noexcept {
        auto* has = algorithm.function<OSSL_FUNC_keymgmt_has_fn>(OSSL_FUNC_KEYMGMT_HAS);
        return has != nullptr && has(key, OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 1;
    }

    static std::size_t key_size(const Algorithm& algorithm, void* key) noexcept {
        auto* get =
            algorithm.function<OSSL_FUNC_keymgmt_get_params_fn>(OSSL_FUNC_KEYMGMT_GET_PARAMS);
        int bits = 0;
        std::array params{OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_BITS, &bits),
                          OSSL_PARAM_construct_end()};
        if (get == nullptr || get(key, params.data()) != 1 || bits < 0) return 0;
        return (static_cast<std::size_t>(bits) + 7) / 8;
    }
};

struct Encapsulate {
    using Function = OSSL_FUNC_kem_encapsulate_fn;
    static constexpr int id = OSSL_FUNC_KEM_ENCAPSULATE;

    static int run(Function& original, const Algorithm& algorithm, void* context,
                   unsigned char* out, std::size_t* size, unsigned char* secret,
                   std::size_t* secret_size) noexcept {
        const Operation operation;
        const int ok = original(context, out, size, secret, secret_size);
        if (ok == 1 && out != nullptr) {
            operation.charge(CryptoOperation::encapsulate, algorithm, *size);
        }
        return ok;
    }
};

struct Decapsulate {
    using Function = OSSL_FUNC_kem_decapsulate_fn;
    static constexpr int id = OSSL_FUNC_KEM_DECAPSULATE;

    static int run(Function& original, const Algorithm& algorithm, void* context,
                   unsigned char* secret, std::size_t* size, const unsigned char* in,
                   std::size_t in_size) noexcept {
        const Operation operation;
        if (secret != nullptr) {
            operation.charge(CryptoOperation::decapsulate, algorithm, in_size);
        }
        return original(context, secret, size, in, in_size);
    }
};

struct DeriveKey {
    using Function = OSSL_FUNC_kdf_derive_fn;
    static constexpr int id = OSSL_FUNC_KDF_DERIVE;

    static int run(Function& original, const Algorithm& algorithm, void* context,
                   unsigned char* key, std::size_t size, const OSSL_PARAM* params) noexcept {
        const Operation operation;
        operation.charge(CryptoOperation::kdf, algorithm, size);
        return original(context, key, size, params);
    }
};

/// A call without output only takes additional data, which is a few bytes in TLS.
template <int function_id, typename F>
struct Cipher {
    using Function = F;
    static constexpr int id = function_id;

    static int run(Function& original, const Algorithm& algorithm, void* context,
                   unsigned char* out, std::size_t* size, std::size_t room, const unsigned char* in,
                   std::size_t in_size) noexcept {
        const Operation operation;
        if (out != nullptr && in != nullptr) {
            operation.charge(CryptoOperation::cipher, algorithm, in_size);
        }
        return original(context, out, size, room, in, in_size);
    }
};

// Capacities leave room for what a later release adds; running out fails loudly in `metered`.
using SignatureTaps = Taps<
    80, Sign<OSSL_FUNC_SIGNATURE_SIGN, OSSL_FUNC_signature_sign_fn>,
    Sign<OSSL_FUNC_SIGNATURE_DIGEST_SIGN, OSSL_FUNC_signature_digest_sign_fn>,
    Sign<OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, OSSL_FUNC_signature_digest_sign_final_fn>,
    Sign<OSSL_FUNC_SIGNATURE_SIGN_MESSAGE_FINAL, OSSL_FUNC_signature_sign_message_final_fn>,
    Verify<OSSL_FUNC_SIGNATURE_VERIFY, OSSL_FUNC_signature_verify_fn>,
    Verify<OSSL_FUNC_SIGNATURE_DIGEST_VERIFY, OSSL_FUNC_signature_digest_verify_fn>,
    Verify<OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, OSSL_FUNC_signature_digest_verify_final_fn>,
    VerifyMessageFinal>;
using KeyTaps = Taps<64, Generate>;
using ExchangeTaps = Taps<16, Derive>;
using KemTaps = Taps<24, Encapsulate, Decapsulate>;
using KdfTaps = Taps<32, DeriveKey>;
using CipherTaps = Taps<64, Cipher<OSSL_FUNC_CIPHER_UPDATE, OSSL_FUNC_cipher_update_fn>,
                        Cipher<OSSL_FUNC_CIPHER_CIPHER, OSSL_FUNC_cipher_cipher_fn>>;
using DecryptionTaps = Taps<8, Decrypt>;

std::string_view first_name(const OSSL_ALGORITHM& algorithm) noexcept {
    const std::string_view names = algorithm.algorithm_names;
    return names.substr(0, names.find(':'));
}

/// MACs and key derivations appear among signatures and key exchanges under an old interface.
bool is_old_interface(std::string_view name) noexcept {
    for (const std::string_view other :
         {"HMAC", "SIPHASH", "POLY1305", "CMAC", "TLS1-PRF", "HKDF", "SCRYPT", "id-scrypt"}) {
        if (name == other) return true;
    }
    return false;
}

/// Records and tickets are protected with these; other modes do not occur in TLS.
bool is_charged_cipher(std::string_view name) noexcept {
    return name.find("GCM") != std::string_view::npos ||
           name.find("CCM") != std::string_view::npos ||
           name.find("CBC") != std::string_view::npos ||
           name.find("Poly1305") != std::string_view::npos;
}

/// The tables of one operation class. Everything in it keeps its address for ever.
class MeteredClass {
public:
    template <typename TapsOfClass, typename Filter>
    void build(const OSSL_ALGORITHM* algorithms, Filter charged) {
        std::size_t slot = 0;
        for (; algorithms->algorithm_names != nullptr; ++algorithms) {
            OSSL_ALGORITHM ours = *algorithms;
            const std::string_view name = first_name(ours);
            if (charged(name)) {
                RESHAKE_CHECK(slot < TapsOfClass::size);
                const Algorithm& algorithm =
                    algorithms_.emplace_back(Algorithm{name, ours.implementation});
                auto& table = tables_.emplace_back(copy_of(ours.implementation));
                if (TapsOfClass::redirect(slot, algorithm, table.data())) ++slot;
                ours.implementation = table.data();
            }
            list_.push_back(ours);
        }
        list_.push_back(OSSL_ALGORITHM{});
    }
    [[nodiscard]] const OSSL_ALGORITHM* list() const noexcept { return list_.data(); }

private:
    static std::vector<OSSL_DISPATCH> copy_of(const OSSL_DISPATCH* table) {
        std::vector<OSSL_DISPATCH> copy;
        for (; table->function_id != 0; ++table) copy.push_back(*table);
        copy.push_back(OSSL_DISPATCH OSSL_DISPATCH_END);
        return copy;
    }

    std::deque<Algorithm> algorithms_;
    std::deque<std::vector<OSSL_DISPATCH>> tables_;
    std::vector<OSSL_ALGORITHM> list_;
};

bool build(MeteredClass& made, int operation, const OSSL_ALGORITHM* algorithms) {
    const auto all = [](std::string_view) { return true; };
    const auto current = [](std::string_view name) { return !is_old_interface(name); };
    switch (operation) {
        case OSSL_OP_SIGNATURE:
            made.build<SignatureTaps>(algorithms, current);
            return true;
        case OSSL_OP_KEYMGMT:
            made.build<KeyTaps>(algorithms, current);
            return true;
        case OSSL_OP_KEYEXCH:
            made.build<ExchangeTaps>(algorithms, current);
            return true;
        case OSSL_OP_KEM:
            made.build<KemTaps>(algorithms, all);
            return true;
        case OSSL_OP_KDF:
            made.build<KdfTaps>(algorithms, all);
            return true;
        case OSSL_OP_CIPHER:
            made.build<CipherTaps>(algorithms, is_charged_cipher);
            return true;
        case OSSL_OP_ASYM_CIPHER:
            made.build<DecryptionTaps>(algorithms, all);
            return true;
        default:
            return false;
    }
}

}  // namespace

const OSSL_ALGORITHM* metered(int operation, const OSSL_ALGORITHM* algorithms) {
    static std::mutex mutex;
    static std::map<int, MeteredClass> classes;
    const std::scoped_lock lock(mutex);
    if (const auto made = classes.find(operation); made != classes.end()) {
        return made->second.list();
    }
    MeteredClass made;
    if (algorithms == nullptr || !build(made, operation, algorithms)) return algorithms;
    return classes.emplace(operation, std::move(made)).first->second.list();
}

}  // namespace reshake::tls
