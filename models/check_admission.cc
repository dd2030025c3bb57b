#include "models/check_admission.h"

#include "models/describe.h"

namespace reshake {

void check_admission(const Scenario& scenario, const Fleet& fleet, const std::string& path,
                     Findings& out) {
    if (fleet.admission && scenario.tcp == TcpFlavour::ns3) {
        out.error(path + ".admission",
                  "is set, but tcp is \"ns3\", which has no accept queue; must be None, or tcp "
                  "\"linux-6\" or \"linux-4\"");
    }
    if (fleet.admission) {
        const Admission& admission = *fleet.admission;
        const bool unlimited = !admission.max_connections && !admission.max_handshakes;
        if (unlimited && (admission.abort_on_overflow || !admission.syn_cookies)) {
            out.warning(path + ".admission.backlog",
                        "does not fill: without max_connections and max_handshakes the process "
                        "takes every connection at once");
        }
        if (admission.max_connections && admission.max_handshakes &&
            *admission.max_handshakes > *admission.max_connections) {
            out.warning(path + ".admission.max_handshakes",
                        "is " + describe(*admission.max_handshakes) +
                            ", more than max_connections (" + describe(*admission.max_connections) +
                            "), which is reached first");
        }
    }
    if (fleet.outlier_detection &&
        fleet.outlier_detection->max_ejection_time < fleet.outlier_detection->base_ejection_time) {
        out.error(path + ".outlier_detection.max_ejection_time",
                  "is " + describe(fleet.outlier_detection->max_ejection_time) +
                      ", must be at least base_ejection_time (" +
                      describe(fleet.outlier_detection->base_ejection_time) + ")");
    }
    if (fleet.outlier_detection && fleet.servers_per_site == 1) {
        out.warning(path + ".outlier_detection",
                    "is set, but each site has one server, which is used ejected or not");
    }
}

}  // namespace reshake
