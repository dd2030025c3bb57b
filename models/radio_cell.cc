#include "models/radio_cell.h"

#include <chrono>
#include <cmath>

namespace reshake {

double distance_after(double near, double speed, std::optional<double> far,
                      Duration elapsed) noexcept {
    const double walked = speed * std::chrono::duration<double>(elapsed).count();
    if (!far) return near + walked;
    const double span = *far - near;
    const double along = std::fmod(walked, 2.0 * span);
    return near + (along <= span ? along : 2.0 * span - along);
}

}  // namespace reshake
