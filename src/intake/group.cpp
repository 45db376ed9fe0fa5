#include "intake/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "domain/entity.h"
#include "domain/rule.h"
#include "intake/entity_bounds.h"
#include "matrix/names.h"

namespace scorekeeper::intake {

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

void OrgGroup::begin(matrix::OrgMatrix& matrix) {
  matrix_ = &matrix;
  overlay_.clear();
  requests_ = 0;
  if (!additions_.empty()) addition_index_.clear();
  additions_.clear();
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
  EntityCounts counts{.live = matrix_->count_entities() + additions_.size(),
                      .ever = matrix_->count_entities_ever() + new_entities_};
  if (check_entity_counts({counts.live + unknown, counts.ever + unknown}, limits)) return {};
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
  return check_entity_counts(counts, limits);
}

void OrgGroup::resolve_entities(BatchWork& work, Rows& rows) {
  for (std::size_t i = 0; i < work.resolved.size(); ++i) {
    EntityNumber& entity = work.resolved[i].entity;
    if (entity) continue;
    const auto reference = work.batch.view(work.batch.results[i].entity);
    const auto hash = matrix::reference_hash(reference);
    if (const auto pending = find_pending(reference, hash)) {
      entity = pending;
      continue;
    }
    // An earlier group may have brought it since the batch was submitted; one that was deleted
    // comes back under its number.
    entity = matrix_->find_entity(reference);
    if (entity && matrix_->is_live(entity)) continue;
    if (!entity) entity = EntityNumber{matrix_->next_entity().number + new_entities_++};
    additions_.push_back({entity, reference});
    addition_index_.insert(hash, static_cast<std::uint32_t>(additions_.size()));
    rows.entities.push_back({matrix_->org(), entity, reference, rows.now});
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
  for (std::uint32_t i = 0; i < cells_.size(); ++i) overlay_[first_new + i].cell = cells_[i];
}

// true = the outcome changes: a row is written.
bool OrgGroup::compare(const BatchWork& work, std::uint32_t result, Rows& rows) {
  const ReportedOutcome& reported = work.batch.results[result];
  const std::uint32_t seconds = seconds_of(rows.now);
  Overlay::Entry& entry = overlay_[entry_of_[result]];
  auto& cell = entry.cell;
  if (cell && cell->state == reported.state && cell->hash == work.hashes[result]) {
    cell->last_reported = seconds;
    return false;
  }
  const RowId previous = cell ? cell->row : RowId{};
  const std::uint32_t first_reported = cell ? cell->first_reported : seconds;
  ++rows.head.number;
  rows.changes.push_back({.id = rows.head,
                          .previous = previous,
                          .org = matrix_->org(),
                          .rule = entry.key.rule,
                          .entity = entry.key.entity,
                          .state = reported.state,
                          .first_reported = first_reported,
                          .hash = work.hashes[result],
                          .at = rows.now,
                          .key = work.caller.key,
                          .request = work.number,
                          .remarks = work.batch.view(reported.remarks)});
  meant_.push_back({entry.key.entity, work.batch.view(reported.entity)});
  cell = matrix::Cell{.state = reported.state,
                      .row = rows.head,
                      .hash = work.hashes[result],
                      .first_reported = first_reported,
                      .last_reported = seconds};
  entry.changed = true;
  return true;
}

Result<Comparison> OrgGroup::add(BatchWork& work, bool look_again, const Limits& limits,
                                 Rows& rows) {
  if (look_again) {
    work.resolved = matrix_->resolve(work.batch);
    if (std::ranges::any_of(work.resolved, [](const auto& one) { return !one.rule; })) {
      return unknown_rules(work.batch, work.resolved);
    }
  }
  TRY(check_entities(work, limits));
  resolve_entities(work, rows);
  lay_over(work);
  Comparison comparison;
  for (std::uint32_t i = 0; i < work.resolved.size(); ++i) {
    if (overlay_[entry_of_[i]].result != i) continue;  // a later result of this batch wins
    ++comparison.updated;
    comparison.changed += compare(work, i, rows) ? 1U : 0U;
  }
  if (work.options.want_rows) {
    comparison.rows.reserve(entry_of_.size());
    for (const std::uint32_t index : entry_of_) {
      comparison.rows.push_back(overlay_[index].cell->row);
    }
  }
  return comparison;
}

void OrgGroup::check_rows() const {
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
}

void OrgGroup::publish(RowId head) {
  changes_.clear();
  touches_.clear();
  for (const Overlay::Entry& entry : overlay_.entries()) {
    if (entry.changed) {
      changes_.push_back({entry.key.rule, entry.key.entity, *entry.cell});
    } else {
      touches_.push_back({entry.key.rule, entry.key.entity, entry.cell->last_reported});
    }
  }
  matrix_->publish(
      {.additions = additions_, .changes = changes_, .touches = touches_, .position = head});
}

void Group::begin(RowId head, Time now) {
  for (auto& [org, scratch] : orgs_) {
    if (free_.size() < group_scratch_kept) free_.push_back(std::move(scratch));
  }
  orgs_.clear();
  first_ = {head.number + 1};
  rows_.head = head;
  rows_.now = now;
  rows_.changes.clear();
  rows_.entities.clear();
  requests_.clear();
  outcomes_ = 0;
}

OrgGroup& Group::group_of(OrgId org) {
  std::unique_ptr<OrgGroup>& group = orgs_[org];
  if (group) return *group;
  if (free_.empty()) {
    group = std::make_unique<OrgGroup>();
  } else {
    group = std::move(free_.back());
    free_.pop_back();
  }
  group->begin(matrix_.org(org));
  return *group;
}

Result<Comparison> Group::add(BatchWork& work, bool look_again) {
  Comparison comparison =
      TRY(group_of(work.caller.org).add(work, look_again, matrix_.limits(), rows_));
  outcomes_ += work.batch.results.size();
  requests_.push_back({.number = work.number,
                       .org = work.caller.org,
                       .key = work.caller.key,
                       .accepted_at = rows_.now,
                       .total_received = static_cast<std::uint32_t>(work.batch.results.size()),
                       .total_changed = comparison.changed,
                       .position = {},
                       .subject = work.caller.subject});
  return comparison;
}

store::Group Group::seal(RequestNumber requests_reserved) {
  for (std::size_t i = 0; i < rows_.changes.size(); ++i) {
    ASSERT(rows_.changes[i].id.number == first_.number + i);
  }
  for (const auto& [org, group] : orgs_) group->check_rows();
  for (store::AcceptedRequest& request : requests_) request.position = rows_.head;
  return {.changes = rows_.changes,
          .requests = requests_,
          .entities = rows_.entities,
          .requests_reserved = requests_reserved};
}

void Group::publish() {
  for (const auto& [org, group] : orgs_) group->publish(rows_.head);
}

}  // namespace scorekeeper::intake
