// The log of each organisation, with what is written beside it in the same transaction: the state
// tables of the catalog, the requests, the last reports. Implemented by each store; the suite in
// log_contract.h says what they must do. docs/formats/log.md, docs/decisions/0006.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/log_record.h"
#include "store/prune.h"
#include "store/rows.h"

namespace scorekeeper::store {

// The logs of a store.
struct Heads {
  // Another value: the history may be another one than before, since the store was restored or a
  // standby was promoted. An embedded store has one history as long as it is open.
  std::uint64_t generation = 0;
  std::vector<Head> heads;  // of every org that has a log, ascending org
};

// The records and rows that one append writes, of the orgs that it was asked for.
struct Append {
  // By org, in the order of positions; those of an org go on where its head ends, and the last one
  // ends a group. The store sets the chains.
  std::vector<LogRecord> records;
  std::vector<AcceptedRequest> requests;  // also those that changed nothing
  // The state tables follow: entities that outcomes discovered or brought back, and a change of the
  // catalog, of one org.
  std::vector<NewEntity> entities;
  const CatalogChange* change = nullptr;  // lives as long as the append

  bool empty() const { return records.empty() && requests.empty(); }
};

// The view that an append has inside its transaction, while it holds the heads' locks.
class AppendView {
 public:
  virtual ~AppendView() = default;
  // The heads of the orgs, in the given order; an org without a log has one at 0.
  virtual std::span<const Head> heads() const = 0;
  // As Log::read().
  virtual Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) = 0;
};
// Compares and returns what to write. Empty: nothing is written. An Error ends the transaction and
// is append()'s.
using PrepareAppend = std::function<Result<Append>(AppendView&)>;

class Log {
 public:
  virtual ~Log() = default;

  // --- any thread
  // The records of an org whose position is above `after`, at most so many. Records that an append
  // wrote are seen all or none; a page may end inside of a group, the next one goes on.
  virtual Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) = 0;
  // The outcomes' changes at those positions, in that order. One that is not there is an Error of
  // code internal.
  virtual Result<std::vector<OutcomeRow>> rows(OrgId org, std::span<const RowId> positions) = 0;
  virtual Result<std::optional<AcceptedRequest>> find_request(OrgId org, RequestNumber number) = 0;
  virtual Result<void> ping() = 0;  // a trivial read, for /readyz

  // --- committer thread (at start: main)
  virtual Result<Heads> heads() = 0;
  // One durable transaction. Locks the heads of the orgs, calls `prepare`, sets the chains, writes
  // all, moves the heads, commits; returns what was written. An Error of code `unavailable` means
  // that nothing of it is stored, or, where the answer to the COMMIT was lost and could not be
  // found out in time, that this is not known: then the log shows it if it is there. After a failed
  // fsync every later write is `unavailable`, and the process ends. Asserts that positions are
  // continuous and that times grow.
  virtual Result<Append> append(std::span<const OrgId> orgs, const PrepareAppend& prepare) = 0;
  // The most orgs that an append should have: in a store that servers share, orgs do not wait for
  // each other.
  virtual std::size_t orgs_in_append_max() const = 0;
  // Other processes append, too: the interval at which heads() is worth a look.
  virtual std::chrono::milliseconds follow_interval() const = 0;
  // A server whose last look at the heads is older than this may be behind others; no bound where
  // no other server appends. Any thread.
  virtual std::chrono::milliseconds heads_age_max() const = 0;
  // `count` request numbers that nobody else gets; returns the first.
  virtual Result<RequestNumber> reserve_requests(std::uint64_t count) = 0;
  // Forgets request rows accepted before `before`; at most `limit` of them. Returns how many. Where
  // rows that are not old stand before them, it may take some calls to pass these.
  virtual Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) = 0;
  // Takes away a piece of what was superseded long ago, in one transaction (prune.h).
  virtual Result<Pruned> prune(const PruneWork& work) = 0;
  virtual Result<void> save_reported(std::span<const ReportedBlock> blocks) = 0;
  // Calls `block` for a page of the last reports that are new since the round before (the first
  // time: all), by org; perhaps some again. true = the round goes on with the next call. An Error
  // ends it; the next one has what it missed.
  virtual Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) = 0;
  // The next load_new_reports() begins with all again.
  virtual void forget_reports_seen() = 0;
};

}  // namespace scorekeeper::store
