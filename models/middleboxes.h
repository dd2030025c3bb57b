// Middleboxes in motion: what they do to the packets of one client.
//
// Nothing here runs on a timer: a box looks at the clock when a packet passes, and forgets then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "models/access_path.h"
#include "models/middlebox.h"
#include "models/packet_counts.h"
#include "models/way.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// What a box sees of a packet.
struct Segment {
    bool tcp = true;           ///< Else UDP.
    std::uint32_t client = 0;  ///< Stands for the client's address, and for its peer's.
    std::uint32_t peer = 0;
    std::uint16_t client_port = 0;  ///< As it is where the box stands.
    std::uint16_t peer_port = 0;
    std::uint32_t bytes = 0;  ///< Of the IP packet.
    // Of TCP.
    std::uint32_t payload = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgment = 0;
    bool syn = false;
    bool ack = false;
    bool fin = false;
    bool rst = false;

    /// The first packet of a connection.
    [[nodiscard]] bool opens() const noexcept { return syn && !ack; }
};

/// What one box makes of one packet.
struct BoxVerdict {
    std::optional<PacketFate> dropped{};
    bool reset_sender = false;
    bool reset_both = false;
};

/// See `Nat`.
class NatBox {
public:
    NatBox(const Nat& settings, Random random) : settings_(settings), random_(std::move(random)) {}
    [[nodiscard]] BoxVerdict see(Instant now, Direction direction, Segment& segment);
    /// The client's outside address or ports change: every mapping is forgotten.
    void rebind() noexcept { mappings_.clear(); }

private:
    struct Mapping {
        bool tcp = true;
        std::uint32_t client = 0;
        std::uint16_t inside = 0;
        std::uint16_t outside = 0;
        Instant last = run_start;
        bool answered = false;
        bool closing = false;
    };
    [[nodiscard]] bool live(const Mapping& mapping, Instant now) const noexcept;
    [[nodiscard]] Mapping* find(Instant now, const Segment& segment, std::uint16_t Mapping::* port);
    [[nodiscard]] Mapping& make(Instant now, const Segment& segment);

    Nat settings_;
    Random random_;
    std::vector<Mapping> mappings_;
};

/// The connections that a box knows.
struct KnownFlow {
    std::uint32_t client = 0;
    std::uint32_t peer = 0;
    std::uint16_t client_port = 0;
    std::uint16_t peer_port = 0;
    Instant last = run_start;
    // Of those whose end is planned.
    std::uint32_t first = 0;  ///< Sequence number of its SYN.
    bool doomed = false;
    std::uint64_t bytes = 0;

    [[nodiscard]] bool is_of(const Segment& segment) const noexcept {
        return client == segment.client && peer == segment.peer &&
               client_port == segment.client_port && peer_port == segment.peer_port;
    }
};

/// See `Firewall`.
class FirewallBox {
public:
    FirewallBox(const Firewall& settings, const Random&) : settings_(settings) {}
    [[nodiscard]] BoxVerdict see(Instant now, Direction direction, Segment& segment);

private:
    Firewall settings_;
    std::vector<KnownFlow> flows_;
};

/// See `BlackHole`.
class BlackHoleBox {
public:
    BlackHoleBox(const BlackHole& settings, const Random&) : settings_(settings) {}
    [[nodiscard]] BoxVerdict see(Instant now, Direction direction, Segment& segment) const;

private:
    BlackHole settings_;
};

/// See `ResetInjection`.
class ResetBox {
public:
    ResetBox(const ResetInjection& settings, Random random)
        : settings_(settings), random_(std::move(random)) {}
    [[nodiscard]] BoxVerdict see(Instant now, Direction direction, Segment& segment);

private:
    ResetInjection settings_;
    Random random_;
    std::vector<KnownFlow> flows_;
};

/// The boxes of one client in a row, the first one nearest to it.
class Middleboxes {
public:
    /// `path`, which leads to them, must outlive them; null: it never changes.
    Middleboxes(const std::vector<Middlebox>& boxes, const Random& random,
                AccessPath* path = nullptr);

    /// A RST that a box sends. It has passed the boxes between that one and its receiver.
    struct Reset {
        Direction direction = Direction::uplink;
        Segment segment;
    };
    struct Outcome {
        PacketFate fate = PacketFate::delivered;
        std::uint16_t client_port = 0;  ///< Behind the boxes.
        std::vector<Reset> resets;      ///< Behind the packet.
    };
    /// `now` must not run backwards.
    [[nodiscard]] Outcome pass(Instant now, Direction direction, const Segment& segment);

private:
    /// Every NAT among them forgets its mappings: the client's next UDP packet comes from another
    /// port, and its TCP connections are those of a forgotten flow.
    void rebind() noexcept;
    /// From the box `at` on. The fate, and `segment` as it is behind the last box.
    [[nodiscard]] PacketFate walk(Instant now, Direction direction, std::size_t at,
                                  Segment& segment, std::vector<Reset>& resets);
    void emit(Instant now, Direction direction, std::size_t from, Segment segment,
              std::vector<Reset>& resets);

    std::vector<std::variant<NatBox, FirewallBox, BlackHoleBox, ResetBox>> boxes_;
    AccessPath* path_;
    std::uint64_t rebindings_ = 0;  ///< Of the path, those that the boxes know of.
};

}  // namespace reshake
