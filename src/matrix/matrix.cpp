#include "matrix/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "domain/entity.h"
#include "domain/entity_fields.h"
#include "domain/nearest.h"
#include "matrix/names.h"
#include "matrix/prepared_scopes.h"
#include "matrix/score_buffers.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

// Each suggestion compares the key with all that are known, 0.2 ms at these lengths.
constexpr std::size_t suggestions_max = 4;           // in one answer
constexpr std::size_t suggested_key_bytes_max = 32;  // longer ones are not compared

// Keys that no entity has, of which the first are told.
class UnknownFields {
 public:
  // `attribute`: which holds the queries. Must outlive it.
  explicit UnknownFields(std::string_view attribute) : attribute_(attribute) {}

  // Under the lock. Before the catalog is filled there is nothing to be said.
  void add(const Entities& entities, std::span<const std::string> keys, const std::string& where) {
    if (entities.count_defined() == 0) return;
    for (const std::string& key : keys) {
      if (entities.has_key(key)) continue;
      if (++count_ <= warnings_max) fields_.push_back({.where = where, .key = key});
    }
  }
  bool empty() const { return fields_.empty(); }
  // A sentence for each; the first suggest one of the known names.
  std::vector<std::string> write(const std::vector<std::string>& known) const {
    const std::vector<std::string_view> names(known.begin(), known.end());
    std::size_t compared = 0;
    std::vector<std::string> sentences;
    for (const auto& [where, key] : fields_) {
      std::string suggestion;
      if (key.size() <= suggested_key_bytes_max && compared++ < suggestions_max) {
        suggestion = suggest_nearest(key, names);
      }
      sentences.push_back(fmt::format("{}no entity has the field \"{}\" of {}{}", where, key,
                                      attribute_, suggestion));
    }
    if (count_ > warnings_max) {
      sentences.push_back(fmt::format("{} more fields that no entity has", count_ - warnings_max));
    }
    return sentences;
  }

 private:
  struct Field {
    std::string where;
    std::string key;
  };
  std::string_view attribute_;
  std::vector<Field> fields_;
  std::size_t count_ = 0;
};

// Keys that somebody may have meant. Under the lock.
std::vector<std::string> known_keys(const Entities& entities) {
  std::vector<std::string> known(entity_field_names().begin(), entity_field_names().end());
  for (const std::string_view key : entities.keys(suggested_keys_max)) {
    if (key.size() <= suggested_key_bytes_max) known.emplace_back(key);
  }
  return known;
}

constexpr std::size_t restored_in_piece = 16;  // blocks of 1,024 times: some 50 µs

// The texts that are used, with these, each of which is there once.
template <class Texts>
std::size_t count_with(const Dictionary& known, const Texts& texts) {
  const auto fresh = std::ranges::count_if(
      texts, [&](std::string_view text) { return !text.empty() && !known.is_used(text); });
  return known.count_used() + static_cast<std::size_t>(fresh);
}

}  // namespace

OrgMatrix::OrgMatrix(OrgId org)
    : org_(org),
      tables_(std::make_unique<Tables>()),
      score_buffers_(std::make_unique<ScoreBuffers>()),
      drafts_(std::make_unique<DraftShelf>()),
      prepared_(std::make_unique<PreparedScopes>()) {}
OrgMatrix::~OrgMatrix() = default;

bool OrgMatrix::wants_draft(const EntityQuery& query) const {
  if (query.matches_all()) return false;
  const auto text = write(query);
  ReadLock lock(mutex_);
  return tables_->entities.count_live() > draft_entities_min && !tables_->scopes.has(text);
}

Result<void> OrgMatrix::draft_scope(const EntityQuery& query, WorkBudget& budget) const {
  if (!wants_draft(query)) return {};
  auto draft = std::make_unique<ScopeDraft>(query);
  TRY(sweep(draft->matches, budget));
  drafts_->put(std::move(draft));
  return {};
}

