#include "sim/tls/calibration.h"

#include <array>
#include <memory>

#include "sim/base/check.h"
#include "sim/tls/calibration_work.h"
#include "sim/tls/handles.h"
#include "sim/tls/library.h"
#include "sim/tls/seams.h"

namespace reshake::tls {
namespace {

struct Known {
    Subject subject;
    Recipe recipe;
};

using enum CryptoOperation;

// NIST's curves and RSA sign the digests that TLS 1.3 pairs them with (RFC 8446 section 4.2.3).
constexpr std::array known{
    Known{{sign, "ECDSA", 72, true}, {"EC", "P-256", 0, "SHA256"}},
    Known{{sign, "ECDSA", 104}, {"EC", "P-384", 0, "SHA384"}},
    Known{{sign, "ECDSA", 139}, {"EC", "P-521", 0, "SHA512"}},
    Known{{sign, "RSA", 256}, {"RSA", nullptr, 2048, "SHA256"}},
    Known{{sign, "RSA", 384}, {"RSA", nullptr, 3072, "SHA256"}},
    Known{{sign, "RSA", 512}, {"RSA", nullptr, 4096, "SHA256"}},
    Known{{sign, "ED25519", 64}, {"ED25519"}},
    Known{{sign, "ED448", 114}, {"ED448"}},
    Known{{sign, "ML-DSA-44", 2420}, {"ML-DSA-44"}},
    Known{{sign, "ML-DSA-65", 3309}, {"ML-DSA-65"}},
    Known{{sign, "ML-DSA-87", 4627}, {"ML-DSA-87"}},

    Known{{verify, "ECDSA", 72, true}, {"EC", "P-256", 0, "SHA256"}},
    Known{{verify, "ECDSA", 104}, {"EC", "P-384", 0, "SHA384"}},
    Known{{verify, "ECDSA", 139}, {"EC", "P-521", 0, "SHA512"}},
    Known{{verify, "RSA", 256}, {"RSA", nullptr, 2048, "SHA256"}},
    Known{{verify, "RSA", 384}, {"RSA", nullptr, 3072, "SHA256"}},
    Known{{verify, "RSA", 512}, {"RSA", nullptr, 4096, "SHA256"}},
    Known{{verify, "ED25519", 64}, {"ED25519"}},
    Known{{verify, "ED448", 114}, {"ED448"}},
    Known{{verify, "ML-DSA-44", 2420}, {"ML-DSA-44"}},
    Known{{verify, "ML-DSA-65", 3309}, {"ML-DSA-65"}},
    Known{{verify, "ML-DSA-87", 4627}, {"ML-DSA-87"}},

    Known{{keygen, "X25519MLKEM768", 0}, {"X25519MLKEM768"}},
    Known{{keygen, "X25519", 32, true}, {"X25519"}},
    Known{{keygen, "X448", 56}, {"X448"}},
    Known{{keygen, "SecP256r1MLKEM768", 0}, {"SecP256r1MLKEM768"}},
    Known{{keygen, "ML-KEM-1024", 0}, {"ML-KEM-1024"}},
    Known{{keygen, "ML-KEM-768", 0}, {"ML-KEM-768"}},
    Known{{keygen, "EC", 32}, {"EC", "P-256"}},
    Known{{keygen, "EC", 48}, {"EC", "P-384"}},
    Known{{keygen, "EC", 66}, {"EC", "P-521"}},
    Known{{keygen, "DH", 256}, {"DH", "ffdhe2048"}},
    Known{{keygen, "DH", 384}, {"DH", "ffdhe3072"}},
    Known{{keygen, "RSA", 256}, {"RSA", nullptr, 2048}},

    Known{{derive, "X25519", 32, true}, {"X25519"}},
    Known{{derive, "X448", 56}, {"X448"}},
    Known{{derive, "ECDH", 32}, {"EC", "P-256"}},
    Known{{derive, "ECDH", 48}, {"EC", "P-384"}},
    Known{{derive, "ECDH", 66}, {"EC", "P-521"}},
    Known{{derive, "DH", 256}, {"DH", "ffdhe2048"}},
    Known{{derive, "DH", 384}, {"DH", "ffdhe3072"}},

    Known{{encapsulate, "X25519MLKEM768", 1120, true}, {"X25519MLKEM768"}},
    Known{{encapsulate, "SecP256r1MLKEM768", 1153}, {"SecP256r1MLKEM768"}},
    Known{{encapsulate, "ML-KEM-1024", 1568}, {"ML-KEM-1024"}},
    Known{{encapsulate, "ML-KEM-768", 1088}, {"ML-KEM-768"}},

    Known{{decapsulate, "X25519MLKEM768", 1120, true}, {"X25519MLKEM768"}},
    Known{{decapsulate, "SecP256r1MLKEM768", 1153}, {"SecP256r1MLKEM768"}},
    Known{{decapsulate, "ML-KEM-1024", 1568}, {"ML-KEM-1024"}},
    Known{{decapsulate, "ML-KEM-768", 1088}, {"ML-KEM-768"}},

    Known{{kdf, "TLS13-KDF", 48, true}, {"TLS13-KDF"}},

    // A short and a full record of each: what is fixed, and what grows.
    Known{{cipher, "AES-128-GCM", 64}, {"AES-128-GCM"}},
    Known{{cipher, "AES-128-GCM", 16384}, {"AES-128-GCM"}},
    Known{{cipher, "AES-256-GCM", 64, true}, {"AES-256-GCM"}},
    Known{{cipher, "AES-256-GCM", 16384, true}, {"AES-256-GCM"}},
    Known{{cipher, "ChaCha20-Poly1305", 64}, {"ChaCha20-Poly1305"}},
    Known{{cipher, "ChaCha20-Poly1305", 16384}, {"ChaCha20-Poly1305"}},
    Known{{cipher, "AES-256-CBC", 64}, {"AES-256-CBC"}},
    Known{{cipher, "AES-256-CBC", 16384}, {"AES-256-CBC"}},
};

constexpr auto all_subjects = [] {
    std::array<Subject, known.size()> subjects;
    for (std::size_t i = 0; i < known.size(); ++i) subjects[i] = known[i].subject;
    return subjects;
}();

}  // namespace

struct Calibration::Impl {
    Library library;
    std::array<std::unique_ptr<Work>, known.size()> works;  ///< Made when first performed.
};

Calibration::Calibration() : impl_(std::make_unique<Impl>()) {}

Calibration::~Calibration() {
    const Housekeeping housekeeping{Random(0).stream("calibration")};
    for (auto& work : impl_->works) work.reset();
}

std::span<const Subject> Calibration::subjects() noexcept { return all_subjects; }

Cost Calibration::perform(std::size_t index, std::uint32_t times, const Device& payer) {
    RESHAKE_CHECK(index < known.size());
    std::unique_ptr<Work>& work = impl_->works[index];
    if (work == nullptr) {
        const Housekeeping housekeeping{Random(0).stream("calibration")};
        const auto& [subject, recipe] = known[index];
        work = new_work(impl_->library.handle().context.get(), subject, recipe);
    }
    Cost cost;
    Random random = Random(0).stream("operations");
    const Environment environment(run_start, random, cost, payer);
    for (std::uint32_t i = 0; i < times; ++i) work->perform();
    return cost;
}

}  // namespace reshake::tls
