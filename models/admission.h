// Whom a server takes in, and what becomes of the others: its kernel's queues, and what its process
// does with them.
//
// Source: listen(2), tcp(7); Linux 6: tcp_conn_request, tcp_check_req, tcp_v4_syn_recv_sock. For
// the
//         process: HAProxy's maxconn, maxsslconn, timeout queue and abortonclose; newest first
//         under load as in Maurer, "Fail at Scale" (ACM Queue 13, 2015).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Whose turn it is where work waits for a core.
enum class QueueOrder {
    fifo,  ///< First come, first served.
    lifo,  ///< Newest first: who has waited for longest may have left.
};

[[nodiscard]] constexpr auto names_of(QueueOrder) noexcept {
    return std::array<std::string_view, 2>{"fifo", "lifo"};
}

/// A server that does not take in everybody.
///
/// Its kernel completes TCP handshakes by itself, and keeps the connections for the process in the
/// accept queue. While that is full it drops SYNs, and ignores the client's part of handshakes that
/// are under way, whose SYN-ACKs it repeats. Those are the SYN queue; while that is full, too, it
/// answers with SYN cookies, which need no memory, or not at all. The process takes the oldest
/// connection out of the accept queue whenever it is below both of its limits.
struct Admission {
    static constexpr std::string_view type_name = "Admission";

    /// listen(2), at most net.core.somaxconn. The accept queue is full when it holds one more than
    /// that, the SYN queue when it holds as many.
    std::uint32_t backlog = 511;
    bool syn_cookies = true;                         ///< net.ipv4.tcp_syncookies
    bool abort_on_overflow = false;                  ///< net.ipv4.tcp_abort_on_overflow
    std::optional<std::uint32_t> max_connections{};  ///< Open at once in a process.
    std::optional<std::uint32_t> max_handshakes{};   ///< Of those, with TLS not established.
    /// From TCP's handshake to the first work of TLS's: who has waited for longer gets a RST then.
    std::optional<Duration> max_wait{};
    bool abort_on_close = false;  ///< Nothing is begun for a client that has closed meanwhile.
    QueueOrder order = QueueOrder::fifo;  ///< Of work that waits for a core.

    bool operator==(const Admission&) const = default;
    static constexpr auto fields() {
        constexpr Bounds many{.at_least = 1.0, .at_most = 1e6};
        return fields_of(field("backlog", &Admission::backlog, many),
                         field("syn_cookies", &Admission::syn_cookies),
                         field("abort_on_overflow", &Admission::abort_on_overflow),
                         field("max_connections", &Admission::max_connections, many),
                         field("max_handshakes", &Admission::max_handshakes, many),
                         field("max_wait", &Admission::max_wait, {.at_least = 1e6}),
                         field("abort_on_close", &Admission::abort_on_close),
                         field("order", &Admission::order));
    }
};

}  // namespace reshake
