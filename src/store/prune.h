// Retention: taking away changes of a log that were superseded long ago, piece by piece
// (docs/formats/log.md, Retention). The changes to take away are decided here, for both stores;
// each store reads and writes its records (PruneTables). Values and one pass over them; the thread
// is that of the caller's transaction.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/log_record.h"

namespace scorekeeper::store {

// The time for which superseded changes are kept. Zero: for ever.
struct Keep {
  std::chrono::seconds history{0};  // of outcomes
  // Of the catalog; no shorter than `history`: what was in scope then is part of what was then.
  std::chrono::seconds audit{0};

  bool operator==(const Keep&) const = default;
};

// The positions up to which a log was pruned: of all changes up to there, those are gone that
// others up to there superseded.
struct Floors {
  RowId history;  // of outcomes; Head::floor
  RowId audit;    // of the catalog; never above `history`

  bool operator==(const Floors&) const = default;
};

// One piece, which is one short transaction.
struct PruneWork {
  OrgId org;
  Time history_before{};               // changes of outcomes that were superseded by then
  std::optional<Time> audit_before{};  // of the catalog; not after history_before; none: they stay
  // The ages of these moments by a clock: a log that has seen less time (log_time.h), a quarter of
  // it in one gap at most, is pruned up to earlier moments. None: the clock is believed.
  std::optional<Keep> counted{};
  std::size_t changes_max = 1'000;   // that a piece looks at, and some more
  bool dry_run = false;              // nothing is written: what would go is counted
  std::optional<Floors> dry_from{};  // then: where the piece before it ended

  bool operator==(const PruneWork&) const = default;
};
// The first piece; the clock is not believed. Error invalid: there is nothing to keep for a time,
// or audit is shorter than history.
Result<PruneWork> prune_work(OrgId org, const Keep& keep, Time now);

struct Pruned {
  std::uint64_t outcomes = 0;  // changes that went
  std::uint64_t catalog = 0;
  std::uint64_t records = 0;        // that went with all their changes
  Floors floors;                    // now
  std::optional<PruneWork> next{};  // another piece is due
};

// The records and rows of one org inside a transaction that holds its head. First all reads, then
// all writes. A store that sends its writes together tells of their errors when it commits.
class PruneTables {
 public:
  struct At {
    Head head;
    RowId audit_floor;
  };
  // A change of the catalog, and the one of the same thing before it: 0 = none.
  struct CatalogStep {
    RowId position;
    Time at{};
    RowId superseded;
  };

  virtual ~PruneTables() = default;
  virtual Result<At> at(OrgId org) = 0;
  virtual Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) = 0;
  // The records that have these positions, which ascend; those that are there.
  virtual Result<std::vector<LogRecord>> records_with(OrgId org,
                                                      std::span<const RowId> positions) = 0;
  // The changes behind `floors.audit` and up to `floors.history`, at most so many.
  virtual Result<std::vector<CatalogStep>> catalog_steps(OrgId org, const Floors& floors,
                                                         std::size_t steps_max) = 0;

  virtual Result<void> move_floors(OrgId org, const Floors& floors) = 0;
  virtual Result<void> put_body(const LogRecord& record) = 0;
  virtual Result<void> remove(const LogRecord& record) = 0;
  // The group of a record that is gone ends with what is left of it.
  virtual Result<void> end_group_before(const LogRecord& record) = 0;
  virtual Result<void> forget_places(OrgId org, std::span<const RowId> positions) = 0;
};

Result<Pruned> prune_piece(PruneTables& tables, const PruneWork& work);

// The access of the command line beside a running server. One thread at a time.
class Pruner {
 public:
  virtual ~Pruner() = default;
  virtual Result<Pruned> prune(const PruneWork& work) = 0;
};

}  // namespace scorekeeper::store
