#include "models/check_alpn.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "models/alpn.h"
#include "models/server_settings.h"
#include "models/session_cache.h"

namespace reshake {
namespace {

using Names = std::vector<std::string>;

void check_names(const Names& names, const std::string& path, Findings& out) {
    std::set<std::string> taken;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string& name = names[i];
        if (name.empty() || name.size() > longest_protocol_name) {
            out.error(at(path, i), "has " + std::to_string(name.size()) +
                                       " bytes, must have 1 to 255 (RFC 7301 section 3.1)");
        } else if (!taken.insert(name).second) {
            out.error(at(path, i), "names \"" + name + "\" twice");
        }
    }
    const std::size_t size = protocol_list(names).size();
    if (size <= longest_protocol_list) return;
    out.error(path, "makes an extension of " + std::to_string(size) +
                        " bytes, must have at most 65,535 (RFC 7301 section 3.1)");
}

void check_server(const Scenario& scenario, const ServerTls& tls, const std::string& path,
                  Findings& out) {
    check_names(tls.alpn, path + ".alpn", out);
    if (tls.alpn.empty()) return;
    for (const Clients& clients : scenario.clients) {
        const Names& offered = clients.tls.alpn;
        if (offered.empty() || std::ranges::find_first_of(offered, tls.alpn) != offered.end()) {
            continue;
        }
        out.warning(path + ".alpn",
                    "has no protocol that \"" + clients.name + "\" offers: " +
                        (tls.alpn_mismatch == AlpnMismatch::alert_fatal
                             ? "every handshake with them ends as no_application_protocol"
                             : "they go on without one"));
    }
}

}  // namespace

void check_alpn(const Scenario& scenario, Findings& out) {
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        check_names(scenario.clients[i].tls.alpn, at("clients", i) + ".tls.alpn", out);
    }
    bool asks = false;
    for (const DeclaredTls& each : declared_tls(scenario)) {
        check_server(scenario, each.tls, each.path, out);
        asks = asks || !each.tls.alpn.empty();
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        const auto& cache = scenario.fleets[i].session_cache;
        if (!cache || cache->key_scope != CacheKeyScope::alpn || asks) continue;
        out.warning(at("fleets", i) + ".session_cache.key_scope",
                    R"(is "alpn", but tls.alpn names no protocol: it separates as "sni" does)");
    }
}

}  // namespace reshake
