// What an operator or an app sets of TLS. Names are OpenSSL's; what is not set is OpenSSL's
// default.
//
// Source: SSL_CONF_cmd(3) for the names of versions and switches (MinProtocol, AllowNoDHEKEX,
//         SessionTicket, …); SSL_CTX_set1_groups_list(3), SSL_CTX_set_ciphersuites(3),
//         SSL_CTX_set_cipher_list(3), SSL_CTX_set1_sigalgs_list(3),
//         SSL_CTX_set_max_early_data(3), SSL_CTX_sess_set_cache_size(3),
//         SSL_CTX_set_session_id_context(3), SSL_CTX_set_max_send_fragment(3),
//         SSL_CTX_set_alpn_protos(3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"

namespace reshake {

/// Versions of TLS. RFC 5246, RFC 8446.
enum class ProtocolVersion { tls_1_2, tls_1_3 };

[[nodiscard]] constexpr auto names_of(ProtocolVersion) noexcept {
    return std::array<std::string_view, 2>{"TLSv1.2", "TLSv1.3"};
}

/// What a record holds at most. RFC 8446 section 5.1.
inline constexpr std::uint32_t largest_fragment = 16'384;

/// Settings of the clients' side.
struct ClientTls {
    static constexpr std::string_view type_name = "ClientTls";

    std::optional<std::string> groups{};        ///< "X25519:P-256"
    std::optional<std::string> ciphersuites{};  ///< TLS 1.3: "TLS_AES_256_GCM_SHA384"
    std::optional<std::string> cipher_list{};   ///< TLS 1.2: "ECDHE+AESGCM"
    std::optional<std::string> sigalgs{};       ///< "ECDSA+SHA256:RSA-PSS+SHA256"
    ProtocolVersion min_protocol = ProtocolVersion::tls_1_2;
    ProtocolVersion max_protocol = ProtocolVersion::tls_1_3;
    /// The request goes out as early data where the ticket allows it. RFC 8446 section 2.3.
    bool early_data = false;
    bool allow_no_dhe_kex = false;  ///< Offers psk_ke beside psk_dhe_ke. RFC 8446 section 4.2.9.
    bool extended_master_secret = true;                  ///< TLS 1.2; RFC 7627.
    bool rx_certificate_compression = true;              ///< RFC 8879.
    std::uint32_t max_send_fragment = largest_fragment;  ///< Bytes of data in a record.
    bool external_psk = false;        ///< Each client has a key of its own, and offers it. TLS 1.3.
    std::vector<std::string> alpn{};  ///< Protocols offered; none: no extension. RFC 7301.

    bool operator==(const ClientTls&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("groups", &ClientTls::groups), field("ciphersuites", &ClientTls::ciphersuites),
            field("cipher_list", &ClientTls::cipher_list), field("sigalgs", &ClientTls::sigalgs),
            field("min_protocol", &ClientTls::min_protocol),
            field("max_protocol", &ClientTls::max_protocol),
            field("early_data", &ClientTls::early_data),
            field("allow_no_dhe_kex", &ClientTls::allow_no_dhe_kex),
            field("extended_master_secret", &ClientTls::extended_master_secret),
            field("rx_certificate_compression", &ClientTls::rx_certificate_compression),
            field("max_send_fragment", &ClientTls::max_send_fragment,
                  {.at_least = 512.0, .at_most = largest_fragment}),
            field("external_psk", &ClientTls::external_psk), field("alpn", &ClientTls::alpn));
    }
};

/// Key type of the server's leaf certificate and of the chain above it.
enum class CertificateKey { ecdsa_p256, ecdsa_p384, rsa_2048, rsa_3072, rsa_4096, ml_dsa_65 };

[[nodiscard]] constexpr auto names_of(CertificateKey) noexcept {
    return std::array<std::string_view, 6>{"ecdsa-p256", "ecdsa-p384", "rsa-2048",
                                           "rsa-3072",   "rsa-4096",   "ml-dsa-65"};
}

/// How a server keeps early data from being accepted twice. RFC 8446 section 8.
enum class AntiReplay {
    single_use,           ///< OpenSSL's: tickets are entries of the server's cache, used up once.
    client_hello_record,  ///< Our server's: remembers each ClientHello while it could be replayed.
    none,
};

