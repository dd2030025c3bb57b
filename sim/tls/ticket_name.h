// What a ticket is known by wherever a run speaks of it.
#pragma once

#include <cstdint>

namespace reshake::tls {

/// Tells one ticket of a run from another, and so does the key that sealed it.
struct TicketName {
    std::uint64_t ticket = 0;  ///< Eight bytes of its IV, or of the id of the session it refers to.
    std::uint64_t key = 0;     ///< Eight bytes of the key_name; 0 if it refers to a session.
};

}  // namespace reshake::tls
