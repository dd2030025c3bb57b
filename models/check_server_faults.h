// What faults of servers, their keys, certificates and settings cannot mean.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/fault_plan.h"
#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

// `path` leads to the fault.
void check_fault(const Scenario& scenario, const Crash& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const Freeze& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const Overload& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const CacheLoss& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const KeyWipe& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const KeyDesync& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const KeyCorruption& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const CertificateExpiry& fault, const std::string& path,
                 Findings& out);
void check_fault(const Scenario& scenario, const CertificateReplacement& fault,
                 const std::string& path, Findings& out);
void check_fault(const Scenario& scenario, const Revocation& fault, const std::string& path,
                 Findings& out);
/// Of `faults[index]`, which is a PolicyFlip.
void check_flip(const Scenario& scenario, const std::vector<PossibleFault>& faults,
                std::size_t index, Findings& out);

}  // namespace reshake
