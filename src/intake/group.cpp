#include "intake/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "domain/entity.h"
#include "domain/rule.h"
#include "intake/bounds.h"
#include "matrix/names.h"

namespace scorekeeper::intake {

namespace {

constexpr std::size_t small_batch = 100;  // outcomes: of a larger one the scratch is not small

}  // namespace

Error unknown_rules(const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved) {
  std::vector<Error> errors;
  for (std::size_t i = 0; i < resolved.size() && errors.size() < errors_max; ++i) {
    if (resolved[i].rule) continue;
    const auto id = batch.view(batch.results[i].rule_id);
    if (std::ranges::any_of(errors, [&](const Error& error) { return error.subject == id; })) {
      continue;
    }
    Error error = unknown_rule_id();
    if (resolved.size() > 1) {
      error.subject = id;
      error.detail = "rule not found: " + std::string(id);
      error.pointer = fmt::format("/data/attributes/results/{}/rule_id", i);
    }
    errors.push_back(std::move(error));
  }
  Error first = std::move(errors.front());
  first.others.assign(std::make_move_iterator(errors.begin() + 1),
                      std::make_move_iterator(errors.end()));
  return first;
}

Time time_after(const store::Head& head, Time now) {
  return std::max(now, head.last_at + std::chrono::microseconds(1));
}

void OrgGroup::begin(matrix::OrgMatrix& matrix, const store::Head& head, Time now) {
  ASSERT(matrix.org() == head.org && matrix.position() == head.last);
  matrix_ = &matrix;
  head_ = head;
  at_ = time_after(head, now);
  next_ = {head.last.number + 1};
  overlay_.clear();
  requests_ = 0;
  if (!additions_.empty()) addition_index_.clear();
  additions_.clear();
  kinds_.clear();
  first_spellings_.clear();
  unwritten_.clear();
  entities_.clear();
  records_.clear();
  body_.begin(at_);
  meant_.clear();
  new_entities_ = 0;
}

EntityNumber OrgGroup::find_pending(std::string_view reference, std::uint64_t hash) const {
  if (additions_.empty()) return {};
  const auto place = addition_index_.find(hash, [&](std::uint32_t candidate) {
    return is_same_entity(additions_[candidate - 1].reference, reference);
  });
  return place == 0 ? EntityNumber{} : additions_[place - 1].number;
}

// Counts exactly only where a bound is near.
Result<void> OrgGroup::check_entities(const BatchWork& work, const Limits& limits) const {
  const auto unknown = static_cast<std::size_t>(
      std::ranges::count_if(work.resolved, [](const auto& one) { return !one.entity; }));
  if (unknown == 0) return {};
  Counts counts{.live = matrix_->count_entities() + additions_.size(),
                .ever = matrix_->count_entities_ever() + new_entities_};
  const Counts most{.live = counts.live + unknown, .ever = counts.ever + unknown};
  if (check_counts("entities", most, limits.entities_max)) return {};
  std::set<std::uint64_t> met;
  for (std::size_t i = 0; i < work.resolved.size(); ++i) {
    if (work.resolved[i].entity) continue;
    const auto reference = work.batch.view(work.batch.results[i].entity);
    const auto hash = matrix::reference_hash(reference);
    if (find_pending(reference, hash) || !met.insert(hash).second) continue;
    const EntityNumber number = matrix_->find_entity(reference);
    if (!number) ++counts.ever;
    if (!number || !matrix_->is_live(number)) ++counts.live;
  }
  return check_counts("entities", counts, limits.entities_max);
}

Result<void> OrgGroup::check_kinds(const BatchWork& work, const Limits& limits) const {
  std::set<std::string_view> kinds = kinds_;
  std::string_view last;  // most of a batch are of one kind
  for (std::size_t i = 0; i < work.resolved.size(); ++i) {
    if (work.resolved[i].entity) continue;
    const auto kind = split_canonical(work.batch.view(work.batch.results[i].entity)).kind;
    if (kind != last) kinds.insert(kind);
    last = kind;
  }
  if (kinds.size() == kinds_.size()) return {};
  return check_texts("kinds", "kinds_max", matrix_->count_entity_kinds_with(kinds_),
                     matrix_->count_entity_kinds_with(kinds), limits.kinds_max);
}

void OrgGroup::resolve_entities(BatchWork& work) {
  for (std::size_t i = 0; i < work.resolved.size(); ++i) {
    EntityNumber& entity = work.resolved[i].entity;
    if (entity) continue;
    std::string_view reference = work.batch.view(work.batch.results[i].entity);
    const auto hash = matrix::reference_hash(reference);
    if (const auto pending = find_pending(reference, hash)) {
      entity = pending;
      continue;
    }
    // An earlier group may have brought it since the batch was submitted; one that was deleted
    // comes back under its number.
    entity = matrix_->find_entity(reference);
    if (entity && matrix_->is_live(entity)) continue;
    if (entity) {
      // Under the spelling that came first, as the state tables and the matrix keep it.
      auto known = matrix_->references_of(std::span(&entity, 1));
      reference = first_spellings_.emplace_back(std::move(known.front()));
    } else {
      entity = EntityNumber{matrix_->next_entity().number + new_entities_++};
    }
    additions_.push_back({.number = entity, .reference = reference});
    kinds_.insert(split_canonical(reference).kind);
    addition_index_.insert(hash, static_cast<std::uint32_t>(additions_.size()));
    unwritten_.emplace(entity, additions_.size() - 1);
    entities_.push_back({.org = matrix_->org(),
                         .number = entity,
                         .reference = reference,
                         .discovered_at = at_,
                         .position = {}});
  }
}

// Gives every result of the batch its entry, with the cell as it is now, and each entry its last
// result.
void OrgGroup::lay_over(const BatchWork& work) {
  const std::uint32_t first_new = overlay_.size();
  entry_of_.clear();
  wanted_.clear();
  ++requests_;
  for (std::uint32_t i = 0; i < work.resolved.size(); ++i) {
    const std::uint32_t before = overlay_.size();
    const std::uint32_t index = overlay_.put(work.resolved[i]);
    if (overlay_.size() != before) wanted_.push_back(work.resolved[i]);
    entry_of_.push_back(index);
    overlay_[index].request = requests_;
    overlay_[index].result = i;
  }
  if (wanted_.empty()) return;
  matrix_->find_cells(wanted_, cells_);
  for (std::uint32_t i = 0; i < cells_.size(); ++i) {
    Overlay::Entry& entry = overlay_[first_new + i];
    entry.cell = cells_[i];
    entry.before = cells_[i] ? cells_[i]->row : RowId{};
  }
}

// true = the outcome changes: it is written.
bool OrgGroup::compare(const BatchWork& work, std::uint32_t result) {
  const ReportedOutcome& reported = work.batch.results[result];
  const std::uint32_t seconds = seconds_of(at_);
  Overlay::Entry& entry = overlay_[entry_of_[result]];
  auto& cell = entry.cell;
  if (cell && cell->state == reported.state && cell->hash == work.hashes[result]) {
    cell->last_reported = seconds;
    return false;
  }
  write(work, result, entry);
  cell = matrix::Cell{.state = reported.state,
                      .row = next_,
                      .hash = work.hashes[result],
                      .first_reported = cell ? cell->first_reported : seconds,
                      .last_reported = seconds};
  entry.changed = true;
  ++next_.number;
  return true;
}

void OrgGroup::write(const BatchWork& work, std::uint32_t result, const Overlay::Entry& entry) {
  const ReportedOutcome& reported = work.batch.results[result];
  if (body_.is_full()) cut(work);
  if (!unwritten_.empty()) {
    if (const auto place = unwritten_.find(entry.key.entity); place != unwritten_.end()) {
      const matrix::EntityAddition& addition = additions_[place->second];
      body_.add(store::SeenEntity{.number = addition.number,
                                  .reference = addition.reference,
                                  .revived = addition.number < matrix_->next_entity()});
      entities_[place->second].position = record_position();
      additions_[place->second].version = record_position();
      unwritten_.erase(place);
    }
  }
  const auto& cell = entry.cell;
  body_.add(store::ChangedOutcome{.rule = entry.key.rule,
                                  .entity = entry.key.entity,
                                  .state = reported.state,
                                  .before = cell ? std::optional(cell->state) : std::nullopt,
                                  .previous = cell ? cell->row : RowId{},
                                  .first_reported = cell ? cell->first_reported : seconds_of(at_),
                                  .reported_before = cell ? cell->last_reported : 0,
                                  .remarks = work.batch.view(reported.remarks)});
  meant_.push_back({.number = entry.key.entity, .reference = work.batch.view(reported.entity)});
}

// The position of the record that is being written.
RowId OrgGroup::record_position() const {
  return {(records_.empty() ? head_.last : records_.back().last()).number + 1};
}

// Makes a record of the changes of the request so far.
void OrgGroup::cut(const BatchWork& work) {
  const std::uint32_t count = body_.count();
  if (count == 0) return;
  records_.push_back({.org = matrix_->org(),
                      .position = record_position(),
                      .count = count,
                      .at = at_,
                      .kind = store::RecordKind::outcomes,
                      .actor = actor_of(work.caller),
                      .request = work.number,
                      .request_id = work.caller.request_id,
                      .body = body_.finish()});
}

Result<Comparison> OrgGroup::add(BatchWork& work, bool look_again, const Limits& limits) {
  if (look_again) {
    work.resolved = matrix_->resolve(work.batch);
    if (std::ranges::any_of(work.resolved, [](const auto& one) { return !one.rule; })) {
      return unknown_rules(work.batch, work.resolved);
    }
  }
  TRY(check_entities(work, limits));
  TRY(check_kinds(work, limits));
  resolve_entities(work);
  lay_over(work);
  Comparison comparison;
  for (std::uint32_t i = 0; i < work.resolved.size(); ++i) {
    if (overlay_[entry_of_[i]].result != i) continue;  // a later result of this batch wins
    ++comparison.updated;
    comparison.changed += compare(work, i) ? 1U : 0U;
  }
  cut(work);
  if (work.options.want_rows) {
    comparison.rows.reserve(entry_of_.size());
    for (const std::uint32_t index : entry_of_) {
      comparison.rows.push_back(overlay_[index].cell->row);
    }
  }
  return comparison;
}

// Before the group is stored: each change's entity is the one that its result names, and what it
// says was there before is what the matrix has.
void OrgGroup::check_changes() {
  std::vector<matrix::EntityAddition> known;
  known.reserve(meant_.size());
  for (const matrix::EntityAddition& meant : meant_) {
    const EntityNumber pending =
        additions_.empty() ? EntityNumber()
                           : find_pending(meant.reference, matrix::reference_hash(meant.reference));
    ASSERT(!pending || pending == meant.number);
    if (!pending) known.push_back(meant);
  }
  ASSERT(matrix_->are_live(known));
  ASSERT(unwritten_.empty() && body_.count() == 0);
  wanted_.clear();
  for (const Overlay::Entry& entry : overlay_.entries()) {
    if (entry.changed) wanted_.push_back(entry.key);
  }
  matrix_->find_cells(wanted_, cells_);
  std::size_t i = 0;
  for (const Overlay::Entry& entry : overlay_.entries()) {
    if (!entry.changed) continue;
    const auto& cell = cells_[i++];
    ASSERT((cell ? cell->row : RowId{}) == entry.before);
  }
}

void OrgGroup::seal(store::Append& append) {
  check_changes();
  ASSERT(record_position() == next_);
  if (!records_.empty()) records_.back().group_end = true;
  append.records.insert(append.records.end(), std::make_move_iterator(records_.begin()),
                        std::make_move_iterator(records_.end()));
  append.entities.insert(append.entities.end(), entities_.begin(), entities_.end());
}

void OrgGroup::publish() {
  ASSERT(matrix_->position() == head_.last);
  changes_.clear();
  touches_.clear();
  for (const Overlay::Entry& entry : overlay_.entries()) {
    if (entry.changed) {
      changes_.push_back({entry.key.rule, entry.key.entity, entry.cell});
    } else {
      touches_.push_back({entry.key.rule, entry.key.entity, entry.cell->last_reported});
    }
  }
  matrix_->publish(
      {.additions = additions_, .changes = changes_, .touches = touches_, .position = last()});
}

void Group::begin(std::span<const store::Head> heads, Time now) {
  for (auto& [org, scratch] : orgs_) {
    const bool small = scratch->is_small();
    auto& kept = small ? small_ : free_;
    if (kept.size() < (small ? group_small_scratch_kept : group_scratch_kept)) {
      kept.push_back(std::move(scratch));
    }
  }
  orgs_.clear();
  heads_.assign(heads.begin(), heads.end());
  now_ = now;
  requests_.clear();
  outcomes_ = 0;
}

OrgGroup& Group::group_of(OrgId org, std::size_t outcomes) {
  std::unique_ptr<OrgGroup>& group = orgs_[org];
  if (group) return *group;
  const bool prefers_small = !small_.empty() && outcomes < small_batch;
  auto& kept = free_.empty() || prefers_small ? small_ : free_;
  if (kept.empty()) {
    group = std::make_unique<OrgGroup>();
  } else {
    group = std::move(kept.back());
    kept.pop_back();
  }
  const auto head = std::ranges::lower_bound(heads_, org, {}, &store::Head::org);
  ASSERT(head != heads_.end() && head->org == org);
  group->begin(matrix_.org(org), *head, now_);
  return *group;
}

Result<Comparison> Group::add(BatchWork& work, bool look_again) {
  OrgGroup& group = group_of(work.caller.org, work.batch.results.size());
  Comparison comparison = TRY(group.add(work, look_again, matrix_.limits()));
  outcomes_ += work.batch.results.size();
  requests_.push_back({.number = work.number,
                       .org = work.caller.org,
                       .actor = actor_of(work.caller),
                       .accepted_at = group.at(),
                       .total_received = static_cast<std::uint32_t>(work.batch.results.size()),
                       .total_changed = comparison.changed,
                       .position = {}});
  return comparison;
}

store::Append Group::seal() {
  store::Append append;
  for (const auto& [org, group] : orgs_) group->seal(append);
  for (store::AcceptedRequest& request : requests_) {
    request.position = orgs_.at(request.org)->last();
  }
  append.requests = requests_;
  return append;
}

std::size_t Group::changed() const {
  std::size_t changed = 0;
  for (const auto& [org, group] : orgs_) changed += group->count_changes();
  return changed;
}

void Group::publish() {
  for (const auto& [org, group] : orgs_) group->publish();
}

}  // namespace scorekeeper::intake
