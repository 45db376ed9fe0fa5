// The part of `scorekeeper verify` for the snapshot that lies in a store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::app {

struct VerifiedSnapshot {
  bool found = false;          // there is a file
  std::uint64_t position = 0;  // up to which it was compared with the logs, of all orgs added up
  std::vector<std::string> notes;  // what it is, or why a start would not use it
};

// Verifies the snapshot of the embedded store in that directory, after the store itself: a store
// with faults leaves nothing to compare with. Faults of the snapshot go to the verification's
// faults. Reads in one transaction, also beside a running server.
Result<VerifiedSnapshot> verify_snapshot(const std::string& store,
                                         store::sqlite::Verification& verification);

}  // namespace scorekeeper::app
