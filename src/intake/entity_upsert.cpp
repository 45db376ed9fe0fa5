#include "intake/entity_upsert.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "domain/catalog_change.h"
#include "domain/entity.h"
#include "domain/relations.h"
#include "intake/bounds.h"
#include "intake/weights.h"
#include "store/catalog_body.h"

namespace scorekeeper::intake {
namespace {

using Defined = std::map<EntityNumber, const DefinedEntity*>;

std::vector<EntityNumber> numbers_of(const matrix::OrgMatrix& matrix,
                                     const std::vector<EntityDefinition>& definitions) {
  std::vector<EntityNumber> numbers;
  numbers.reserve(definitions.size());
  for (const auto& definition : definitions) {
    numbers.push_back(matrix.find_entity(definition.reference));
  }
  return numbers;
}

std::vector<EntityNumber> defined_of(const matrix::OrgMatrix& matrix,
                                     const std::vector<EntityDefinition>& definitions) {
  auto numbers = numbers_of(matrix, definitions);
  std::erase_if(numbers, [&](EntityNumber number) { return !matrix.is_defined(number); });
  return numbers;
}

struct DefinitionSizes {
  std::size_t relations = 0;
  std::size_t relation_bytes = 0;
  std::size_t texts = 0;

  void add(const EntityDefinition& definition) {
    texts += definition.raw.size() + definition.schema.size();
    relations += definition.relations.size();
    for (const Relation& relation : definition.relations) {
      relation_bytes += relation.type.size() + relation.from.size() + relation.to.size();
    }
  }
  bool relations_fit() const {
    return relations <= relations_of_request_max && relation_bytes <= relation_bytes_max;
  }
  bool texts_fit() const { return texts <= definition_texts_max; }
};

// Each relation is a row with several indexes, and a short list of references makes long rows where
// the entity's own name is long.
Result<void> check_sizes(const EntityUpsert& upsert) {
  DefinitionSizes after;
  DefinitionSizes before;
  for (const auto& definition : upsert.definitions) after.add(definition);
  for (const auto& defined : upsert.before) before.add(defined.definition);
  // One entity can always be replaced: its definition may be from an earlier version.
  const bool is_one = upsert.definitions.size() == 1;
  if (!after.texts_fit() || (!before.texts_fit() && !is_one)) {
    return make_error(Code::too_large,
                      fmt::format("the definitions of one request have at most {} bytes, counted "
                                  "as they were sent and as JSON, and replace at most as many: "
                                  "send fewer definitions at a time",
                                  definition_texts_max));
  }
  if (after.relations_fit() && (before.relations_fit() || is_one)) return {};
  return make_error(
      Code::too_large,
      fmt::format("the definitions of one request have at most {} relations, of {} bytes "
                  "together, in both directions, and replace at most as many: send fewer "
                  "definitions at a time",
                  relations_of_request_max, relation_bytes_max));
}

// Texts that other definitions have do not count again, nor do those that nobody has any more.
Result<void> check_all_texts(const Decision& decision,
                             const std::vector<EntityDefinition>& definitions) {
  std::vector<const EntityAttributes*> attributes;
  std::set<std::string_view> kinds;
  std::set<std::string_view> owners;
  for (const auto& definition : definitions) {
    attributes.push_back(&definition.attributes);
    kinds.insert(split_canonical(definition.reference).kind);
    owners.insert(definition.attributes.owner);
  }
  const auto& matrix = decision.matrix;
  const auto& limits = decision.limits;
  TRY(check_texts("kinds", "kinds_max", matrix.count_entity_kinds_with({}),
                  matrix.count_entity_kinds_with(kinds), limits.kinds_max));
  TRY(check_texts("owners", "owners_max", matrix.count_owners_with({}),
                  matrix.count_owners_with(owners), limits.owners_max));
  return check_texts("tags, tiers, lifecycles, types, languages and systems", "tag_texts_max",
                     matrix.count_tags_with({}), matrix.count_tags_with(attributes),
                     limits.tag_texts_max);
}

// As it is kept: under the reference that came first, and with ends of relations that are the same
// for all spellings of a name.
EntityDefinition kept(const Decision& decision, EntityNumber number,
                      const EntityDefinition& definition) {
  EntityDefinition made = definition;
  if (number) made.reference = decision.matrix.references_of(std::span(&number, 1)).front();
  made.relations = fold_relations(std::move(made.relations));
  return made;
}

// The definitions that there are, of those numbers; none: what was prepared is not so any more.
// `read` has those that are read here.
Result<std::optional<Defined>> find_defined(const Decision& decision,
                                            std::span<const EntityNumber> numbers,
                                            const EntityUpsert& upsert,
                                            std::vector<DefinedEntity>& read) {
  Defined defined;
  for (const auto& entity : upsert.before) {
    const bool same = entity.version && entity.version == decision.matrix.version_of(entity.number);
    if (same && decision.matrix.is_defined(entity.number)) defined.emplace(entity.number, &entity);
  }
  std::vector<EntityNumber> missing;
  for (const EntityNumber number : numbers) {
    if (decision.matrix.is_defined(number) && !defined.contains(number)) missing.push_back(number);
  }
  if (missing.empty()) return std::optional(std::move(defined));
  if (!upsert.committer_reads) return std::optional<Defined>();
  read = TRY(decision.catalog.find_definitions(decision.matrix.org(), missing));
  for (const auto& entity : read) defined.emplace(entity.number, &entity);
  return std::optional(std::move(defined));
}

// Whether nothing differs. The order of relations is the store's, and it does not keep the names of
// the systems, which are in them.
bool is_same(const EntityDefinition& stored, const EntityDefinition& after) {
  if (stored.schema != after.schema || stored.raw != after.raw) return false;
  EntityDefinition before = stored;
  const auto parts = [](const Relation& one) { return std::tie(one.type, one.from, one.to); };
  auto relations = after.relations;
  std::ranges::sort(relations, {}, parts);
  std::ranges::sort(before.relations, {}, parts);
  if (before.relations != relations) return false;
  before.relations = after.relations;
  before.attributes.systems = after.attributes.systems;
  return before == after;
}

// The change of a definition that is put: `before` is the one that there is, if any.
Changed<CatalogEntity> change_of(const Decision& decision, const DefinedEntity* before,
                                 const DefinedEntity& after) {
  Changed<CatalogEntity> change;
  change.after = CatalogEntity{.number = after.number,
                               .reference = after.definition.reference,
                               .discovered_at = std::nullopt,
                               .definition = after};
  if (!decision.matrix.is_live(after.number)) {
    change.after->discovered_at = decision.now;
    return change;
  }
  change.before = CatalogEntity{.number = after.number,
                                .reference = after.definition.reference,
                                .discovered_at = std::nullopt,
                                .definition = std::nullopt};
  if (before != nullptr) change.before->definition = *before;
  return change;
}

}  // namespace

Result<void> prepare_upsert(const matrix::OrgMatrix& matrix, store::Catalog& catalog,
                            EntityUpsert& upsert) {
  TRY(check_distinct(upsert.definitions));
  const auto numbers = defined_of(matrix, upsert.definitions);
  upsert.before.clear();
  if (!numbers.empty()) upsert.before = TRY(catalog.find_definitions(matrix.org(), numbers));
  TRY(check_sizes(upsert));
  for (auto& definition : upsert.definitions) {
    if (!definition.noted.known) store::note_texts(definition);
  }
  for (auto& defined : upsert.before) store::note_texts(defined.definition);
  return {};
}

Change<std::vector<DefinedEntity>> change_of(std::shared_ptr<const EntityUpsert> upsert) {
  std::size_t bytes = weight_of(upsert->definitions);
  for (const auto& defined : upsert->before) bytes += weight_of(defined.definition);
  return {
      .decide = [upsert = std::move(upsert)](
                    const Decision& decision) { return decide_upsert_entities(decision, *upsert); },
      .bytes = bytes};
}

Result<DecidedEntities> decide_upsert_entities(const Decision& decision,
                                               const EntityUpsert& upsert) {
  const auto& definitions = upsert.definitions;
  TRY(check_distinct(definitions));
  const auto numbers = numbers_of(decision.matrix, definitions);
  DecidedEntities decided;
  decided.change.org = decision.matrix.org();
  std::vector<DefinedEntity> read;
  const auto found_all = TRY(find_defined(decision, numbers, upsert, read));
  if (!found_all) return decided;
  const Defined& defined = *found_all;
  std::uint32_t next = decision.matrix.next_entity().number;
  std::size_t added = 0;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    EntityNumber number = numbers[i];
    auto definition = kept(decision, number, definitions[i]);
    const bool live = number && decision.matrix.is_live(number);
    added += live ? 0U : 1U;
    if (!number) number = EntityNumber{next++};
    const auto found = defined.find(number);
    const DefinedEntity* before = found == defined.end() ? nullptr : found->second;
    TRY(decision.demand(before != nullptr ? std::optional(before->version)
                        : live            ? std::optional(RowId())
                                          : std::nullopt));
    if (before != nullptr && is_same(before->definition, definition)) {
      decided.value.push_back(*before);
      continue;
    }
    decided.value.push_back({.number = number,
                             .definition = std::move(definition),
                             .created_at = before == nullptr ? decision.now : before->created_at,
                             .modified_at = decision.now,
                             .version = decision.version_in(decided.change)});
    decided.change.changes.push_back(change_of(decision, before, decided.value.back()));
  }
  if (added > 0) {
    const std::size_t fresh = next - decision.matrix.next_entity().number;
    TRY(check_counts("entities",
                     {.live = decision.matrix.count_entities() + added,
                      .ever = decision.matrix.count_entities_ever() + fresh},
                     decision.limits.entities_max));
  }
  TRY(check_all_texts(decision, definitions));
  return decided;
}

}  // namespace scorekeeper::intake
