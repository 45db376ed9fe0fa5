// A fold that need not begin at the start of the log: the matrix comes from the file of snapshots
// (store/snapshot_file.h), and the log is read from where that was begun. A snapshot that cannot be
// used is told in the log of the server, and costs the time of a whole fold. Committer thread (at
// start: main).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "intake/org_fold.h"
#include "store/catalog.h"
#include "store/log.h"
#include "store/snapshot_file.h"

namespace scorekeeper::intake {

// As store::Log::read().
using ReadLog = std::function<Result<store::LogPage>(OrgId, RowId after, std::size_t records_max)>;

// Whether that log is the one that the snapshot was taken of, and went that far: conflict, and why,
// where it is not. Any other Error is of the reading.
Result<void> check_origin(const store::SnapshotOrigin& origin, const store::Head& head,
                          const ReadLog& read);
// Puts the snapshot's bytes, whose origin and checksums are right, into the matrix, and tells where
// the log goes on behind them. conflict: the log lacks what would have to come next. internal: the
// bytes say what no server writes.
Result<store::Head> read_snapshot(const store::SnapshotSection& section, matrix::OrgMatrix& matrix,
                                  const store::Head& head, const ReadLog& read);

class SnapshotStart {
 public:
  // No place: there are no snapshots.
  SnapshotStart(const std::optional<store::SnapshotPlace>& place, const store::Secrets& secrets);

  // The fold, which is at its start, goes on from the org's snapshot if there is one and the log
  // has the chain that it was taken with. An Error is the log's.
  Result<void> begin(OrgFold& fold, const store::Head& head, store::Log& log);
  // The sum of the positions of the snapshots that were used.
  std::uint64_t positions() const { return positions_; }
  // The reason why the last org's snapshot was not used; empty: it was, or there was none.
  const std::string& refusal() const { return refusal_; }

 private:
  const store::SnapshotSection* find(OrgId org) const;

  std::optional<store::SnapshotFile> file_;
  std::uint64_t positions_ = 0;
  std::string refusal_;
};

}  // namespace scorekeeper::intake
