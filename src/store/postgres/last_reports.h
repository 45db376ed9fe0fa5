// Table last_reported: when outcomes were last reported (decisions 5). Several servers save what
// each has seen: the later time of each outcome stays.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "store/ledger.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Blocks that were saved after `saved_at` (microseconds of the database's clock; -1 = all) or not
// long before it, in pages; `saved_at` becomes the latest that was seen.
Result<void> load_reported(Connection& connection, std::int64_t& saved_at,
                           const std::function<void(const ReportedBlock&)>& block);
// In a transaction of its own; one that fails is left open.
Result<void> save_reported(Connection& connection, std::span<const ReportedBlock> blocks);

}  // namespace scorekeeper::store::postgres
