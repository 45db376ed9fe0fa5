// Compares the file of snapshots (store/snapshot_file.h) with the logs, for `scorekeeper verify`. A
// snapshot that a start would not use is no fault: it costs time. A fault is a snapshot that a
// start would use and that makes another matrix than a replay of the log. One thread; holds the
// matrix of one org twice.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "intake/snapshot_start.h"
#include "store/catalog.h"
#include "store/log_record.h"
#include "store/snapshot_file.h"

namespace scorekeeper::intake {

struct SnapshotCheck {
  std::uint64_t orgs = 0;       // that were compared
  std::uint64_t positions = 0;  // up to which they were, added up
  // The snapshots that a start would not use, and why, a sentence each.
  std::vector<std::string> notes;
};

// Compares each org's snapshot, with the log replayed from there up to its own position, with a
// replay of the log up to the same position. `fault` gets a sentence for each thing that is
// otherwise. The logs stay as they are meanwhile, and are sound. An Error: they cannot be read.
Result<SnapshotCheck> check_snapshots(const store::SnapshotFile& file,
                                      const store::Secrets& secrets,
                                      std::span<const store::Head> heads, const ReadLog& read,
                                      const std::function<void(std::string)>& fault);

}  // namespace scorekeeper::intake
