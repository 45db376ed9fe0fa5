// A group: batches compared with the matrix and with each other, pending until one transaction of
// the ledger has them all (design §5, decisions 8). Reads the matrix, writes nothing before
// publish(). Committer thread only; its vectors are reused from group to group, by whatever orgs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "intake/overlay.h"
#include "intake/queue.h"
#include "matrix/matrix.h"
#include "matrix/names.h"
#include "store/ledger.h"

namespace scorekeeper::intake {

// What a batch does.
struct Comparison {
  std::uint32_t updated = 0;  // distinct cells
  std::uint32_t changed = 0;  // of them
  std::vector<RowId> rows;    // per result; only when asked for
};

// The part of a group that concerns one org. Scratch, for one org after the other.
class OrgGroup {
 public:
  // The group so far: its time and its rows, those of other orgs among them.
  struct Rows {
    RowId head;
    Time now{};
    std::vector<store::OutcomeChange> changes;
    std::vector<store::NewEntity> entities;
  };

  void begin(matrix::OrgMatrix& matrix);
  // look_again: rules or entities were deleted since the work was submitted.
  // conflict: a rule was deleted meanwhile. too_large: more entities than an org may have. On an
  // Error the group is as it was. The work must stay where it is until the group is published or
  // cleared.
  Result<Comparison> add(BatchWork& work, bool look_again, const Limits& limits, Rows& rows);
  // Before the group is stored: each row's entity is the one that its result names.
  void check_rows() const;
  void publish(RowId head);

 private:
  Result<void> check_entities(const BatchWork& work, const Limits& limits) const;
  EntityNumber find_pending(std::string_view reference, std::uint64_t hash) const;
  void resolve_entities(BatchWork& work, Rows& rows);
  void lay_over(const BatchWork& work);
  bool compare(const BatchWork& work, std::uint32_t result, Rows& rows);

  matrix::OrgMatrix* matrix_ = nullptr;
  Overlay overlay_;
  std::uint32_t requests_ = 0;
  std::vector<std::uint32_t> entry_of_;  // per result of the current batch
  std::vector<matrix::Resolved> wanted_;
  std::vector<std::optional<matrix::Cell>> cells_;
  std::vector<matrix::EntityAddition> additions_;  // texts stand in the batches
  std::uint32_t new_entities_ = 0;                 // of them; the others come back
  matrix::FlatIndex addition_index_;               // to places in additions_, counted from 1
  // Of each row the number of its entity, and the reference that its result has. Texts in the
  // batches.
  std::vector<matrix::EntityAddition> meant_;
  std::vector<matrix::CellChange> changes_;
  std::vector<matrix::CellTouch> touches_;
};

class Group {
 public:
  explicit Group(matrix::Matrix& matrix) : matrix_(matrix) {}

  // Starts anew after the ledger's row `head`.
  void begin(RowId head, Time now);
  // As OrgGroup::add; the request gets work.number.
  Result<Comparison> add(BatchWork& work, bool look_again);
  bool empty() const { return requests_.empty(); }
  RowId head() const { return rows_.head; }
  const std::vector<store::AcceptedRequest>& requests() const { return requests_; }
  std::size_t outcomes() const { return outcomes_; }
  std::size_t changed() const { return rows_.changes.size(); }
  std::size_t count_scratch() const { return orgs_.size() + free_.size(); }
  // For the ledger; nothing may be added afterwards.
  store::Group seal(RequestNumber requests_reserved);
  void publish();

 private:
  OrgGroup& group_of(OrgId org);

  matrix::Matrix& matrix_;
  RowId first_;  // of the next row
  OrgGroup::Rows rows_;
  std::vector<store::AcceptedRequest> requests_;
  std::size_t outcomes_ = 0;
  std::map<OrgId, std::unique_ptr<OrgGroup>> orgs_;  // that have a batch in it
  std::vector<std::unique_ptr<OrgGroup>> free_;      // at most group_scratch_kept
};

// The 409 for the results whose rule is none of `resolved` (decisions 21): one error for each
// distinct id.
Error unknown_rules(const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved);

}  // namespace scorekeeper::intake
