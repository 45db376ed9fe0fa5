#include "matrix/matrix.h"

#include <algorithm>

#include "base/assert.h"
#include "domain/entity.h"
#include "matrix/names.h"
#include "matrix/rulebook.h"

namespace scorekeeper::matrix {

struct OrgMatrix::Tables {
  Rulebook rulebook;
  Names names;
  Cells cells;
  RowId position;

  // Those that the filter `service_name` means, ascending.
  std::vector<EntityNumber> entities_of(std::string_view service_name) const;
  // What is left of `wanted` after the rules up to and with this one.
  void collect(const Rule& rule, const OutcomeFilter& filter,
               const std::vector<EntityNumber>& entities, ScanWindow& window,
               OutcomePage& page) const;
};

std::vector<EntityNumber> OrgMatrix::Tables::entities_of(std::string_view service_name) const {
  std::vector<EntityNumber> entities = names.named(service_name);
  const auto parsed = parse_entity_reference(service_name);
  if (!parsed) return entities;
  std::string canonical;
  append_canonical(*parsed, canonical);
  if (const EntityNumber entity = names.find(canonical)) {
    const auto place = std::lower_bound(entities.begin(), entities.end(), entity);
    if (place == entities.end() || *place != entity) entities.insert(place, entity);
  }
  return entities;
}

void OrgMatrix::Tables::collect(const Rule& rule, const OutcomeFilter& filter,
                                const std::vector<EntityNumber>& entities, ScanWindow& window,
                                OutcomePage& page) const {
  if (cells.count(rule.number, filter.state) == 0 || !rulebook.matches(rule, filter.rule)) return;
  std::vector<FoundCell> found;
  if (filter.service_name) {
    cells.scan(rule.number, filter.state, entities, window, found);
  } else {
    cells.scan(rule.number, filter.state, window, found);
  }
  if (found.empty()) return;
  page.rules.push_back(rulebook.view(rule));
  for (const FoundCell& cell : found) {
    page.outcomes.push_back(
        {rule.number, cell.entity, cell.cell, std::string(names.text(cell.entity))});
  }
}

OrgMatrix::OrgMatrix(OrgId org) : org_(org), tables_(std::make_unique<Tables>()) {}
OrgMatrix::~OrgMatrix() = default;

std::optional<RuleView> OrgMatrix::find_rule(std::string_view id) const {
  ReadLock lock(mutex_);
  const Rule* rule = tables_->rulebook.find_live_rule(id);
  if (rule == nullptr) return std::nullopt;
  return tables_->rulebook.view(*rule);
}

std::vector<RuleView> OrgMatrix::list_rules(const RuleFilter& filter, Page page) const {
  ReadLock lock(mutex_);
  return tables_->rulebook.list_rules(filter, page);
}

std::optional<Scorecard> OrgMatrix::find_scorecard(std::string_view id) const {
  ReadLock lock(mutex_);
  const Scorecard* scorecard = tables_->rulebook.find_scorecard(id);
  return scorecard == nullptr ? std::nullopt : std::optional(*scorecard);
}

std::optional<Scorecard> OrgMatrix::find_scorecard_by_name(std::string_view name) const {
  ReadLock lock(mutex_);
  const Scorecard* scorecard = tables_->rulebook.find_scorecard_by_name(name);
  return scorecard == nullptr ? std::nullopt : std::optional(*scorecard);
}

std::vector<Scorecard> OrgMatrix::list_scorecards(const ScorecardFilter& filter, Page page) const {
  ReadLock lock(mutex_);
  return tables_->rulebook.list_scorecards(filter, page);
}

OutcomePage OrgMatrix::list_outcomes(const OutcomeFilter& filter, Page page) const {
  OutcomePage found;
  ScanWindow window{.skip = page.offset, .take = page.size};
  ReadLock lock(mutex_);
  std::vector<EntityNumber> entities;
  if (filter.service_name) {
    entities = tables_->entities_of(*filter.service_name);
    if (entities.empty()) return found;
  }
  if (filter.rule.id) {
    const Rule* rule = tables_->rulebook.find_live_rule(*filter.rule.id);
    if (rule != nullptr) tables_->collect(*rule, filter, entities, window, found);
    return found;
  }
  const RuleNumber end = tables_->rulebook.next_rule();
  for (RuleNumber number{1}; number < end && window.take > 0; ++number.number) {
    const Rule* rule = tables_->rulebook.find_rule(number);
    if (rule != nullptr) tables_->collect(*rule, filter, entities, window, found);
  }
  return found;
}

std::vector<Resolved> OrgMatrix::resolve(const OutcomeBatch& batch) const {
  const std::size_t count = batch.results.size();
  std::vector<std::string_view> references(count);
  std::vector<std::uint64_t> hashes(count);
  std::vector<EntityNumber> entities(count);
  std::vector<Resolved> resolved(count);
  for (std::size_t i = 0; i < count; ++i) {
    references[i] = batch.view(batch.results[i].entity);
    hashes[i] = name_hash(references[i]);
  }
  ReadLock lock(mutex_);
  std::string_view last_id;
  RuleNumber last_rule;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = batch.view(batch.results[i].rule_id);
    if (i == 0 || id != last_id) {
      const Rule* rule = tables_->rulebook.find_live_rule(id);
      last_id = id;
      last_rule = rule == nullptr ? RuleNumber{} : rule->number;
    }
    resolved[i].rule = last_rule;
  }
  tables_->names.find_all(references, hashes, entities);
  for (std::size_t i = 0; i < count; ++i) resolved[i].entity = entities[i];
  return resolved;
}

