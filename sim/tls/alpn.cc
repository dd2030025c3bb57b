#include "sim/tls/alpn.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "models/alpn.h"
#include "sim/base/check.h"

namespace reshake::tls {
namespace {

using Bytes = std::span<const unsigned char>;

const unsigned char* raw(const std::string& bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string_view text(const unsigned char* data, std::size_t size) noexcept {
    return {reinterpret_cast<const char*>(data), size};
}

/// The first of the server's that the client offers, too.
std::optional<Bytes> select(const ServerContext::Handle& handle, Bytes offered) noexcept {
    const std::string& own = handle.alpn;
    unsigned char* selected = nullptr;
    unsigned char size = 0;
    const int found =
        SSL_select_next_proto(&selected, &size, raw(own), static_cast<unsigned int>(own.size()),
                              offered.data(), static_cast<unsigned int>(offered.size()));
    if (found != OPENSSL_NPN_NEGOTIATED) return std::nullopt;
    return Bytes{selected, size};
}

int on_select(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
              unsigned int offered_size, void* argument) noexcept {
    const auto& handle = *static_cast<const ServerContext::Handle*>(argument);
    if (const auto selected = select(handle, {offered, offered_size})) {
        *out = selected->data();
        *size = static_cast<unsigned char>(selected->size());
        return SSL_TLSEXT_ERR_OK;
    }
    return handle.alpn_mismatch == AlpnMismatch::alert_fatal ? SSL_TLSEXT_ERR_ALERT_FATAL
                                                             : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

void offer_protocols(SSL_CTX* context, const std::vector<std::string>& names) {
    if (names.empty()) return;
    const std::string list = protocol_list(names);
    // Unlike its neighbours it returns 0 where it is content.
    RESHAKE_CHECK(
        SSL_CTX_set_alpn_protos(context, raw(list), static_cast<unsigned int>(list.size())) == 0);
}

void select_protocols(ServerContext::Handle& handle, SSL_CTX* context) noexcept {
    if (!handle.alpn.empty()) SSL_CTX_set_alpn_select_cb(context, on_select, &handle);
}

std::string protocol_to_select(const ServerContext::Handle& handle, SSL* ssl) {
    constexpr std::size_t at = 2;  // After the length of the list.
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    const auto type = TLSEXT_TYPE_application_layer_protocol_negotiation;
    if (handle.alpn.empty() || SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) return {};
    if (size < at) return {};
    const auto selected = select(handle, {data + at, size - at});
    return selected ? std::string(text(selected->data(), selected->size())) : std::string();
}

std::string negotiated_protocol(const SSL* ssl) {
    const unsigned char* data = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl, &data, &size);
    return std::string(text(data, size));
}

bool protocol_changed(const SSL* ssl) noexcept {
    if (SSL_session_reused(ssl) != 1) return false;
    const unsigned char* now = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl, &now, &size);
    const unsigned char* former = nullptr;
    std::size_t former_size = 0;
    SSL_SESSION_get0_alpn_selected(SSL_get0_session(ssl), &former, &former_size);
    return text(now, size) != text(former, former_size);
}

}  // namespace reshake::tls
