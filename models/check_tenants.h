// What can be wrong between tenants, their fleet, and who asks for them.
#pragma once

#include <string>

#include "models/findings.h"
#include "models/fleet.h"
#include "models/scenario.h"

namespace reshake {

/// That every host name is one tenant's, and that populations ask for tenants that there are.
void check_tenants(const Scenario& scenario, Findings& out);

/// That OpenSSL takes the session id context of the fleet, and what each tenant's is made of it.
void check_session_id_context(const Fleet& fleet, const std::string& path, Findings& out);

}  // namespace reshake
