// The operations of a calibration, each as TLS asks OpenSSL for it. Inside this room only.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <memory>

#include "sim/tls/calibration.h"

namespace reshake::tls {

/// What a subject is made of, in OpenSSL's words.
struct Recipe {
    const char* name;              ///< Of the key's algorithm, the cipher, the key derivation.
    const char* group = nullptr;   ///< Of the key, where its algorithm has several.
    std::size_t rsa_bits = 0;      ///< Of the key, if it is RSA.
    const char* digest = nullptr;  ///< Of the signature, where its algorithm leaves a choice.
};

/// An operation with everything it needs at hand.
class Work {
public:
    virtual ~Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    /// Only inside an environment, destruction too.
    virtual void perform() = 0;

protected:
    Work() = default;
};

/// `recipe` must outlive the work.
[[nodiscard]] std::unique_ptr<Work> new_work(OSSL_LIB_CTX* library, const Subject& subject,
                                             const Recipe& recipe);

}  // namespace reshake::tls