RowId OrgMatrix::position() const {
  ReadLock lock(mutex_);
  return tables_->position;
}

std::uint64_t OrgMatrix::count_cells() const {
  ReadLock lock(mutex_);
  return tables_->cells.count();
}

std::size_t OrgMatrix::count_entities() const {
  ReadLock lock(mutex_);
  return tables_->names.count();
}

std::size_t OrgMatrix::count_rules() const {
  ReadLock lock(mutex_);
  return tables_->rulebook.count_live_rules();
}

std::size_t OrgMatrix::memory_bytes() const {
  ReadLock lock(mutex_);
  return sizeof(Tables) + tables_->rulebook.memory_bytes() + tables_->names.memory_bytes() +
         tables_->cells.memory_bytes();
}

EntityNumber OrgMatrix::find_entity(std::string_view reference) const {
  const auto hash = name_hash(reference);
  ReadLock lock(mutex_);
  return tables_->names.find(reference, hash);
}

bool OrgMatrix::is_live(RuleNumber rule) const {
  ReadLock lock(mutex_);
  return tables_->rulebook.is_live(rule);
}

std::optional<Cell> OrgMatrix::find_cell(RuleNumber rule, EntityNumber entity) const {
  ReadLock lock(mutex_);
  return tables_->cells.find({rule, entity});
}

void OrgMatrix::find_cells(std::span<const Resolved> wanted,
                           std::vector<std::optional<Cell>>& cells) const {
  cells.clear();
  ReadLock lock(mutex_);
  tables_->cells.find_all(wanted, cells);
}

EntityNumber OrgMatrix::next_entity() const {
  ReadLock lock(mutex_);
  return tables_->names.next();
}

RuleNumber OrgMatrix::next_rule() const {
  ReadLock lock(mutex_);
  return tables_->rulebook.next_rule();
}

ScorecardNumber OrgMatrix::next_scorecard() const {
  ReadLock lock(mutex_);
  return tables_->rulebook.next_scorecard();
}

void OrgMatrix::publish(std::span<const EntityAddition> entities,
                        std::span<const CellChange> changes, std::span<const CellTouch> touches,
                        RowId position) {
  // Larger name tables are filled while readers go on: nobody else writes.
  Names::Reserved reserved;
  if (!entities.empty()) {
    ReadLock lock(mutex_);
    reserved = tables_->names.reserve(entities.size());
  }
  WriteLock lock(mutex_);
  tables_->names.commit(reserved);
  for (const EntityAddition& entity : entities) {
    tables_->names.add(entity.number, entity.reference);
  }
  tables_->cells.put_all(changes);
  tables_->cells.touch_all(touches);
  tables_->position = std::max(tables_->position, position);
}

void OrgMatrix::publish(std::span<const Scorecard> scorecards, std::span<const Rule> rules) {
  std::vector<std::unique_ptr<Cells::Removed>> removed;  // freed after the lock
  WriteLock lock(mutex_);
  for (const Scorecard& scorecard : scorecards) tables_->rulebook.put(scorecard);
  for (const Rule& rule : rules) {
    tables_->rulebook.put(rule);
    if (rule.removed_at_position) removed.push_back(tables_->cells.remove_rule(rule.number));
  }
}

std::vector<Reported> OrgMatrix::take_reported(std::size_t max) {
  WriteLock lock(mutex_);
  return tables_->cells.take_reported(max);
}

std::size_t OrgMatrix::count_unsaved() const {
  ReadLock lock(mutex_);
  return tables_->cells.count_unsaved();
}

void OrgMatrix::restore_reported(const Reported& reported) {
  WriteLock lock(mutex_);
  tables_->cells.restore_reported(reported);
}

Matrix::Matrix(const Limits& limits) : limits_(limits) {}
Matrix::~Matrix() = default;

OrgMatrix& Matrix::org(OrgId id) {
  Lock lock(mutex_);
  const auto place = std::lower_bound(
      orgs_.begin(), orgs_.end(), id,
      [](const std::unique_ptr<OrgMatrix>& org, OrgId wanted) { return org->org() < wanted; });
  if (place != orgs_.end() && (*place)->org() == id) return **place;
  return **orgs_.insert(place, std::make_unique<OrgMatrix>(id));
}

std::vector<OrgMatrix*> Matrix::orgs() {
  std::vector<OrgMatrix*> all;
  Lock lock(mutex_);
  all.reserve(orgs_.size());
  for (const auto& org : orgs_) all.push_back(org.get());
  return all;
}

}  // namespace scorekeeper::matrix
