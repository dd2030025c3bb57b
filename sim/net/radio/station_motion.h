// Where a station is: on a straight line away from its access point, and back.
#pragma once

#include <optional>

#include <ns3/mobility-model.h>
#include <ns3/vector.h>

namespace reshake::net {

/// In closed form: ns-3 asks where a station is whenever somebody sends.
class StationMotion final : public ns3::MobilityModel {
public:
    /// See `distance_after`; `angle` in radians, seen from the access point.
    StationMotion(double angle, double near, double speed, std::optional<double> far)
        : angle_(angle), near_(near), speed_(speed), far_(far) {}

private:
    ns3::Vector DoGetPosition() const override;
    void DoSetPosition(const ns3::Vector&) override {}
    ns3::Vector DoGetVelocity() const override;

    [[nodiscard]] ns3::Vector at(double distance) const;

    double angle_;
    double near_;
    double speed_;
    std::optional<double> far_;
};

}  // namespace reshake::net
