// A machine: an ns-3 node with one address, its sockets, and what it hangs on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <ns3/ipv4-address.h>
#include <ns3/node.h>
#include <ns3/ptr.h>
#include <ns3/tcp-l4-protocol.h>

#include "sim/net/address.h"
#include "sim/net/datagram.h"
#include "sim/net/device.h"
#include "sim/net/network.h"
#include "sim/net/notices.h"
#include "sim/net/stream_socket.h"
#include "sim/net/udp.h"

namespace reshake::net {

/// Where on the map a machine stands. A machine without lanes hangs on its site directly.
struct Station {
    PlaceId own{};   ///< The server itself, or the population of the client.
    PlaceId site{};  ///< The server's, or the client's home; of a service, its own place.
    Way* uplink = nullptr;
    Way* downlink = nullptr;
    Middleboxes* boxes = nullptr;  ///< Between its lanes and the network; null: none.
    std::uint64_t subscriber = 0;  ///< Of a client: what stands for its address.
    bool service = false;          ///< As near to every site as its lanes make it.

    [[nodiscard]] bool has_lanes() const noexcept { return uplink != nullptr; }
    [[nodiscard]] bool is_access() const noexcept { return has_lanes() && !service; }
};

class Machine;

/// What machines belong to.
class Estate {
public:
    virtual ~Estate() = default;
    virtual void accepted(StreamSocket& socket) = 0;
    virtual void buried(StreamSocket& socket) = 0;
    virtual void perhaps_quiet(Machine& machine) = 0;
    [[nodiscard]] virtual std::uint64_t subscriber_at(ns3::Ipv4Address address) const = 0;
};

class Machine final : public SocketHome {
public:
    /// `estate` and `wire` must outlive the machine.
    Machine(Estate& estate, Wire& wire, std::uint32_t number, IpVersion ip);
    ~Machine() override;
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    void set_address(ns3::Ipv4Address address);
    [[nodiscard]] ns3::Ipv4Address address() const noexcept { return address_; }
    [[nodiscard]] TransportAddress at_port(std::uint16_t port) const {
        return {ip_, address_, port};
    }
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

    void receive(const ns3::Ptr<ns3::Packet>& packet) { device_->receive(packet); }
    [[nodiscard]] ns3::Ptr<StreamSocket> make_socket(StreamSocket& prototype);
    [[nodiscard]] std::size_t sockets() const noexcept { return sockets_.size(); }
    /// Ends every socket without a word.
    void silence();
    /// The same for those that listen on `port`, and for what they have not yet accepted.
    void stop_listening(std::uint16_t port);
    [[nodiscard]] std::unique_ptr<DatagramPort> open_port(std::uint16_t port,
                                                          DatagramEvents& events, Notices& notices);

    Station station;
    bool lent = false;            ///< To a client that has not given it back.
    bool deserted = false;        ///< In the pool: nobody is there.
    std::uint32_t dark = 0;       ///< How often switched off and not on again.
    std::uint32_t under_way = 0;  ///< Packets to it and from it.

private:
    void born(StreamSocket& socket) override;
    void accepted(StreamSocket& socket) override { estate_.accepted(socket); }
    void ended(StreamSocket& socket) override;
    [[nodiscard]] std::uint64_t subscriber_at(ns3::Ipv4Address address) const override {
        return estate_.subscriber_at(address);
    }

    void attach_ipv4();
    void attach_ipv6();
    void attach_udp();

    Estate& estate_;
    std::uint32_t number_;
    IpVersion ip_;
    ns3::Ipv4Address address_;
    ns3::Ptr<ns3::Node> node_;
    ns3::Ptr<Device> device_;
    // Of these, only those of its version exist.
    ns3::Ptr<SingleRoute> route4_;
    ns3::Ptr<ns3::Ipv4> ip4_;
    ns3::Ptr<SingleRoute6> route6_;
    ns3::Ptr<ns3::Ipv6> ip6_;
    ns3::Ptr<ns3::TcpL4Protocol> tcp_;
    ns3::Ptr<Udp> udp_;  ///< With IPv4 none before the first port.
    std::vector<StreamSocket*> sockets_;
};

}  // namespace reshake::net
