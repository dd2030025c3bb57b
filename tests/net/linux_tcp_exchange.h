// The bytes of a TLS exchange without TLS: who sends how many when it has received how many.
#pragma once

#include <array>
#include <string_view>

#include "tests/net/linux_tcp_path.h"

namespace reshake::net::test {

/// What one mode of the reference measurements puts on the wire, and how long its host computed.
struct Script {
    enum class Kind { full_13, early_data, full_12, ticket_12 };

    std::string_view name;
    Kind kind{};
    std::size_t hello = 0;
    std::size_t second_flight = 0;  ///< Of the server, in TLS 1.2.
    std::size_t finished = 0;
    std::size_t request = 0;
    std::size_t tickets = 0;  ///< NewSessionTicket messages of 263 bytes.
    std::size_t response = 0;
    Duration before_hello{};
    Duration before_flight{};
    Duration before_finished{};
    Duration before_tickets{};
};

inline constexpr std::array<Script, 6> scripts{{
    {"full_ecdsa", Script::Kind::full_13, 250, 0, 80, 222, 2, 4118, microseconds(220),
     microseconds(550), microseconds(970), microseconds(120)},
    {"full_rsa", Script::Kind::full_13, 250, 0, 80, 222, 2, 4118, microseconds(200),
     microseconds(560), microseconds(970), microseconds(130)},
    {"psk", Script::Kind::full_13, 521, 0, 80, 222, 1, 4118, microseconds(200), microseconds(330),
     microseconds(200), microseconds(120)},
    {"early", Script::Kind::early_data, 753, 0, 100, 0, 1, 4118, microseconds(220),
     microseconds(560), microseconds(200), microseconds(130)},
    {"full12", Script::Kind::full_12, 213, 242, 93, 229, 0, 4125, microseconds(200),
     microseconds(350), microseconds(1180), microseconds(430)},
    {"ticket12", Script::Kind::ticket_12, 421, 0, 51, 229, 0, 4125, microseconds(100),
     microseconds(900), microseconds(100), microseconds(100)},
}};

/// Plays a script on a path; -1 ms is what has not been reached.
class Exchange {
public:
    Exchange(Path& path, const Script& script, std::size_t flight)
        : path_(path), script_(script), flight_(flight) {
        path_.client.when_connected = [this] {
            connect = since_start();
            path_.after(script_.before_hello, [this] { path_.client.send(script_.hello); });
        };
        path_.client.when_readable = [this] { client_reads(); };
        path_.server.when_readable = [this] { server_reads(); };
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    void run(Instant start) {
        path_.connect_at(start);
        path_.simulation.run_until(start);
        for (int i = 0; i < 1400 && first_byte < 0.0 && !path_.client.ended; ++i) {
            path_.run_for(milliseconds(100));
        }
    }

    // Units: ms. The handshake counts from the connection.
    double connect = -1.0;
    double handshake = -1.0;
    double first_byte = -1.0;

private:
    static constexpr std::size_t ticket = 263;

    [[nodiscard]] double since_start() const {
        return std::chrono::duration<double, std::milli>(path_.when_now() - path_.started_at)
            .count();
    }
    [[nodiscard]] bool has(Script::Kind kind) const { return script_.kind == kind; }
    /// Whether `condition` holds for the first time.
    static bool once(bool& done, bool condition) { return !done && (done = condition); }

    void client_reads() {
        const std::size_t got = path_.client.received;
        if (once(flight_read_, got >= flight_)) {
            path_.after(script_.before_finished, [this] {
                if (!has(Script::Kind::full_12)) handshake = since_start() - connect;
                path_.client.send(script_.finished);
                if (has(Script::Kind::full_13) || has(Script::Kind::ticket_12)) {
                    path_.client.send(script_.request);
                }
            });
        }
        if (has(Script::Kind::full_12) &&
            once(second_read_, got >= flight_ + script_.second_flight)) {
            path_.after(microseconds(250), [this] {
                handshake = since_start() - connect;
                path_.client.send(script_.request);
            });
        }
        const std::size_t tickets = has(Script::Kind::full_13) ? script_.tickets * ticket : 0;
        if (first_byte < 0.0 &&
            got >= flight_ + script_.second_flight + tickets + script_.response) {
            first_byte = since_start();
        }
    }

    void server_reads() {
        const std::size_t got = path_.server.received;
        const std::size_t finished = script_.hello + script_.finished;
        if (once(hello_read_, got >= script_.hello)) {
            path_.after(script_.before_flight, [this] {
                path_.server.send(flight_);
                if (has(Script::Kind::early_data)) respond(microseconds(30));
            });
        }
        if (once(finished_read_, got >= finished)) {
            if (has(Script::Kind::full_12)) {
                path_.after(script_.before_tickets,
                            [this] { path_.server.send(script_.second_flight); });
            }
            for (std::size_t i = 0; i < script_.tickets; ++i) {
                path_.after(script_.before_tickets + microseconds(30) * i,
                            [this] { path_.server.send(ticket); });
            }
        }
        if (!has(Script::Kind::early_data) &&
            once(request_read_, got >= finished + script_.request)) {
            respond(has(Script::Kind::full_13) ? microseconds(190) : microseconds(100));
        }
    }

    void respond(Duration compute) {
        path_.after(compute, [this] { path_.server.send(script_.response); });
    }

    Path& path_;
    const Script& script_;
    std::size_t flight_;
    bool flight_read_ = false;
    bool second_read_ = false;
    bool hello_read_ = false;
    bool finished_read_ = false;
    bool request_read_ = false;
};

}  // namespace reshake::net::test