[[nodiscard]] constexpr auto names_of(AntiReplay) noexcept {
    return std::array<std::string_view, 3>{"single-use", "client-hello-record", "none"};
}

/// What a server answers a client with whose protocols it has none in common, by the names that
/// OpenSSL's callback has for them.
enum class AlpnMismatch {
    alert_fatal,  ///< no_application_protocol, as RFC 7301 section 3.2 demands.
    noack,        ///< Goes on as if the client had offered none.
};

[[nodiscard]] constexpr auto names_of(AlpnMismatch) noexcept {
    return std::array<std::string_view, 2>{"alert-fatal", "noack"};
}

/// Settings of the servers' side. The chain hangs under a root that the clients trust.
struct ServerTls {
    static constexpr std::string_view type_name = "ServerTls";

    CertificateKey certificate = CertificateKey::ecdsa_p256;
    std::uint32_t intermediates = 1;  ///< Certificates between the leaf and the root.
    std::uint32_t leaf_padding = 0;   ///< Bytes that the leaf is made longer by.
    std::optional<std::string> groups{};
    std::optional<std::string> ciphersuites{};
    std::optional<std::string> cipher_list{};
    std::optional<std::string> sigalgs{};
    ProtocolVersion min_protocol = ProtocolVersion::tls_1_2;
    ProtocolVersion max_protocol = ProtocolVersion::tls_1_3;
    std::uint32_t max_early_data = 0;  ///< Bytes that a ticket allows; 0: no early data.
    AntiReplay anti_replay = AntiReplay::single_use;
    bool session_ticket = true;  ///< False: sessions live in the cache (ids; stateful tickets).
    std::uint32_t session_cache_size = 20'480;   ///< Sessions in each server's memory.
    std::string session_id_context = "reshake";  ///< Sessions made under another are refused.
    bool allow_no_dhe_kex = false;
    bool prefer_no_dhe_kex = false;
    bool extended_master_secret = true;
    bool tx_certificate_compression = false;  ///< Servers must prepare it: SSL_CTX_compress_certs.
    std::uint32_t max_send_fragment = largest_fragment;  ///< Bytes of data in a record.
    bool external_psk = false;        ///< Knows every client's key. RFC 8446 section 4.2.11.
    std::vector<std::string> alpn{};  ///< Protocols, the preferred first; none: takes no part.
    AlpnMismatch alpn_mismatch = AlpnMismatch::alert_fatal;

    bool operator==(const ServerTls&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("certificate", &ServerTls::certificate),
            field("intermediates", &ServerTls::intermediates, {.at_least = 0.0, .at_most = 8.0}),
            field("leaf_padding", &ServerTls::leaf_padding, {.at_least = 0.0, .at_most = 60'000.0}),
            field("groups", &ServerTls::groups), field("ciphersuites", &ServerTls::ciphersuites),
            field("cipher_list", &ServerTls::cipher_list), field("sigalgs", &ServerTls::sigalgs),
            field("min_protocol", &ServerTls::min_protocol),
            field("max_protocol", &ServerTls::max_protocol),
            field("max_early_data", &ServerTls::max_early_data,
                  {.at_least = 0.0, .at_most = 4'294'967'295.0}),
            field("anti_replay", &ServerTls::anti_replay),
            field("session_ticket", &ServerTls::session_ticket),
            field("session_cache_size", &ServerTls::session_cache_size,
                  {.at_least = 1.0, .at_most = 1e8}),
            field("session_id_context", &ServerTls::session_id_context),
            field("allow_no_dhe_kex", &ServerTls::allow_no_dhe_kex),
            field("prefer_no_dhe_kex", &ServerTls::prefer_no_dhe_kex),
            field("extended_master_secret", &ServerTls::extended_master_secret),
            field("tx_certificate_compression", &ServerTls::tx_certificate_compression),
            field("max_send_fragment", &ServerTls::max_send_fragment,
                  {.at_least = 512.0, .at_most = largest_fragment}),
            field("external_psk", &ServerTls::external_psk), field("alpn", &ServerTls::alpn),
            field("alpn_mismatch", &ServerTls::alpn_mismatch));
    }
};

}  // namespace reshake
