// The parts of a verification (verify.h). One thread; all of them read inside the caller's
// transaction, which is that of the moment at which the logs were replayed to.
#pragma once

#include <map>

#include "store/sqlite/connection.h"
#include "store/sqlite/tools/replay.h"

namespace scorekeeper::store::sqlite {

using Replays = std::map<OrgId, Replay>;

// The state tables against what the logs make.
Result<void> verify_state(SqliteConnection& connection, const Replays& replays, Faults& faults);
// Checks the tables that the logs say nothing of: ends of relations, last reports, requests,
// secrets.
Result<void> verify_rest(SqliteConnection& connection, Faults& faults);

}  // namespace scorekeeper::store::sqlite
