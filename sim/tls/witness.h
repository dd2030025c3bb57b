// Who is told what a server's TLS decides about tickets, sessions and early data, when it decides.
//
// Facts of an endpoint say how a connection stands; a witness hears each decision once, in order,
// even if the connection comes to nothing afterwards. It is told from inside OpenSSL's callbacks,
// and must not call an endpoint.
#pragma once

#include <cstdint>

#include "sim/tls/endpoint.h"
#include "sim/tls/ticket_name.h"

namespace reshake::tls {

/// What a server has decided when it sends its ServerHello.
struct Answer {
    TicketName offered;  ///< Zeros if no ticket was looked at.
    TicketVerdict verdict = TicketVerdict::none_offered;
    std::uint16_t version = 0;
    std::uint16_t cipher_suite = 0;
    EarlyData early_data = EarlyData::not_offered;
    EarlyDataVerdict early_data_verdict = EarlyDataVerdict::none;
    std::uint64_t hello = 0;  ///< Eight bytes of the ClientHello's random value.
};

/// Of one connection.
class ConnectionWitness {
public:
    virtual ~ConnectionWitness() = default;
    virtual void answered(const Answer& answer) noexcept = 0;
    /// A ticket has been made; `renewal`: for a connection that resumed.
    virtual void issued(const TicketName& name, bool renewal) noexcept = 0;
};

/// Of the sessions in a process's memory.
class SessionWitness {
public:
    virtual ~SessionWitness() = default;
    /// `why` is spent, evicted, expired or unclean_close.
    virtual void dropped(std::uint64_t ticket, TicketVerdict why) noexcept = 0;
};

}  // namespace reshake::tls