void OrgMatrix::drop_draft(const EntityQuery& query) const { drafts_->drop(write(query)); }

ScopeSize OrgMatrix::scope_size() const {
  ReadLock lock(mutex_);
  return tables_->scopes.size();
}

ScopeSize OrgMatrix::scope_size_with(RuleNumber rule, const EntityQuery& query) const {
  ReadLock lock(mutex_);
  return tables_->scopes.size_with(rule, query);
}

std::size_t OrgMatrix::count_entity_kinds_with(const std::set<std::string_view>& kinds) const {
  ReadLock lock(mutex_);
  return count_with(tables_->entities.texts().kinds, kinds);
}

std::size_t OrgMatrix::count_owners_with(const std::set<std::string_view>& owners) const {
  ReadLock lock(mutex_);
  return count_with(tables_->entities.texts().owners, owners);
}

std::size_t OrgMatrix::count_tags_with(std::span<const EntityAttributes* const> definitions) const {
  std::set<std::string> texts;
  for (const EntityAttributes* definition : definitions) {
    for (auto& member : member_texts(*definition)) texts.insert(std::move(member));
    texts.insert(definition->tags.begin(), definition->tags.end());
  }
  ReadLock lock(mutex_);
  return count_with(tables_->entities.texts().tags, texts);
}

std::vector<std::string> OrgMatrix::list_unknown_fields(const EntityQuery& query,
                                                        std::string_view attribute) const {
  const auto keys = tag_keys_of(query);
  if (keys.empty()) return {};
  UnknownFields unknown(attribute);
  std::vector<std::string> known;
  {
    ReadLock lock(mutex_);
    unknown.add(tables_->entities, keys, {});
    if (!unknown.empty()) known = known_keys(tables_->entities);
  }
  return unknown.write(known);
}

std::vector<std::string> OrgMatrix::list_unknown_fields(std::span<const RuleView> rules) const {
  UnknownFields unknown("scope_query");
  ReadLock lock(mutex_);
  for (const RuleView& view : rules) {
    const RuleScope* scope = tables_->scopes.of(view.rule.number);
    if (scope == nullptr) continue;
    unknown.add(tables_->entities, scope->keys, fmt::format("rule {}: ", view.rule.id));
  }
  return unknown.write({});
}

