// The stores that intake writes to and reads from, and the settings of snapshots.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/limits.h"
#include "store/catalog.h"
#include "store/log.h"
#include "store/snapshot_file.h"

namespace scorekeeper::intake {

// The place of snapshots and the time to write them (intake/snapshots.h). No place: none are.
struct SnapshotOptions {
  std::optional<store::SnapshotPlace> place{};
  std::uint64_t changes = snapshot_changes;
  std::chrono::milliseconds interval = snapshot_interval;
  std::chrono::milliseconds stop_patience = snapshot_stop_patience;
};

// The store, which other processes may write to as well.
struct Stores {
  store::Log& log;
  store::Catalog& catalog;
  // Told when the matrix is built anew, or a long tail read, while the server runs, and when that
  // is done; returns when nobody looks at the matrix any more. Committer thread.
  std::function<void(bool folding)> on_folding = [](bool) {};
  std::uint64_t tail_positions_max = scorekeeper::tail_positions_max;  // less in tests
  store::Keep keep{};  // what the upkeep prunes, once a day
  SnapshotOptions snapshots{};
};

}  // namespace scorekeeper::intake
