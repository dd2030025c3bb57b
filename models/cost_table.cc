#include "models/cost_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/check.h"

namespace reshake {
namespace {

bool is_cost(double amount) noexcept { return std::isfinite(amount) && amount >= 0.0; }

}  // namespace

CostTable::CostTable(std::vector<CostLine> lines) : lines_(std::move(lines)) {
    for (const CostLine& line : lines_) {
        RESHAKE_CHECK(is_cost(line.microseconds) && is_cost(line.nanoseconds_per_byte));
    }
    std::ranges::stable_sort(lines_, {}, &CostLine::operation);
    for (std::size_t i = 0; i < operations; ++i) {
        const auto first = std::ranges::lower_bound(lines_, static_cast<CryptoOperation>(i), {},
                                                    &CostLine::operation);
        begins_[i] = static_cast<std::uint32_t>(first - lines_.begin());
    }
    begins_.back() = static_cast<std::uint32_t>(lines_.size());
}

Duration CostTable::cost(CryptoOperation operation, std::string_view algorithm,
                         std::size_t size) const noexcept {
    const auto index = static_cast<std::size_t>(operation);
    for (std::uint32_t i = begins_[index]; i < begins_[index + 1]; ++i) {
        const CostLine& line = lines_[i];
        if (line.up_to && size > *line.up_to) continue;
        if (!algorithm.starts_with(line.algorithm)) continue;
        return Duration{std::llround(line.microseconds * 1e3 +
                                     line.nanoseconds_per_byte * static_cast<double>(size))};
    }
    return Duration::zero();
}

// Fallbacks are the commonest algorithm of the class; for a size beyond the table, its largest.
//
// A signature's length tells the key: the DER of two numbers for ECDSA (at most 72 bytes for P-256,
// 104 for P-384), the modulus for RSA. A shared secret is as long as its curve's field.
//
// Messages and certificates are not measured by themselves: their two figures are fitted to what is
// left of four measured totals (client/server: full 327/181 us, PSK 138/143 us) without the
// operations above. RSA key generation is a round figure; its prime search varies several-fold.
const CostTable& server_core_costs() {
    using enum CryptoOperation;
    constexpr std::nullopt_t any_size = std::nullopt;
    static const CostTable table({
        {sign, "ECDSA", 72, 20},
        {sign, "ECDSA", 104, 196},
        {sign, "ECDSA", any_size, 245},
        {sign, "RSA", 256, 249},
        {sign, "RSA", 384, 740},
        {sign, "RSA", any_size, 1500},
        {sign, "ED25519", any_size, 30},
        {sign, "ED448", any_size, 190},
        {sign, "ML-DSA-44", any_size, 550},
        {sign, "ML-DSA-65", any_size, 870},
        {sign, "ML-DSA-87", any_size, 960},
        {sign, "", any_size, 20},

        {verify, "ECDSA", 72, 65},
        {verify, "ECDSA", 104, 419},
        {verify, "ECDSA", any_size, 460},
        {verify, "RSA", 256, 20},
        {verify, "RSA", 384, 39},
        {verify, "RSA", any_size, 64},
        {verify, "ED25519", any_size, 100},
        {verify, "ED448", any_size, 220},
        {verify, "ML-DSA-44", any_size, 108},
        {verify, "ML-DSA-65", any_size, 163},
        {verify, "ML-DSA-87", any_size, 262},
        {verify, "", any_size, 65},

        {keygen, "X25519MLKEM768", any_size, 62},
        {keygen, "X25519", any_size, 29},
        {keygen, "X448", any_size, 194},
        {keygen, "SecP256r1MLKEM768", any_size, 56},
        {keygen, "ML-KEM-1024", any_size, 49},
        {keygen, "ML-KEM", any_size, 31},
        {keygen, "EC", 32, 14},
        {keygen, "EC", 48, 140},
        {keygen, "EC", any_size, 154},
        {keygen, "DH", 256, 290},
        {keygen, "DH", any_size, 725},
        {keygen, "RSA", any_size, 100'000},
        {keygen, "", any_size, 29},

        {derive, "X25519", any_size, 33},
        {derive, "X448", any_size, 167},
        {derive, "ECDH", 32, 51},
        {derive, "ECDH", 48, 355},
        {derive, "ECDH", any_size, 302},
        {derive, "DH", 256, 276},
        {derive, "DH", any_size, 718},
        {derive, "", any_size, 33},

        {encapsulate, "X25519MLKEM768", any_size, 81},
        {encapsulate, "SecP256r1MLKEM768", any_size, 91},
        {encapsulate, "ML-KEM-1024", any_size, 24},
        {encapsulate, "ML-KEM", any_size, 18},
        {encapsulate, "", any_size, 81},

        {decapsulate, "X25519MLKEM768", any_size, 62},
        {decapsulate, "SecP256r1MLKEM768", any_size, 92},
        {decapsulate, "ML-KEM-1024", any_size, 36},
        {decapsulate, "ML-KEM", any_size, 30},
        {decapsulate, "", any_size, 62},

        {kdf, "", any_size, 1.7},

        {cipher, "AES-128-GCM", any_size, 0.06, 0.081},
        {cipher, "AES-256-GCM", any_size, 0.06, 0.093},
        {cipher, "ChaCha20-Poly1305", any_size, 0.3, 0.26},
        {cipher, "AES-256-CBC", any_size, 0.05, 0.98},
        {cipher, "", any_size, 0.06, 0.093},

        {handshake_message, "", any_size, 6.5},
        {certificate, "", any_size, 20},
    });
    return table;
}

}  // namespace reshake
