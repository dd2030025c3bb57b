// TCP Fast Open: who may send data in a SYN, and what a connection's user says about it.
//
// Source: RFC 7413; Linux net/ipv4/tcp_fastopen.c. A cookie is a MAC of the client's address under
// a key of the server's, SipHash-2-4 in Linux (__tcp_fastopen_cookie_gen_cipher); here of the
// number that stands for the client's address, see Attachment::subscriber.
#pragma once

#include <cstdint>
#include <optional>

#include "models/tcp.h"

namespace reshake::net {

class Backlog;

/// net.ipv4.tcp_fastopen_key: 16 bytes, the first eight in `low`, little-endian.
struct FastOpenKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    bool operator==(const FastOpenKey&) const = default;
};

/// Eight bytes, as Linux grants them; the client does not look inside.
enum class FastOpenCookie : std::uint64_t {};

[[nodiscard]] FastOpenCookie cookie_for(const FastOpenKey& key, std::uint64_t client) noexcept;

/// How a client opens a connection.
struct ConnectOptions {
    bool nodelay = true;  ///< TCP_NODELAY
    /// TCP_FASTOPEN_CONNECT: without a cookie the SYN leaves at once and asks for one; with a
    /// cookie it leaves with the first bytes that are sent.
    bool fast_open = false;
    std::optional<FastOpenCookie> cookie{};
};

/// How a server accepts connections.
struct ListenOptions {
    bool nodelay = true;  ///< TCP_NODELAY, of every connection accepted.
    /// Grants cookies under this key, and takes data from SYNs that bring one.
    std::optional<FastOpenKey> fast_open{};
    /// Whose room is limited; it must outlive the listening and all that comes of it. Null: there
    /// is room for everybody. ns-3's TCP takes no notice of SYN cookies.
    Backlog* backlog = nullptr;
};

/// What a client knows of Fast Open on its connection.
struct FastOpenReport {
    FastOpen outcome = FastOpen::not_asked;
    std::optional<FastOpenCookie> granted{};  ///< For the next connection to this server.
};

}  // namespace reshake::net
