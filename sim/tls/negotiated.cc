#include "sim/tls/negotiated.h"

#include <openssl/obj_mac.h>

#include <array>
#include <utility>

namespace reshake::tls {
namespace {

/// Source: IANA registry "TLS Supported Groups". OpenSSL answers with its own number for a group
/// that has one, and with the registry's number for the others, marked.
constexpr std::array<std::pair<int, std::uint16_t>, 13> groups{{
    {NID_X9_62_prime256v1, 0x0017},
    {NID_secp384r1, 0x0018},
    {NID_secp521r1, 0x0019},
    {NID_brainpoolP256r1, 0x001a},
    {NID_brainpoolP384r1, 0x001b},
    {NID_brainpoolP512r1, 0x001c},
    {NID_X25519, 0x001d},
    {NID_X448, 0x001e},
    {NID_ffdhe2048, 0x0100},
    {NID_ffdhe3072, 0x0101},
    {NID_ffdhe4096, 0x0102},
    {NID_ffdhe6144, 0x0103},
    {NID_ffdhe8192, 0x0104},
}};

}  // namespace

std::uint16_t negotiated_group(SSL* ssl) noexcept {
    const auto answer = static_cast<int>(SSL_get_negotiated_group(ssl));
    if ((answer & TLSEXT_nid_unknown) != 0) return static_cast<std::uint16_t>(answer & 0xffff);
    for (const auto& [nid, number] : groups) {
        if (nid == answer) return number;
    }
    return 0;
}

}  // namespace reshake::tls
