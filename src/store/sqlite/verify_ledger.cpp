#include <algorithm>
#include <bit>
#include <map>

#include "base/siphash.h"
#include "store/sqlite/secrets.h"
#include "store/sqlite/verify_catalog.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t rows_per_page = 20'000;

// The last row of each cell: an open hash table of keys and rows, so that millions of cells take 16
// bytes and some room each.
class LastRows {
 public:
  LastRows() : slots_(std::size_t{1} << 16) {}

  // The last row of the cell before, 0 = none; `row` is its last one from now on.
  std::int64_t exchange(std::uint64_t cell, std::int64_t row) {
    if (used_ * 4 >= slots_.size() * 3) grow();
    Slot& slot = slot_of(cell);
    if (slot.cell == 0) {
      slot.cell = cell;
      ++used_;
    }
    return std::exchange(slot.row, row);
  }

 private:
  struct Slot {
    std::uint64_t cell = 0;  // 0 = free
    std::int64_t row = 0;
  };

  Slot& slot_of(std::uint64_t cell) {
    const std::size_t mask = slots_.size() - 1;
    const int shift = 64 - std::countr_zero(slots_.size());
    std::size_t at = (cell * 0x9e3779b97f4a7c15U) >> shift;  // Fibonacci hashing
    while (slots_[at].cell != 0 && slots_[at].cell != cell) at = (at + 1) & mask;
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.cell != 0) slot_of(slot.cell) = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

struct Row {
  std::int64_t id = 0;
  std::int64_t org = 0;
  std::int64_t rule = 0;
  std::int64_t entity = 0;
  std::int64_t state = 0;
  std::int64_t hash = 0;
  std::int64_t at = 0;
  std::int64_t previous = 0;
  std::int64_t request = 0;
  std::string_view remarks;
};

class LedgerVerification {
 public:
  LedgerVerification(Connection& connection, const KnownCatalog& known, Faults& faults)
      : connection_(connection), known_(known), faults_(faults) {}

  Result<std::uint64_t> run(std::int64_t end);

 private:
  Result<std::int64_t> read_page(std::int64_t after, std::int64_t end);
  Result<void> check(const Row& row);
  void check_previous(const Row& row, const Known& rule, const Known& entity);
  Result<void> check_request(const Row& row);
  void fault(const Row& row, const std::string& what) {
    faults_.add("outcome_change " + std::to_string(row.id) + ": " + what);
  }

