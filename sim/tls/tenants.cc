#include "sim/tls/tenants.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "sim/base/check.h"

namespace reshake::tls {
namespace {

/// The host name in the ClientHello, whatever OpenSSL will make of it. RFC 6066 section 3.
std::string_view named_in_client_hello(SSL* ssl) noexcept {
    constexpr std::size_t at = 5;  // After the lengths of list and name, and the name's type.
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
    if (size < at) return {};
    return {reinterpret_cast<const char*>(data) + at, size - at};
}

/// The first one stands for names that nobody has, as the default context does.
std::size_t tenant_of(const ServerContext::Handle& handle, std::string_view host) noexcept {
    for (std::size_t i = 0; i < handle.tenants.size(); ++i) {
        const auto& hosts = handle.tenants[i].hosts;
        if (std::ranges::find(hosts, host) != hosts.end()) return i;
    }
    return 0;
}

void turn_to(const TenantContext& tenant, SSL* ssl) noexcept {
    RESHAKE_CHECK(SSL_set_SSL_CTX(ssl, tenant.context.get()) == tenant.context.get());
}

int on_servername(SSL* ssl, int* alert, void* argument) noexcept {
    const auto& handle = *static_cast<const ServerContext::Handle*>(argument);
    if (handle.isolation == TenantIsolation::servername_check && SSL_session_reused(ssl) == 1) {
        // As nginx since 1.27.4, there for servers that ask for client certificates.
        const char* const host = SSL_SESSION_get0_hostname(SSL_get0_session(ssl));
        if (host != nullptr && tenant_of(handle, host) != connection_of(ssl).tenant) {
            *alert = SSL_AD_ACCESS_DENIED;
            return SSL_TLSEXT_ERR_ALERT_FATAL;
        }
    }
    // Of a resumption in TLS 1.2 OpenSSL tells the name of the session, not of the ClientHello.
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    turn_to(handle.tenants[tenant_of(handle, name)], ssl);
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void watch_names(ServerContext::Handle& handle) noexcept {
    SSL_CTX_set_tlsext_servername_callback(handle.context.get(), on_servername);
    SSL_CTX_set_tlsext_servername_arg(handle.context.get(), &handle);
}

void note_name(ServerContext::Handle& handle, SSL* ssl, Connection& connection) noexcept {
    if (handle.tenants.empty()) return;
    connection.tenant = tenant_of(handle, named_in_client_hello(ssl));
    const TenantContext& tenant = handle.tenants[connection.tenant];
    if (handle.isolation == TenantIsolation::client_hello) {
        turn_to(tenant, ssl);
    } else if (handle.isolation == TenantIsolation::session_id_context) {
        const std::string& context = tenant.session_id_context;
        RESHAKE_CHECK(
            SSL_set_session_id_context(ssl, reinterpret_cast<const unsigned char*>(context.data()),
                                       static_cast<unsigned int>(context.size())) == 1);
    }
}

const std::string& session_id_context(const ServerContext::Handle& handle,
                                      const Connection& connection) noexcept {
    if (handle.tenants.empty()) return handle.session_id_context;
    // After a HelloRetryRequest the servername callback has been there already.
    const bool named = handle.isolation == TenantIsolation::client_hello ||
                       handle.isolation == TenantIsolation::session_id_context ||
                       connection.facts.hello_retry;
    return handle.tenants[named ? connection.tenant : 0].session_id_context;
}

const Tenant* owner_of_keys(const ServerContext::Handle& handle,
                            const Connection& connection) noexcept {
    if (handle.tenants.empty()) return nullptr;
    const bool named = handle.isolation == TenantIsolation::client_hello;
    const Tenant& tenant = handle.tenants[named ? connection.tenant : 0].tenant;
    return tenant.keys == TenantKeys::own ? &tenant : nullptr;
}

}  // namespace reshake::tls
