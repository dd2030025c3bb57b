#include "sim/net/tcp_flavour.h"

#include <ns3/rtt-estimator.h>
#include <ns3/tcp-prr-recovery.h>

#include "sim/net/cubic.h"
#include "sim/net/device.h"
#include "sim/net/linux_tcp_socket.h"

namespace reshake::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What an IP packet holds beside its header, TCP's, and the timestamps option.
constexpr std::uint32_t segment_size(IpVersion ip) {
    constexpr std::uint32_t tcp = 20 + 12;
    return mtu - (ip == IpVersion::ipv6 ? 40 : 20) - tcp;
}

/// ns-3's TCP with the values of a Linux host. Names in parentheses are sysctls or kernel
/// constants.
constexpr TcpSettings linux_values{
    .segment_size = segment_size(IpVersion::ipv4),
    // RFC 6928 (TCP_INIT_CWND).
    .initial_window = 10,
    // Linux lets them grow with the connection, up to 4 and 6 MiB (tcp_wmem, tcp_rmem). Growth is
    // not modelled; these bound what one connection can hold, not what it does hold.
    .send_buffer = 1u << 20,
    .receive_buffer = 4u << 20,
    // RFC 6298 (TCP_TIMEOUT_INIT).
    .syn_timeout = seconds(1),
    // The SYN itself and tcp_syn_retries = 6: at 0, 1, 3, 7, 15, 31, 63 s; given up at 127 s.
    .syn_tries = 7,
    // Likewise with tcp_synack_retries = 5: given up at 63 s.
    .syn_ack_tries = 6,
    // tcp_retries2. ns-3 doubles up to 60 s where Linux does up to 120 s: about 9 instead of 15
    // minutes until a connection with unacknowledged data gives up.
    .data_retries = 15,
    // What tcp_orphan_retries = 0 stands for.
    .fin_retries = 8,
    // TCP_RTO_MIN.
    .minimal_retransmission_timeout = milliseconds(200),
    // RFC 6298's G, ns-3's timestamps being in milliseconds.
    .clock_granularity = milliseconds(1),
    // TCP_DELACK_MIN, and every second segment (RFC 9293 section 3.8.6.3).
    .delayed_ack = milliseconds(40),
    .delayed_ack_segments = 2,
    // The first window probe leaves after a retransmission timeout, at least TCP_RTO_MIN.
    .first_window_probe = milliseconds(200),
    // TIME_WAIT lasts twice this: long enough to answer two repetitions of a lost FIN over any path
    // we model. Linux's 60 s would keep access machines out of the pool for nothing.
    .maximal_segment_lifetime = seconds(2),
    // tcp_fin_timeout.
    .orphan_wait = seconds(60),
};

/// What the kernels differ in; the rest is explained in linux_tcp_socket.h.
LinuxTcpSettings linux_settings(TcpFlavour flavour, const HostKind& host) {
    return {.sender = {.segment_size = segment_size(host.ip),
                       .initial_window = linux_values.initial_window,
                       .retries = linux_values.data_retries,
                       .orphan_retries = linux_values.fin_retries},
            .linear_syn_timeouts = flavour == TcpFlavour::linux_6 ? 4u : 0u,
            // Measured: an idle process reads 40 to 100 us after the packet has arrived.
            .reader_wakes = std::chrono::microseconds(60),
            // Measured likewise: round trips over a constant path spread over 40 us.
            .stamping = std::chrono::microseconds(host.ideal ? 0 : 40),
            .late_ticks = flavour == TcpFlavour::linux_6 && !host.ideal};
}

}  // namespace

ns3::Ptr<StreamSocket> prototype_socket(TcpFlavour flavour, const HostKind& host) {
    // SACK, timestamps and window scaling are on and pacing is off by ns-3's defaults, as wanted.
    const ns3::Ptr<StreamSocket> socket =
        flavour == TcpFlavour::ns3
            ? ns3::CreateObject<StreamSocket>()
            : ns3::Ptr<StreamSocket>(ns3::CreateObject<LinuxSocket>(linux_settings(flavour, host)));
    TcpSettings settings = linux_values;
    settings.segment_size = segment_size(host.ip);
    socket->configure(settings);
    // A Linux socket leaves these unused, but ns-3 wants to have them.
    socket->SetRtt(ns3::CreateObject<ns3::RttMeanDeviation>());
    socket->SetCongestionControlAlgorithm(ns3::CreateObject<Cubic>());
    socket->SetRecoveryAlgorithm(ns3::CreateObject<ns3::TcpPrrRecovery>());
    return socket;
}

}  // namespace reshake::net
