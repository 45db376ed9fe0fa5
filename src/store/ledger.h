// The ledger: the append-only table of outcome changes, the truth from which the matrix is folded
// (design §1, §5). Implemented by each store; the suite in ledger_contract.h says what they must
// do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "domain/outcome.h"

namespace scorekeeper::store {

// One changed outcome = one row of `outcome_change`. Rows of the store grow in commit order.
struct OutcomeChange {
  RowId id;
  RowId previous;  // the row that this one replaces; 0 = the outcome's first
  OrgId org;
  RuleNumber rule;
  EntityNumber entity;
  State state = State::pass;
  std::uint32_t first_reported = 0;  // seconds; of the first row of this outcome
  std::uint64_t hash = 0;            // keyed hash of the remarks
  Time at{};
  KeyId key;
  RequestNumber request;
  std::string_view remarks;  // lives as long as the call that carries it
};

// The row of an accepted request: what its async-request document tells.
struct AcceptedRequest {
  RequestNumber number;
  OrgId org;
  KeyId key;
  Time accepted_at{};
  std::uint32_t total_received = 0;
  std::uint32_t total_changed = 0;
  RowId position;         // the ledger's last row when this request's group was in
  std::string subject{};  // whom an issuer names; empty for keys, whose id is `key`

  bool operator==(const AcceptedRequest&) const = default;
};

// An entity that is seen for the first time, or again after it was removed: then it lives again,
// and its older rows still do not count.
struct NewEntity {
  OrgId org;
  EntityNumber number;
  std::string_view reference;  // canonical; lives as long as the call
  Time discovered_at{};
};

// What one transaction appends.
struct Group {
  std::span<const OutcomeChange> changes;     // ids ascending, above every row in the ledger
  std::span<const AcceptedRequest> requests;  // numbers ascending and new
  std::span<const NewEntity> entities;        // numbers new, or of removed ones
  RequestNumber
      requests_reserved;  // request numbers below it may have been given out; kept for ever
};

// What the fold of the ledger needs of a row: `previous`, `key`, `request` and `remarks` are not
// read.
using FoldRow = std::function<void(const OutcomeChange&)>;

// One row as readers see it.
struct OutcomeRow {
  RowId id;
  Time at{};
  Time first_reported{};  // whole seconds: the same in every row of an outcome
  std::string remarks;

  bool operator==(const OutcomeRow&) const = default;
};

// Last reports of one rule for entities (block * 1024 + 1 … block * 1024 + 1024), in seconds, 0 =
// none (decisions 5).
struct ReportedBlock {
  OrgId org;
  RuleNumber rule;
  std::uint32_t block = 0;
  std::vector<std::uint32_t> last_reported;  // 1024 of them
};
inline constexpr std::uint32_t reported_block_size = 1024;

// Where the ledger ends, as read at start.
struct LedgerHead {
  RowId last;
  Time last_at{};                   // of the last row or request
  RequestNumber requests_reserved;  // the next start gives numbers from here
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // --- at start, before other threads
  virtual Result<LedgerHead> head() = 0;
  // Calls `row` for every change, those of one org in ascending id.
  virtual Result<void> fold(const FoldRow& row) = 0;
  virtual Result<void> load_reported(const std::function<void(const ReportedBlock&)>& block) = 0;

  // --- committer thread only
  // All of the group in one durable transaction, or nothing: an Error of code `unavailable` means
  // that nothing of it is stored (disk full, database gone). After a failed fsync that is unknown:
  // this and every later write is `unavailable`, and the process ends (decisions 4).
  virtual Result<void> append(const Group& group) = 0;
  virtual Result<void> save_reported(std::span<const ReportedBlock> blocks) = 0;
  // Forgets request rows accepted before `before`; at most `limit` of them. Returns how many.
  virtual Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) = 0;

  // --- any thread
  // The rows of those ids, in the order asked. An id that is not there is an Error of code
  // internal.
  virtual Result<std::vector<OutcomeRow>> rows(OrgId org, std::span<const RowId> ids) = 0;
  virtual Result<std::optional<AcceptedRequest>> find_request(OrgId org, RequestNumber number) = 0;
  virtual Result<void> ping() = 0;  // a trivial read, for /readyz
};

}  // namespace scorekeeper::store
