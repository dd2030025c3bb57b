// Machines and the paths between them, on ns-3 nodes with ns-3's IP and TCP.
//
// A path is: access link of the client (a Lane each way) - home site's region - target site -
// server. Servers sit in sites; a client reaches its home site after that site's `distance`, and
// any other site after the distance of its home plus `between_sites`. Paths are not built from
// routers: a packet that leaves a machine is given its delay, its loss and its fate in one place,
// so that its cost does not grow with the number of machines.
//
// Beside them stand services (a session cache, a key coordinator): machines behind lanes of their
// own, which are all that lies between them and any server.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/gate.h"
#include "models/middleboxes.h"
#include "models/packet_counts.h"
#include "models/radio_cell.h"
#include "models/tcp.h"
#include "models/way.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/net/datagram.h"
#include "sim/net/fast_open.h"
#include "sim/net/radio_cell.h"
#include "sim/net/simulation.h"
#include "sim/net/stream.h"

namespace reshake::net {

/// What a partition can separate: a population of clients, a site, a server, a service.
enum class PlaceId : std::uint32_t {};

enum class MachineId : std::uint32_t {};

class Tap;

/// Where an access machine hangs while a client uses it.
struct Attachment {
    Way* uplink = nullptr;    ///< Outlives the attachment.
    Way* downlink = nullptr;  ///< Outlives the attachment.
    PlaceId population{};
    PlaceId home{};                ///< The client's home site.
    Middleboxes* boxes = nullptr;  ///< Outlives the attachment. Null: none.
    /// Stands for the client's address where a server remembers it, and for the client in draws of
    /// its kernel: the machine is another one at each visit. 0: nobody in particular.
    std::uint64_t subscriber = 0;
};

/// `simulation` must outlive the network, and must not run on without it.
class Network {
public:
    Network(Simulation& simulation, TcpFlavour tcp, IpVersion ip = IpVersion::ipv4);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    PlaceId add_population();
    /// A cell for so many clients, whose ways `attach` takes like others. It stays as long as the
    /// network. Errors: aborts unless `radio_is_built_in`.
    RadioCell& add_cell(const Wifi& wifi, std::uint32_t clients, const Random& random);
    RadioCell& add_cell(const Lte& lte, std::uint32_t clients, const Random& random);
    /// `distance` and `between_sites` are one-way delays; see the top of this file.
    PlaceId add_site(Duration distance, Duration between_sites);
    /// A machine in `site` that is a place of its own.
    struct Server {
        MachineId machine{};
        PlaceId place{};
    };
    Server add_server(PlaceId site);
    /// A machine that servers of every site reach over these lanes alone, which must stay as long
    /// as the simulation runs: `uplink` leads away from it.
    Server add_service(Way& uplink, Way& downlink);

    /// Lends an access machine, a free one or a new one, with its link attached and an address that
    /// nobody has had: what is still sent to who used it before finds nobody.
    MachineId attach(const Attachment& attachment);
    /// Gives the machine back. Its TCP goes on over the same lanes until it is quiet (a FIN to
    /// repeat, TIME_WAIT); only then is it lent again.
    void release(MachineId machine);
    /// The client drops off the network at once and the machine is given back: nothing leaves or
    /// reaches it any more, and its sockets are destroyed without a word to their peers.
    void vanish(MachineId machine);

    /// The machine is off at once: packets that reach it vanish, and its TCP is gone without a word
    /// to anybody; streams that are left hear nothing more. UDP ports stay, and hear nothing.
    void power_off(MachineId machine);
    /// Takes one `power_off` back. When all are, the machine is on again: it listens to nobody yet,
    /// and answers what belongs to former connections with a RST.
    void power_on(MachineId machine);

    /// Opens a TCP connection. `events` must outlive the stream.
    std::unique_ptr<Stream> connect(MachineId from, MachineId to, std::uint16_t port,
                                    StreamEvents& events, const ConnectOptions& options = {});
    /// Accepts TCP connections. `acceptor` must outlive the network.
    void listen(MachineId machine, std::uint16_t port, Acceptor& acceptor,
                const ListenOptions& options = {});
    /// Nobody accepts any more: a SYN is answered with a RST, and so is the client's part of a TCP
    /// handshake that was under way. Connections that have been accepted are not touched.
    void stop_listening(MachineId machine, std::uint16_t port);

    /// Takes hold of a UDP port, which nobody else has; 0: of any that is free. `events` must
    /// outlive the port, and the port must be closed before the network goes and the machine is
    /// given back.
    std::unique_ptr<DatagramPort> open_port(MachineId machine, std::uint16_t port,
                                            DatagramEvents& events);
    [[nodiscard]] DatagramAddress address(MachineId machine, std::uint16_t port) const;

    /// Puts a gate on the way from one place to another, and takes it away again; meanwhile it must
    /// stay. What stands on one way adds up. A packet passes if every gate on its way is open both
    /// when it leaves and when it arrives; losses and delays are those of the gates that stood
    /// there when it left.
    void add_gate(PlaceId from, PlaceId to, Gate& gate);
    void remove_gate(PlaceId from, PlaceId to, const Gate& gate);
    /// Nothing passes in one direction or the other as long as its gates stay.
    [[nodiscard]] bool cut_off(PlaceId a, PlaceId b) const;

    /// From now on every packet is shown to it. `tap` must outlive the network.
    void tap(Tap& tap) noexcept;
    /// The run is over: what machines still send as they are taken apart is no packet any more, and
    /// touches no gate, lane or tap.
    void close() noexcept;

    /// Of the whole run so far.
    [[nodiscard]] PacketCounts packets() const noexcept;
    /// Of a population's packets, from its clients or to them.
    [[nodiscard]] PacketCounts packets(PlaceId population, Direction direction) const noexcept;
    /// Of packets in which no client has a part; up: from a service.
    [[nodiscard]] PacketCounts packets_between_servers(Direction direction) const noexcept;
    /// Machines that exist: servers, services and the pool, whether lent or free.
    [[nodiscard]] std::size_t machines() const noexcept;
    /// Sockets that exist: listening, connected, closing.
    [[nodiscard]] std::size_t sockets() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reshake::net