  Connection& connection_;
  const KnownCatalog& known_;
  Faults& faults_;
  SipKey change_key_;
  Statement rows_;
  Statement first_request_;
  Statement request_;
  LastRows last_rows_;
  std::uint64_t count_ = 0;
  // Times of an org never go back; those of another may be behind in a copy of a database.
  std::map<std::int64_t, std::int64_t> last_at_;  // by org
  std::int64_t known_request_ = 0;                // one that was found, of that org
  std::int64_t known_request_org_ = 0;
  // Requests below that number are forgotten, and those that came before that time: several servers
  // take their numbers in blocks.
  std::int64_t first_kept_ = 0;
  std::int64_t kept_since_ = 0;
};

void LedgerVerification::check_previous(const Row& row, const Known& rule, const Known& entity) {
  const std::uint64_t cell = (std::uint64_t{rule.index} + 1) << 32 | entity.index;
  const std::int64_t before = last_rows_.exchange(cell, row.id);
  // What was before a removal may be forgotten; when an entity was removed more than once, only the
  // last time is known.
  const bool forgotten = row.previous == 0 && before <= entity.removed_until;
  if (row.previous == before || forgotten) return;
  fault(row, "previous is " + std::to_string(row.previous) +
                 ", the row before it of this outcome " + std::to_string(before));
}

Result<void> LedgerVerification::check_request(const Row& row) {
  if (row.request == known_request_ && row.org == known_request_org_) return {};
  if (row.request < first_kept_) {
    if (row.request < 1) fault(row, "request " + std::to_string(row.request) + " is no number");
    return {};
  }
  request_.bind(1, row.request);
  request_.bind(2, row.org);
  if (TRY(request_.step())) {
    known_request_ = row.request;
    known_request_org_ = row.org;
    request_.reset();
  } else if (row.at > kept_since_) {
    fault(row, "there is no request " + std::to_string(row.request) + " of its org");
  }
  return {};
}

Result<void> LedgerVerification::check(const Row& row) {
  if (row.id < 1) fault(row, "the id is no number");
  std::int64_t& last_at = last_at_.try_emplace(row.org, INT64_MIN).first->second;
  if (row.at < last_at) fault(row, "its time is before that of the row before it");
  last_at = std::max(last_at, row.at);
  if (row.state < 1 || row.state > 3) fault(row, "state is " + std::to_string(row.state));
  if (std::bit_cast<std::uint64_t>(row.hash) != siphash13(change_key_, row.remarks)) {
    fault(row, "hash is not that of its remarks");
  }
  TRY(check_request(row));
  const Known* const rule = known_.rules.find(row.org, row.rule);
  const Known* const entity = known_.entities.find(row.org, row.entity);
  if (rule == nullptr) fault(row, "there is no rule " + std::to_string(row.rule));
  if (entity == nullptr) fault(row, "there is no entity " + std::to_string(row.entity));
  if (rule == nullptr || entity == nullptr) return {};
  if (rule->removed_until != 0 && row.id > rule->removed_until) {
    fault(row, "rule " + std::to_string(row.rule) + " was deleted before it");
  }
  check_previous(row, *rule, *entity);
  return {};
}

// The last id that was read; `after` when there is none.
Result<std::int64_t> LedgerVerification::read_page(std::int64_t after, std::int64_t end) {
  if (TRY(first_request_.step())) {
    first_kept_ = first_request_.integer(0);
    kept_since_ = first_request_.integer(1);
  }
  first_request_.reset();
  rows_.bind(1, after);
  rows_.bind(2, end);
  rows_.bind(3, rows_per_page);
  std::int64_t last = after;
  while (TRY(rows_.step())) {
    const Row row{.id = rows_.integer(0),
                  .org = rows_.integer(1),
                  .rule = rows_.integer(2),
                  .entity = rows_.integer(3),
                  .state = rows_.integer(4),
                  .hash = rows_.integer(5),
                  .at = rows_.integer(6),
                  .previous = rows_.integer(7),
                  .request = rows_.integer(8),
                  .remarks = rows_.text(9)};
    TRY(check(row));
    last = row.id;
    ++count_;
  }
  return last;
}

Result<std::uint64_t> LedgerVerification::run(std::int64_t end) {
  // A store that no server has opened has neither rows nor secrets.
  if (end == 0) return 0;
  const auto secrets = read_secrets(connection_);
  if (!secrets) {
    faults_.add(secrets.error().detail);
    return 0;
  }
  change_key_ = secrets->change_key;
  rows_ = TRY(connection_.prepare(
      "SELECT id, org, rule, entity, state, hash, at, previous, request, remarks"
      " FROM outcome_change WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3"));
  first_request_ =
      TRY(connection_.prepare("SELECT coalesce(min(id), 0x7fffffffffffffff), coalesce("
                              "min(accepted_at), 0x7fffffffffffffff) FROM request"));
  request_ = TRY(connection_.prepare("SELECT 1 FROM request WHERE id = ?1 AND org = ?2"));
  for (std::int64_t after = INT64_MIN;;) {
    TRY(connection_.execute("BEGIN"));
    const auto last = read_page(after, end);
    TRY(connection_.execute("COMMIT"));
    if (!last) return last.error();
    if (*last == after) return count_;
    after = *last;
  }
}

}  // namespace

Result<std::uint64_t> verify_ledger(Connection& connection, const KnownCatalog& known,
                                    std::int64_t end, Faults& faults) {
  return LedgerVerification(connection, known, faults).run(end);
}

}  // namespace scorekeeper::store::sqlite
