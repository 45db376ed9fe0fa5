// What a store that several servers write to offers beside Ledger and Catalog (decisions 15-20,
// docs/decisions/0006). Each org has one head, which orders all that is written of it: rows of the
// ledger and changes of the catalog have positions from the same count. A server writes in turns:
// it locks the head, reads what others have written since it last looked, compares, writes, and
// commits. Between turns it follows: it reads what is behind its own position.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/ledger.h"

namespace scorekeeper::store {

// Where an org's history ends.
struct Head {
  OrgId org;
  RowId last;      // the position of the last row or change
  Time last_at{};  // of the last row or request: the next is not earlier

  bool operator==(const Head&) const = default;
};

// What was written of one org behind a position, as of one moment. Called in this order; entities
// and definitions by number, rows by id. Of what was changed more than once the last state is
// given.
struct TailReader {
  // Scorecards, rules, campaigns, kinds that were put; kinds that were removed.
  std::function<void(const OrgCatalog&)> catalog;
  FoldEntity entity;
  FoldDefinition definition;
  FoldRow row;
};

class Shared {
 public:
  virtual ~Shared() = default;

  // --- committer thread (at start: main); no other calls of Ledger and Catalog at the same time
  // Changes when the history may be another one than before: a store that was restored, or a
  // standby that was promoted (decisions 18). Then what was folded is folded again from the start.
  // As of the last call that reached the database.
  virtual std::uint64_t generation() const = 0;
  // Of every org that has one.
  virtual Result<std::vector<Head>> heads() = 0;
  // What is behind `since`; nullopt = all. Returns the head that it leads to. Inside a turn of that
  // org it reads what the turn sees.
  virtual Result<Head> read_tail(OrgId org, std::optional<RowId> since,
                                 const TailReader& reader) = 0;
  // Locks the org's head until the next append or write, which must be of that org alone, or
  // end_turn(). Makes the head of an org that has none. A turn that is still open is ended.
  virtual Result<Head> begin_turn(OrgId org) = 0;
  virtual void end_turn() = 0;
  // After an append or write that failed: whether it may be stored all the same, since the answer
  // to its COMMIT was lost. Then find_out() says.
  virtual bool in_doubt() const = 0;
  // Whether the write that is in doubt is stored; waits for the database for some seconds, then
  // `unavailable`, and it stays unknown: the tail shows it when it is there.
  virtual Result<bool> find_out() = 0;
  // Calls `block` for a page of the last reports that other servers may have saved since the round
  // before (the first time: all), by org; perhaps some again. true = the round goes on with the
  // next call. An Error ends it; the next one has what it missed.
  virtual Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) = 0;
  // The next load_new_reports() begins with all again.
  virtual void forget_reports_seen() = 0;
  // `count` request numbers that nobody else gets; returns the first.
  virtual Result<RequestNumber> reserve_requests(std::uint64_t count) = 0;
};

}  // namespace scorekeeper::store
