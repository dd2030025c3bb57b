#include "sim/tls/context.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "sim/base/check.h"
#include "sim/tls/apply_setting.h"
#include "sim/tls/connection.h"
#include "sim/tls/handles.h"
#include "sim/tls/seams.h"
#include "sim/tls/ticket_callback.h"

namespace reshake::tls {
namespace {

/// Contexts draw keys that nothing uses here (for tickets without a callback, for cookies).
Random unused_keys() noexcept { return Random(0).stream("contexts"); }

SslCtxPtr new_context(const Library& library, const SSL_METHOD* method) {
    SslCtxPtr context(SSL_CTX_new_ex(library.handle().context.get(), nullptr, method));
    RESHAKE_CHECK(context != nullptr);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    observe(context.get());
    return context;
}

template <typename Settings>
void apply_all(SSL_CTX* context, const Settings& settings) {
    const auto apply_one = [&](NamedSetting setting, const std::optional<std::string>& value) {
        if (!value) return;
        if (auto reason = apply(context, setting, *value)) {
            throw SettingRefused(setting, *value, *std::move(reason));
        }
    };
    apply_one(NamedSetting::groups, settings.groups);
    apply_one(NamedSetting::ciphersuites, settings.ciphersuites);
    apply_one(NamedSetting::sigalgs, settings.sigalgs);
}

}  // namespace

ClientContext::ClientContext(const Library& library, const ClientTls& settings, const Chain& chain,
                             std::string server_name)
    : handle_(std::make_unique<Handle>()) {
    const Housekeeping housekeeping{unused_keys()};
    handle_->library = library.handle().context.get();
    handle_->server_name = std::move(server_name);
    handle_->context = new_context(library, TLS_client_method());
    SSL_CTX* const context = handle_->context.get();
    apply_all(context, settings);

    X509_STORE* const trusted = SSL_CTX_get_cert_store(context);
    RESHAKE_CHECK(X509_STORE_add_cert(trusted, chain.handle().root.get()) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const std::string& name = handle_->server_name;
    RESHAKE_CHECK(
        X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(context), name.data(), name.size()) == 1);

    // Tickets leave OpenSSL as DER; which one is offered is the ticket store's decision.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    collect_tickets(context);
}

ClientContext::~ClientContext() {
    const Housekeeping housekeeping{unused_keys()};
    handle_.reset();
}

ServerContext::ServerContext(const Library& library, const ServerTls& settings,
                             const Tickets& tickets, const Chain& chain, TicketKeys& keys)
    : handle_(std::make_unique<Handle>()) {
    const Housekeeping housekeeping{unused_keys()};
    handle_->library = library.handle().context.get();
    handle_->ticket_cipher = library.handle().ticket_cipher.get();
    handle_->keys = &keys;
    handle_->context = new_context(library, TLS_server_method());
    SSL_CTX* const context = handle_->context.get();
    apply_all(context, settings);

    const Chain::Handle& certificates = chain.handle();
    RESHAKE_CHECK(SSL_CTX_use_certificate(context, certificates.leaf.get()) == 1);
    RESHAKE_CHECK(SSL_CTX_add1_chain_cert(context, certificates.intermediate.get()) == 1);
    RESHAKE_CHECK(SSL_CTX_use_PrivateKey(context, certificates.leaf_key.get()) == 1);

    // Tickets only: one context serves several simulated servers, and a cache of sessions inside it
    // would be memory that they share.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    constexpr std::string_view id_context = "reshake";
    RESHAKE_CHECK(SSL_CTX_set_session_id_context(
                      context, reinterpret_cast<const unsigned char*>(id_context.data()),
                      static_cast<unsigned int>(id_context.size())) == 1);
    const auto lifetime = std::chrono::floor<std::chrono::seconds>(tickets.lifetime);
    SSL_CTX_set_timeout(context, static_cast<long>(lifetime.count()));
    RESHAKE_CHECK(SSL_CTX_set_num_tickets(context, tickets.num_tickets) == 1);
    lend_ticket_keys(*handle_);
}

ServerContext::~ServerContext() {
    const Housekeeping housekeeping{unused_keys()};
    handle_.reset();
}

}  // namespace reshake::tls
