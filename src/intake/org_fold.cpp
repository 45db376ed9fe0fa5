#include "intake/org_fold.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace scorekeeper::intake {
namespace {

constexpr std::size_t waiting_max = 16;  // batches; then the reader waits

}  // namespace

void CellWriter::put(matrix::OrgMatrix& matrix, std::vector<matrix::CellChange> cells,
                     RowId position) {
  {
    Lock lock(mutex_);
    while (waiting_.size() >= waiting_max) changed_.wait(mutex_);
    waiting_.push_back({&matrix, std::move(cells), position});
  }
  changed_.notify_all();
}

void CellWriter::finish() {
  {
    Lock lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CellWriter::run() {
  while (const auto batch = take()) {
    batch->matrix->publish({.changes = batch->cells, .position = batch->position});
  }
}

std::optional<CellWriter::Batch> CellWriter::take() {
  std::optional<Batch> batch;
  {
    Lock lock(mutex_);
    while (waiting_.empty() && !finished_) changed_.wait(mutex_);
    if (waiting_.empty()) return std::nullopt;
    batch = std::move(waiting_.front());
    waiting_.pop_front();
  }
  changed_.notify_all();
  return batch;
}

bool OrgFold::is_in_matrix(EntityNumber number) const {
  return since_ && number < matrix_.next_entity();
}

// A rule that is not in what was read stands in the matrix since before.
bool OrgFold::knows(RuleNumber rule) const {
  if (rule.number < rules_.size() && rules_[rule.number].known) return true;
  return since_ && rule < matrix_.next_rule();
}

void OrgFold::add(const store::OrgCatalog& catalog) {
  for (const Rule& rule : catalog.rules) {
    if (rule.number.number >= rules_.size()) rules_.resize(rule.number.number + std::size_t{1});
    rules_[rule.number.number] = {true, rule.removed_at_position.value_or(RowId{})};
    removed_any_ = removed_any_ || rule.removed_at_position.has_value();
  }
}

void OrgFold::add(const store::FoldedEntity& entity) {
  const bool known = is_in_matrix(entity.number);
  if (entity.removed_at_position) removed_entities_[entity.number] = *entity.removed_at_position;
  const bool removed_since =
      known && entity.removed_at_position && *entity.removed_at_position >= *since_;
  if (removed_since) {
    removals_.push_back(entity.number);
    removed_any_ = true;
  }
  if (known && !entity.live) return;
  if (!known || removed_since || !matrix_.is_live(entity.number)) {
    names_.push_back({entity.number, text_.size(), entity.reference.size()});
    text_ += entity.reference;
  }
  if (!entity.live) {
    updates_.push_back({.number = entity.number, .attributes = std::nullopt, .removed = true});
  }
  if (known && entity.live && entity.undefined && matrix_.is_defined(entity.number)) {
    updates_.push_back({.number = entity.number, .attributes = std::nullopt});
  }
  if (mode_ == FoldMode::in_pieces && names_.size() >= fold_batch) publish_entities();
}

void OrgFold::add(EntityNumber number, const EntityAttributes& attributes) {
  updates_.push_back({.number = number, .attributes = attributes, .removed = false});
  if (mode_ == FoldMode::in_pieces && updates_.size() >= fold_batch) publish_entities();
}

bool OrgFold::add(const store::OutcomeChange& row, CellWriter* writer) {
  if (!knows(row.rule)) return false;
  position_ = row.id;
  if (row.rule.number < rules_.size() && row.id <= rules_[row.rule.number].removed) return true;
  if (!removed_entities_.empty()) {
    const auto removed = removed_entities_.find(row.entity);
    if (removed != removed_entities_.end() && row.id <= removed->second) return true;
  }
  changes_.push_back({row.rule, row.entity,
                      matrix::Cell{.state = row.state,
                                   .row = row.id,
                                   .hash = row.hash,
                                   .first_reported = row.first_reported,
                                   .last_reported = seconds_of(row.at)}});
  if (mode_ == FoldMode::in_pieces && changes_.size() >= fold_batch) publish_cells(*writer);
  return true;
}

void OrgFold::publish(const store::OrgCatalog& catalog) {
  matrix_.publish({.scorecards = catalog.scorecards,
                   .rules = catalog.rules,
                   .removed_kinds = catalog.removed_kinds,
                   .kinds = catalog.kinds,
                   .campaigns = catalog.campaigns});
}

void OrgFold::publish_cells(CellWriter& writer) {
  if (changes_.empty()) return;
  std::vector<matrix::CellChange> cells;
  cells.reserve(fold_batch);
  std::swap(cells, changes_);
  writer.put(matrix_, std::move(cells), position_);
}

void OrgFold::put_names() {
  additions_.clear();
  for (const Name& name : names_) {
    additions_.push_back({name.number, std::string_view(text_).substr(name.offset, name.length)});
  }
}

void OrgFold::publish_entities() {
  put_names();
  matrix_.publish({.removals = removals_, .additions = additions_, .updates = updates_});
  removals_.clear();
  names_.clear();
  text_.clear();
  updates_.clear();
}

void OrgFold::publish_all(const store::OrgCatalog& catalog, RowId position) {
  put_names();
  matrix_.publish({.scorecards = catalog.scorecards,
                   .rules = catalog.rules,
                   .removed_kinds = catalog.removed_kinds,
                   .kinds = catalog.kinds,
                   .campaigns = catalog.campaigns,
                   .removals = removals_,
                   .additions = additions_,
                   .updates = updates_,
                   .changes = changes_,
                   .position = position});
  for (const Rule& rule : catalog.rules) {
    if (rule.removed_at_position) matrix_.prune_rule(rule.number);
  }
}

}  // namespace scorekeeper::intake
