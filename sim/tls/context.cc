#include "sim/tls/context.h"

#include <chrono>
#include <ranges>
#include <string>
#include <utility>

#include "models/alpn.h"
#include "sim/base/check.h"
#include "sim/tls/alpn.h"
#include "sim/tls/apply_setting.h"
#include "sim/tls/connection.h"
#include "sim/tls/external_psk.h"
#include "sim/tls/handles.h"
#include "sim/tls/remote_sessions.h"
#include "sim/tls/seams.h"
#include "sim/tls/server_sessions.h"
#include "sim/tls/tenants.h"
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

int number_of(ProtocolVersion version) noexcept {
    return version == ProtocolVersion::tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

/// How old, by the client's clock, a ticket may look beside the server's: OpenSSL's compiled-in
/// allowance (TICKET_AGE_ALLOWANCE), to both sides.
constexpr Duration freshness_window = std::chrono::seconds(2 * 10);

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
    apply_one(NamedSetting::cipher_list, settings.cipher_list);
    apply_one(NamedSetting::sigalgs, settings.sigalgs);
    RESHAKE_CHECK(SSL_CTX_set_min_proto_version(context, number_of(settings.min_protocol)) == 1);
    RESHAKE_CHECK(SSL_CTX_set_max_proto_version(context, number_of(settings.max_protocol)) == 1);
    RESHAKE_CHECK(SSL_CTX_set_max_send_fragment(context, settings.max_send_fragment) == 1);
    if (settings.allow_no_dhe_kex) SSL_CTX_set_options(context, SSL_OP_ALLOW_NO_DHE_KEX);
    if (!settings.extended_master_secret) {
        SSL_CTX_set_options(context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    }
}

void use_chain(SSL_CTX* context, const Chain::Handle& chain) {
    RESHAKE_CHECK(SSL_CTX_use_certificate(context, chain.leaf.get()) == 1);
    // On the wire each certificate certifies the one before it (RFC 8446 section 4.4.2).
    for (const X509Ptr& intermediate : chain.intermediates | std::views::reverse) {
        RESHAKE_CHECK(SSL_CTX_add1_chain_cert(context, intermediate.get()) == 1);
    }
    RESHAKE_CHECK(SSL_CTX_use_PrivateKey(context, chain.leaf_key.get()) == 1);
}

void set_early_data(SSL_CTX* context, const ServerTls& settings) {
    // The second is what is tolerated on arrival: a client may hold a ticket that allows more, so
    // OpenSSL's own default stands unless this server allows more than that.
    RESHAKE_CHECK(SSL_CTX_set_max_early_data(context, settings.max_early_data) == 1);
    if (settings.max_early_data > SSL_CTX_get_recv_max_early_data(context)) {
        RESHAKE_CHECK(SSL_CTX_set_recv_max_early_data(context, settings.max_early_data) == 1);
    }
    if (settings.anti_replay != AntiReplay::single_use) {
        SSL_CTX_set_options(context, SSL_OP_NO_ANTI_REPLAY);
    }
}

void name_session_id_context(SSL_CTX* context, const std::string& name) {
    RESHAKE_CHECK(
        SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(name.data()),
                                       static_cast<unsigned int>(name.size())) == 1);
}

