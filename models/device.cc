#include "models/device.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "sim/base/digest.h"

namespace reshake {
namespace {

constexpr std::size_t any_size = std::numeric_limits<std::size_t>::max();

/// One line of the table: a fixed part, and a part per byte of the operation's size.
struct Line {
    CryptoOperation operation;
    std::string_view prefix;  ///< Of the algorithm's name; empty: the fallback of its class.
    std::size_t up_to;        ///< The largest size the line is for.
    double microseconds;
    double nanoseconds_per_byte = 0.0;
};

using enum CryptoOperation;

// The first line that fits counts, so a longer name comes before the name it starts with, small
// sizes before large ones, and the fallback of a class last. Fallbacks are the commonest algorithm
// of the class; for a size beyond the table, its largest.
//
// A signature's length tells the key: the DER of two numbers for ECDSA (at most 72 bytes for P-256,
// 104 for P-384), the modulus for RSA. A shared secret is as long as its curve's field.
//
// Messages and certificates are not measured by themselves: their two figures are fitted to what is
// left of four measured totals (client/server: full 327/181 us, PSK 138/143 us) without the
// operations above. RSA key generation is a round figure; its prime search varies several-fold.
constexpr std::array table{
    Line{sign, "ECDSA", 72, 20},
    Line{sign, "ECDSA", 104, 196},
    Line{sign, "ECDSA", any_size, 245},
    Line{sign, "RSA", 256, 249},
    Line{sign, "RSA", 384, 740},
    Line{sign, "RSA", any_size, 1500},
    Line{sign, "ED25519", any_size, 30},
    Line{sign, "ED448", any_size, 190},
    Line{sign, "ML-DSA-44", any_size, 550},
    Line{sign, "ML-DSA-65", any_size, 870},
    Line{sign, "ML-DSA-87", any_size, 960},
    Line{sign, "", any_size, 20},

    Line{verify, "ECDSA", 72, 65},
    Line{verify, "ECDSA", 104, 419},
    Line{verify, "ECDSA", any_size, 460},
    Line{verify, "RSA", 256, 20},
    Line{verify, "RSA", 384, 39},
    Line{verify, "RSA", any_size, 64},
    Line{verify, "ED25519", any_size, 100},
    Line{verify, "ED448", any_size, 220},
    Line{verify, "ML-DSA-44", any_size, 108},
    Line{verify, "ML-DSA-65", any_size, 163},
    Line{verify, "ML-DSA-87", any_size, 262},
    Line{verify, "", any_size, 65},

    Line{keygen, "X25519MLKEM768", any_size, 62},
    Line{keygen, "X25519", any_size, 29},
    Line{keygen, "X448", any_size, 194},
    Line{keygen, "SecP256r1MLKEM768", any_size, 56},
    Line{keygen, "ML-KEM-1024", any_size, 49},
    Line{keygen, "ML-KEM", any_size, 31},
    Line{keygen, "EC", 32, 14},
    Line{keygen, "EC", 48, 140},
    Line{keygen, "EC", any_size, 154},
    Line{keygen, "DH", 256, 290},
    Line{keygen, "DH", any_size, 725},
    Line{keygen, "RSA", any_size, 100'000},
    Line{keygen, "", any_size, 29},

    Line{derive, "X25519", any_size, 33},
    Line{derive, "X448", any_size, 167},
    Line{derive, "ECDH", 32, 51},
    Line{derive, "ECDH", 48, 355},
    Line{derive, "ECDH", any_size, 302},
    Line{derive, "DH", 256, 276},
    Line{derive, "DH", any_size, 718},
    Line{derive, "", any_size, 33},

    Line{encapsulate, "X25519MLKEM768", any_size, 81},
    Line{encapsulate, "SecP256r1MLKEM768", any_size, 91},
    Line{encapsulate, "ML-KEM-1024", any_size, 24},
    Line{encapsulate, "ML-KEM", any_size, 18},
    Line{encapsulate, "", any_size, 81},

    Line{decapsulate, "X25519MLKEM768", any_size, 62},
    Line{decapsulate, "SecP256r1MLKEM768", any_size, 92},
    Line{decapsulate, "ML-KEM-1024", any_size, 36},
    Line{decapsulate, "ML-KEM", any_size, 30},
    Line{decapsulate, "", any_size, 62},

    Line{kdf, "", any_size, 1.7},

    Line{cipher, "AES-128-GCM", any_size, 0.06, 0.081},
    Line{cipher, "AES-256-GCM", any_size, 0.06, 0.093},
    Line{cipher, "ChaCha20-Poly1305", any_size, 0.3, 0.26},
    Line{cipher, "AES-256-CBC", any_size, 0.05, 0.98},
    Line{cipher, "", any_size, 0.06, 0.093},

    Line{handshake_message, "", any_size, 6.5},
    Line{certificate, "", any_size, 20},
};

}  // namespace

Duration crypto_cost(CryptoOperation operation, std::string_view algorithm,
                     std::size_t size) noexcept {
    for (const Line& line : table) {
        if (line.operation != operation || size > line.up_to) continue;
        if (!algorithm.starts_with(line.prefix)) continue;
        return Duration{std::llround(line.microseconds * 1e3 +
                                     line.nanoseconds_per_byte * static_cast<double>(size))};
    }
    return Duration::zero();
}

std::uint64_t cost_table_digest() noexcept {
    Digest digest;
    for (const Line& line : table) {
        digest.add(static_cast<std::uint64_t>(line.operation));
        digest.add(std::as_bytes(std::span(line.prefix)));
        digest.add(line.up_to);
        digest.add(std::bit_cast<std::uint64_t>(line.microseconds));
        digest.add(std::bit_cast<std::uint64_t>(line.nanoseconds_per_byte));
    }
    return digest.value();
}

}  // namespace reshake