std::optional<RuleView> OrgMatrix::find_rule(std::string_view id) const {
  ReadLock lock(mutex_);
  const Rule* rule = tables_->rulebook.find_live_rule(id);
  if (rule == nullptr) return std::nullopt;
  return tables_->rulebook.view(*rule);
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

OrgMatrix::LiveRules OrgMatrix::live_rules(std::span<const RuleNumber> numbers) const {
  LiveRules live;
  live.ids.reserve(numbers.size());
  ReadLock lock(mutex_);
  for (const RuleNumber number : numbers) {
    if (!tables_->rulebook.is_live(number)) continue;
    const Rule& rule = *tables_->rulebook.find_rule(number);
    live.ids.push_back(rule.id);
    live.enabled += rule.enabled ? 1U : 0U;
  }
  return live;
}

std::vector<RuleNumber> OrgMatrix::rule_numbers(std::span<const std::string> ids) const {
  std::vector<RuleNumber> numbers;
  numbers.reserve(ids.size());
  ReadLock lock(mutex_);
  for (const auto& id : ids) {
    const Rule* rule = tables_->rulebook.find_live_rule(id);
    numbers.push_back(rule == nullptr ? RuleNumber{} : rule->number);
  }
  return numbers;
}

std::vector<std::string> OrgMatrix::rule_ids(std::span<const RuleNumber> numbers) const {
  std::vector<std::string> ids;
  ids.reserve(numbers.size());
  ReadLock lock(mutex_);
  for (const RuleNumber number : numbers) {
    const Rule* rule = tables_->rulebook.find_rule(number);
    ASSERT(rule != nullptr);
    ids.push_back(rule->id);
  }
  return ids;
}

std::optional<Campaign> OrgMatrix::find_campaign(std::string_view id_or_key) const {
  ReadLock lock(mutex_);
  const Campaign* campaign = tables_->campaigns.find(id_or_key);
  return campaign == nullptr ? std::nullopt : std::optional(*campaign);
}

std::size_t OrgMatrix::count_campaigns() const {
  ReadLock lock(mutex_);
  return tables_->campaigns.count();
}

std::optional<Kind> OrgMatrix::find_kind(std::string_view name) const {
  ReadLock lock(mutex_);
  const Kind* kind = tables_->kinds.find(name);
  return kind == nullptr ? std::nullopt : std::optional(*kind);
}

std::vector<Kind> OrgMatrix::list_kinds(const std::optional<std::string>& name, Page page) const {
  ReadLock lock(mutex_);
  return tables_->kinds.list(name, page);
}

Result<std::vector<EntityNumber>> OrgMatrix::find_by_name(std::string name,
                                                          WorkBudget& budget) const {
  const EntityFilter filter{.name = std::move(name)};
  WantedEntities wanted(filter);
  TRY(sweep(wanted, budget));
  Bitmap live;
  TRY(ask(wanted, budget,
          [&](const Tables& tables) { live = wanted.by_name()->among(tables.entities.live()); }));
  return live.numbers();
}

std::size_t OrgMatrix::count_scorecards() const {
  ReadLock lock(mutex_);
  return tables_->rulebook.count_scorecards();
}

std::size_t OrgMatrix::count_rules(ScorecardNumber scorecard) const {
  ReadLock lock(mutex_);
  return tables_->rulebook.count_rules(scorecard);
}

std::size_t OrgMatrix::count_kinds() const {
  ReadLock lock(mutex_);
  return tables_->kinds.count();
}

std::vector<std::string> OrgMatrix::find_named(std::string_view name_space,
                                               std::string_view name) const {
  std::vector<std::string> defined;
  std::vector<std::string> discovered;
  {
    ReadLock lock(mutex_);
    for (const auto entity : tables_->names.named_in_any_case(name, same_name_look_max)) {
      const auto reference = tables_->names.text(entity);
      if (!tables_->entities.live().has(entity)) continue;
      if (split_canonical(reference).name_space != name_space) continue;
      (tables_->entities.defined().has(entity) ? defined : discovered).emplace_back(reference);
    }
  }
  std::ranges::sort(defined);
  std::ranges::sort(discovered);
  defined.insert(defined.end(), discovered.begin(), discovered.end());
  return defined;
}

bool OrgMatrix::is_live(EntityNumber entity) const {
  ReadLock lock(mutex_);
  return tables_->entities.live().has(entity);
}

bool OrgMatrix::is_defined(EntityNumber entity) const {
  ReadLock lock(mutex_);
  return tables_->entities.defined().has(entity);
}

bool OrgMatrix::are_live(std::span<const EntityAddition> entities) const {
  ReadLock lock(mutex_);
  const Tables& tables = *tables_;
  return std::ranges::all_of(entities, [&tables](const EntityAddition& entity) {
    return tables.entities.live().has(entity.number) &&
           is_same_entity(tables.names.text(entity.number), entity.reference);
  });
}

bool OrgMatrix::has_outcomes(EntityNumber entity) const {
  ReadLock lock(mutex_);
  for (RuleNumber rule{1}; rule < tables_->rulebook.next_rule(); ++rule.number) {
    if (tables_->cells.find({rule, entity})) return true;
  }
  return false;
}

RowId OrgMatrix::version_of(EntityNumber entity) const {
  ReadLock lock(mutex_);
  return tables_->entities.version_of(entity);
}

CampaignNumber OrgMatrix::next_campaign() const {
  ReadLock lock(mutex_);
  return tables_->campaigns.next();
}

std::vector<std::string> OrgMatrix::references_of(std::span<const EntityNumber> entities) const {
  std::vector<std::string> references;
  references.reserve(entities.size());
  ReadLock lock(mutex_);
  for (const EntityNumber entity : entities) references.emplace_back(tables_->names.text(entity));
  return references;
}

std::vector<std::string> OrgMatrix::owners_of(std::span<const EntityNumber> entities) const {
  std::vector<std::string> owners;
  owners.reserve(entities.size());
  ReadLock lock(mutex_);
  for (const EntityNumber entity : entities) owners.emplace_back(tables_->entities.owner(entity));
  return owners;
}

std::vector<Resolved> OrgMatrix::resolve(const OutcomeBatch& batch) const {
  const std::size_t count = batch.results.size();
  std::vector<std::string_view> references(count);
  std::vector<std::uint64_t> hashes(count);
  std::vector<EntityNumber> entities(count);
  std::vector<Resolved> resolved(count);
  for (std::size_t i = 0; i < count; ++i) {
    references[i] = batch.view(batch.results[i].entity);
    hashes[i] = reference_hash(references[i]);
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
  for (std::size_t i = 0; i < count; ++i) {
    if (tables_->entities.live().has(entities[i])) resolved[i].entity = entities[i];
  }
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
  return tables_->entities.count_live();
}

std::size_t OrgMatrix::count_entities_ever() const {
  ReadLock lock(mutex_);
  return tables_->names.count();
}

std::size_t OrgMatrix::count_rules() const {
  ReadLock lock(mutex_);
  return tables_->rulebook.count_live_rules();
}

std::size_t OrgMatrix::memory_bytes() const {
  const auto buffers = score_buffers_->memory_bytes();
  ReadLock lock(mutex_);
  return buffers + sizeof(Tables) + tables_->rulebook.memory_bytes() +
         tables_->names.memory_bytes() + tables_->entities.memory_bytes() +
         tables_->scopes.memory_bytes() + tables_->cells.memory_bytes() +
         tables_->campaigns.memory_bytes();
}

EntityNumber OrgMatrix::find_entity(std::string_view reference) const {
  const auto hash = reference_hash(reference);
  ReadLock lock(mutex_);
  return tables_->names.find(reference, hash);
}

bool OrgMatrix::is_live(RuleNumber rule) const {
  ReadLock lock(mutex_);
  return tables_->rulebook.is_live(rule);
}

std::optional<Cell> OrgMatrix::find_cell(RuleNumber rule, EntityNumber entity) const {
  ReadLock lock(mutex_);
  return tables_->cells.find_any({rule, entity});
}

std::vector<RuleCell> OrgMatrix::cells_of(EntityNumber entity) const {
  ReadLock lock(mutex_);
  return tables_->cells.cells_of(entity);
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

std::vector<ReportedBlock> OrgMatrix::take_reported(std::size_t max) {
  WriteLock lock(mutex_);
  auto taken = tables_->cells.take_reported(max);
  for (auto& block : taken) block.org = org_;
  return taken;
}

std::size_t OrgMatrix::count_unsaved() const {
  ReadLock lock(mutex_);
  return tables_->cells.count_unsaved();
}

// Tallies that questions left behind are of the tables before; the new ones count their changes on.
void OrgMatrix::replace(std::unique_ptr<Tables> tables) {
  WriteLock lock(mutex_);
  tables->score_changes.now = tables->score_changes.rules = tables_->score_changes.now + 1;
  std::swap(tables, tables_);
}

void OrgMatrix::reset() { replace(std::make_unique<Tables>()); }

void OrgMatrix::restore_reported(std::span<const ReportedBlock> reported) {
  while (!reported.empty()) {
    const auto piece = reported.first(std::min(reported.size(), restored_in_piece));
    reported = reported.subspan(piece.size());
    WriteLock lock(mutex_);
    for (const ReportedBlock& block : piece) tables_->cells.restore_reported(block);
  }
}

}  // namespace scorekeeper::matrix
