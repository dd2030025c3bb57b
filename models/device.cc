#include "models/device.h"

#include <array>
#include <cmath>
#include <limits>

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

// The first line that fits counts, so small sizes come before large ones and each class ends with
// its fallback: the commonest algorithm of the class.
//
// A signature's length tells the key: DER of two numbers for ECDSA (at most 72 bytes for P-256, 104
// for P-384), the modulus for RSA. RSA keys that are not in the table follow the cube (private) and
// square (public) of their length.
constexpr std::array table{
    Line{sign, "ECDSA", 72, 20},
    Line{sign, "ECDSA", 104, 196},
    Line{sign, "ECDSA", any_size, 440},
    Line{sign, "RSA", 256, 249},
    Line{sign, "RSA", 384, 740},
    Line{sign, "RSA", any_size, 1700},
    Line{sign, "ED25519", any_size, 20},
    Line{sign, "", any_size, 20},

    Line{verify, "ECDSA", 72, 65},
    Line{verify, "ECDSA", 104, 419},
    Line{verify, "ECDSA", any_size, 860},
    Line{verify, "RSA", 256, 20},
    Line{verify, "RSA", 384, 39},
    Line{verify, "RSA", any_size, 65},
    Line{verify, "", any_size, 65},

    Line{keygen, "X25519MLKEM768", any_size, 62},
    Line{keygen, "X25519", any_size, 29},
    Line{keygen, "EC", 32, 14},
    Line{keygen, "", any_size, 29},

    Line{derive, "X25519", any_size, 33},
    Line{derive, "ECDH", 32, 51},
    Line{derive, "", any_size, 33},

    Line{encapsulate, "", any_size, 81},
    Line{decapsulate, "", any_size, 62},

    Line{kdf, "", any_size, 1.7},

    Line{cipher, "AES-128-GCM", any_size, 0.2, 0.073},
    Line{cipher, "", any_size, 0.2, 0.1},
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

}  // namespace reshake
