// Application-Layer Protocol Negotiation. Inside this room only.
//
// Source: RFC 7301; SSL_CTX_set_alpn_protos(3), SSL_CTX_set_alpn_select_cb(3). OpenSSL asks the
//         server's callback after it has decided on resumption, and takes early data only where the
//         session was made for the protocol that is selected (RFC 8446 section 4.2.10).
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "sim/tls/handles.h"

namespace reshake::tls {

/// Client: what every ClientHello offers; nothing changes where there is no name.
void offer_protocols(SSL_CTX* context, const std::vector<std::string>& names);

/// Server: lets one of the handle's contexts select among the handle's protocols, if it has any.
/// The handle must outlive every connection.
void select_protocols(ServerContext::Handle& handle, SSL_CTX* context) noexcept;

/// Server, in the ClientHello callback: what will be selected; empty if nothing.
[[nodiscard]] std::string protocol_to_select(const ServerContext::Handle& handle, SSL* ssl);

/// Empty if there is none.
[[nodiscard]] std::string negotiated_protocol(const SSL* ssl);

/// Server, at its ServerHello: whether a session that resumes was made for another protocol.
[[nodiscard]] bool protocol_changed(const SSL* ssl) noexcept;

}  // namespace reshake::tls
