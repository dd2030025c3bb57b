#include "sim/net/radio/station_motion.h"

#include <chrono>
#include <cmath>

#include "models/radio_cell.h"
#include "sim/net/ns3_time.h"

namespace reshake::net {

ns3::Vector StationMotion::at(double distance) const {
    return {distance * std::cos(angle_), distance * std::sin(angle_), 0.0};
}

ns3::Vector StationMotion::DoGetPosition() const {
    return at(distance_after(near_, speed_, far_, ns3_now() - run_start));
}

/// No model that is used here asks for it: as a mean over the next millisecond.
ns3::Vector StationMotion::DoGetVelocity() const {
    constexpr std::chrono::milliseconds step{1};
    const Duration now = ns3_now() - run_start;
    const double passed =
        distance_after(near_, speed_, far_, now + step) - distance_after(near_, speed_, far_, now);
    return at(passed / std::chrono::duration<double>(step).count());
}

}  // namespace reshake::net
