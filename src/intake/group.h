// A group: batches compared with the matrix and with each other, and the records of them, pending
// until one append has them all. Reads the matrix, writes nothing before publish(). Committer
// thread only; its vectors are reused from group to group, by whatever orgs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "intake/overlay.h"
#include "intake/queue.h"
#include "matrix/matrix.h"
#include "matrix/names.h"
#include "store/log.h"
#include "store/outcome_body.h"

namespace scorekeeper::intake {

// The effect of a batch.
struct Comparison {
  std::uint32_t updated = 0;  // distinct cells
  std::uint32_t changed = 0;  // of them
  std::vector<RowId> rows;    // per result; only when asked for
};

// The time of the next group of a log: times grow strictly.
Time time_after(const store::Head& head, Time now);

// The part of a group that concerns one org. Scratch, for one org after the other.
class OrgGroup {
 public:
  // The matrix shows all up to the head.
  void begin(matrix::OrgMatrix& matrix, const store::Head& head, Time now);
  // look_again: rules or entities were deleted since the work was submitted.
  // conflict: a rule was deleted meanwhile. too_large: more entities than an org may have. On an
  // Error the group is as it was. The work must stay where it is until the group is published or
  // cleared.
  Result<Comparison> add(BatchWork& work, bool look_again, const Limits& limits);
  Time at() const { return at_; }
  // For the log; nothing may be added afterwards.
  void seal(store::Append& append);
  std::size_t count_changes() const { return next_.number - head_.last.number - 1; }
  // The last position once it is stored.
  RowId last() const { return {next_.number - 1}; }
  void publish();
  // It never had a large batch: its memory is small.
  bool is_small() const { return overlay_.is_small(); }

 private:
  Result<void> check_entities(const BatchWork& work, const Limits& limits) const;
  Result<void> check_kinds(const BatchWork& work, const Limits& limits) const;
  EntityNumber find_pending(std::string_view reference, std::uint64_t hash) const;
  void resolve_entities(BatchWork& work);
  void lay_over(const BatchWork& work);
  bool compare(const BatchWork& work, std::uint32_t result);
  void write(const BatchWork& work, std::uint32_t result, const Overlay::Entry& entry);
  RowId record_position() const;
  void cut(const BatchWork& work);
  void check_changes();

  matrix::OrgMatrix* matrix_ = nullptr;
  store::Head head_;
  Time at_{};
  RowId next_;  // of the next change
  Overlay overlay_;
  std::uint32_t requests_ = 0;
  std::vector<std::uint32_t> entry_of_;  // per result of the current batch
  std::vector<matrix::Resolved> wanted_;
  std::vector<std::optional<matrix::Cell>> cells_;
  std::vector<matrix::EntityAddition> additions_;  // texts stand in the batches, or here:
  std::deque<std::string> first_spellings_;        // of entities that come back
  std::uint32_t new_entities_ = 0;                 // of them; the others come back
  std::set<std::string_view> kinds_;               // of additions_
  matrix::FlatIndex addition_index_;               // to places in additions_, counted from 1
  // Additions that no record names yet: their places.
  std::unordered_map<EntityNumber, std::size_t> unwritten_;
  std::vector<store::NewEntity> entities_;  // one for each addition
  std::vector<store::LogRecord> records_;
  store::OutcomeBodyWriter body_{Time()};
  // The number of each change's entity, and the reference that its result has. The texts are in the
  // batches.
  std::vector<matrix::EntityAddition> meant_;
  std::vector<matrix::CellChange> changes_;
  std::vector<matrix::CellTouch> touches_;
};

class Group {
 public:
  explicit Group(matrix::Matrix& matrix) : matrix_(matrix) {}

  // Starts anew behind the heads, of the orgs that it may have; ascending org.
  void begin(std::span<const store::Head> heads, Time now);
  // As OrgGroup::add; the request gets work.number.
  Result<Comparison> add(BatchWork& work, bool look_again);
  bool empty() const { return requests_.empty(); }
  const std::vector<store::AcceptedRequest>& requests() const { return requests_; }
  std::size_t outcomes() const { return outcomes_; }
  std::size_t changed() const;
  std::size_t count_scratch() const { return orgs_.size() + free_.size() + small_.size(); }
  // For the log; nothing may be added afterwards.
  store::Append seal();
  // Once it is stored, each org at once.
  void publish();

 private:
  // For a batch of so many outcomes.
  OrgGroup& group_of(OrgId org, std::size_t outcomes);

  matrix::Matrix& matrix_;
  std::vector<store::Head> heads_;
  Time now_{};
  std::vector<store::AcceptedRequest> requests_;
  std::size_t outcomes_ = 0;
  std::map<OrgId, std::unique_ptr<OrgGroup>> orgs_;  // that have a batch in it
  std::vector<std::unique_ptr<OrgGroup>> free_;      // at most group_scratch_kept
  std::vector<std::unique_ptr<OrgGroup>> small_;     // at most group_small_scratch_kept
};

// The 409 for the results whose rule is none of `resolved`: one error for each distinct id.
Error unknown_rules(const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved);

}  // namespace scorekeeper::intake
