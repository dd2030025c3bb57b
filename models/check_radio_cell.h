// Validation of access by a full radio model.
#pragma once

#include "models/findings.h"
#include "models/scenario.h"

namespace reshake {

/// Nothing if the clients' access is no cell.
void check_radio_cell(const Clients& clients, const std::string& path, Findings& out);

/// There is one cell of LTE at most: ns-3's stations look for theirs, in every network of the run,
/// by a number that the first one has too.
void check_one_lte(const Scenario& scenario, Findings& out);

}  // namespace reshake