/// A context for one certificate. What its callbacks find, `handle`, must outlive it.
SslCtxPtr server_context(const Library& library, ServerContext::Handle& handle,
                         const ServerTls& settings, const Chain& chain,
                         const std::string& id_context) {
    SslCtxPtr made = new_context(library, TLS_server_method());
    SSL_CTX* const context = made.get();
    SSL_CTX_set_app_data(context, &handle);
    apply_all(context, settings);
    if (settings.prefer_no_dhe_kex) SSL_CTX_set_options(context, SSL_OP_PREFER_NO_DHE_KEX);
    handle.compress_chain = settings.tx_certificate_compression;
    use_chain(context, chain.handle());
    if (handle.compress_chain) RESHAKE_CHECK(SSL_CTX_compress_certs(context, 0) == 1);

    if (!settings.session_ticket) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_sess_set_cache_size(context, settings.session_cache_size);
    name_session_id_context(context, id_context);
    const Tickets& tickets = handle.tickets;
    const auto lifetime = std::chrono::floor<std::chrono::seconds>(tickets.lifetime);
    SSL_CTX_set_timeout(context, static_cast<long>(lifetime.count()));
    RESHAKE_CHECK(SSL_CTX_set_num_tickets(context, tickets.num_tickets) == 1);
    set_early_data(context, settings);
    handle.alpn = protocol_list(settings.alpn);
    handle.alpn_mismatch = settings.alpn_mismatch;
    select_protocols(handle, context);
    if (settings.external_psk) take_external_psks(context);
    lend_ticket_keys(handle, context);
    watch_sessions(handle, context, settings);
    return made;
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
    if (!settings.rx_certificate_compression) {
        SSL_CTX_set_options(context, SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
    }
    handle_->early_data = settings.early_data;
    if (settings.external_psk) offer_external_psks(context);
    offer_protocols(context, settings.alpn);

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

void ClientContext::use_clock(const WallClock& clock) noexcept { handle_->clock = &clock; }

void ClientContext::log_keys() noexcept { log_secrets(handle_->context.get()); }

ClientContext::~ClientContext() {
    const Housekeeping housekeeping{unused_keys()};
    handle_.reset();
}

ServerContext::ServerContext(const Library& library, const Tickets& tickets, KeyRing& keys)
    : handle_(new Handle{.library = library.handle().context.get(),
                         .ticket_cipher = library.handle().ticket_cipher.get(),
                         .keys = &keys,
                         .tickets = tickets,
                         .sessions = SessionMemory(tickets.lifetime),
                         .record = ClientHelloRecord(freshness_window)}) {}

ServerContext::ServerContext(const Library& library, const ServerTls& settings,
                             const Tickets& tickets, const Chain& chain, KeyRing& keys)
    : ServerContext(library, tickets, keys) {
    const Housekeeping housekeeping{unused_keys()};
    handle_->session_id_context = settings.session_id_context;
    handle_->context =
        server_context(library, *handle_, settings, chain, handle_->session_id_context);
}

ServerContext::ServerContext(const Library& library, const ServerTls& settings,
                             const Tickets& tickets, std::span<const TenantSite> tenants,
                             TenantIsolation isolation, KeyRing& keys)
    : ServerContext(library, tickets, keys) {
    const Housekeeping housekeeping{unused_keys()};
    handle_->isolation = isolation;
    for (const TenantSite& site : tenants) {
        TenantContext& made = handle_->tenants.emplace_back(TenantContext{
            .tenant = site.tenant,
            .hosts = site.hosts,
            .session_id_context = session_id_context_of(site.tenant, settings.session_id_context),
            .context = nullptr});
        made.context =
            server_context(library, *handle_, settings, site.chain, made.session_id_context);
    }
    SSL_CTX* const accepting = handle_->tenants.front().context.get();
    SSL_CTX_up_ref(accepting);
    handle_->context.reset(accepting);
    watch_names(*handle_);
}

void ServerContext::know(const ExternalPsks& psks) noexcept { handle_->psks = &psks; }

void ServerContext::change_keys(KeyRing& keys) noexcept { handle_->keys = &keys; }

void ServerContext::change_chains(std::span<const Chain* const> chains) {
    const Housekeeping housekeeping{unused_keys()};
    const auto change = [&](SSL_CTX* context, const Chain& chain) {
        RESHAKE_CHECK(SSL_CTX_clear_chain_certs(context) == 1);
        use_chain(context, chain.handle());
        if (handle_->compress_chain) RESHAKE_CHECK(SSL_CTX_compress_certs(context, 0) == 1);
    };
    if (handle_->tenants.empty()) {
        change(handle_->context.get(), *chains.front());
        return;
    }
    for (std::size_t i = 0; i < handle_->tenants.size(); ++i) {
        change(handle_->tenants[i].context.get(), *chains[i]);
    }
}

void ServerContext::refuse(const Revocations& revocations) noexcept {
    handle_->revocations = &revocations;
}

void ServerContext::use_clock(const WallClock& clock) noexcept { handle_->clock = &clock; }

void ServerContext::tell(SessionWitness& witness) noexcept { handle_->witness = &witness; }

void ServerContext::keep_sessions_remotely(RemoteSessions settings) {
    if (!handle_->by_reference) return;
    const Housekeeping housekeeping{unused_keys()};
    keep_remotely(*handle_, std::move(settings), handle_->single_use);
}

std::vector<std::string> ServerContext::take_removed_sessions() {
    return handle_->remote ? std::exchange(handle_->remote->removed, {})
                           : std::vector<std::string>{};
}

ServerContext::~ServerContext() {
    const Housekeeping housekeeping{unused_keys()};
    handle_.reset();
}

}  // namespace reshake::tls
