#include "intake/entity_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "domain/catalog_change.h"
#include "domain/entity.h"
#include "domain/relations.h"
#include "intake/entity_bounds.h"

namespace scorekeeper::intake {
namespace {

using Defined = std::map<EntityNumber, DefinedEntity>;

// The definitions that are there.
Result<Defined> find_defined(const Decision& decision, std::span<const EntityNumber> numbers) {
  Defined defined;
  for (auto& entity : TRY(decision.catalog.find_definitions(decision.matrix.org(), numbers))) {
    const EntityNumber number = entity.number;
    defined.emplace(number, std::move(entity));
  }
  return defined;
}

// Texts that other definitions have do not count again, nor do those that nobody has any more.
// Definitions without new texts pass where a limit was lowered below what is there.
Result<void> check_tags(const Decision& decision,
                        const std::vector<EntityDefinition>& definitions) {
  std::vector<const EntityAttributes*> attributes;
  attributes.reserve(definitions.size());
  for (const auto& definition : definitions) attributes.push_back(&definition.attributes);
  const auto most = decision.limits.tag_texts_max;
  const auto count = decision.matrix.count_tags_with(attributes);
  if (count <= most || count == decision.matrix.count_tags_with({})) return {};
  return make_error(
      Code::too_large,
      fmt::format("the definitions of an organization have at most {} different tags, tiers, "
                  "lifecycles, types, languages and systems (tag_texts_max)",
                  most));
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

// Whether nothing differs. The order of relations is the store's, and it does not keep the names of
// the systems, which are in them.
bool is_same(EntityDefinition before, const EntityDefinition& after) {
  const auto parts = [](const Relation& one) { return std::tie(one.type, one.from, one.to); };
  auto relations = after.relations;
  std::ranges::sort(relations, {}, parts);
  std::ranges::sort(before.relations, {}, parts);
  if (before.relations != relations) return false;
  before.relations = after.relations;
  before.attributes.systems = after.attributes.systems;
  return before == after;
}

// Of a definition that is put: `before` is the one that there is, if any.
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

Result<DecidedEntities> decide_upsert_entities(const Decision& decision,
                                               const std::vector<EntityDefinition>& definitions) {
  TRY(check_distinct(definitions));
  std::vector<EntityNumber> numbers;
  numbers.reserve(definitions.size());
  for (const auto& definition : definitions) {
    numbers.push_back(decision.matrix.find_entity(definition.reference));
  }
  const auto defined = TRY(find_defined(decision, numbers));
  DecidedEntities decided;
  decided.change.org = decision.matrix.org();
  std::uint32_t next = decision.matrix.next_entity().number;
  std::size_t added = 0;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    EntityNumber number = numbers[i];
    auto definition = kept(decision, number, definitions[i]);
    const bool live = number && decision.matrix.is_live(number);
    added += live ? 0U : 1U;
    if (!number) number = EntityNumber{next++};
    const auto found = defined.find(number);
    const DefinedEntity* before = found == defined.end() ? nullptr : &found->second;
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
    TRY(check_entity_counts({.live = decision.matrix.count_entities() + added,
                             .ever = decision.matrix.count_entities_ever() + fresh},
                            decision.limits));
  }
  TRY(check_tags(decision, definitions));
  return decided;
}

Result<DecidedEntities> decide_remove_entity(const Decision& decision, const EntityTarget& target) {
  const auto number = target.number ? target.number : decision.matrix.find_entity(target.reference);
  const bool is_there = target.definition_alone ? decision.matrix.is_defined(number)
                                                : decision.matrix.is_live(number);
  if (!is_there) {
    return make_error(Code::not_found, "entity not found: " + target.given);
  }
  DecidedEntities decided;
  decided.change.org = decision.matrix.org();
  CatalogEntity entity{.number = number,
                       .reference = decision.matrix.references_of(std::span(&number, 1)).front(),
                       .discovered_at = std::nullopt,
                       .definition = std::nullopt};
  Changed<CatalogEntity> change{.before = entity, .after = std::nullopt};
  if (target.definition_alone && decision.matrix.has_outcomes(number)) {
    change.after = std::move(entity);
  }
  decided.value =
      TRY(decision.catalog.find_definitions(decision.matrix.org(), std::span(&number, 1)));
  if (!decided.value.empty()) change.before->definition = decided.value.front();
  TRY(decision.demand(decided.value.empty() ? RowId() : decided.value.front().version));
  decided.change.changes.push_back(std::move(change));
  return decided;
}

Result<DecidedKind> decide_upsert_kind(const Decision& decision, Kind kind) {
  const auto before = decision.matrix.find_kind(kind.name);
  const auto most = decision.limits.kinds_max;
  if (!before && decision.matrix.count_kinds() >= most) {
    return make_error(Code::too_large, fmt::format("an organization has at most {} kinds", most));
  }
  TRY(decision.demand(before ? std::optional(before->version) : std::nullopt));
  kind.created_at = before ? before->created_at : decision.now;
  const bool unchanged = before && before->display_name == kind.display_name &&
                         before->description == kind.description;
  kind.modified_at = unchanged ? before->modified_at : decision.now;
  DecidedKind decided;
  decided.change.org = decision.matrix.org();
  kind.version = unchanged ? before->version : decision.version_in(decided.change);
  if (!unchanged) decided.change.changes.push_back(Changed<Kind>{.before = before, .after = kind});
  decided.value = std::move(kind);
  return decided;
}

Result<DecidedKind> decide_remove_kind(const Decision& decision, const std::string& name) {
  auto kind = decision.matrix.find_kind(name);
  if (!kind) return make_error(Code::not_found, "kind not found: " + name);
  TRY(decision.demand(kind->version));
  DecidedKind decided;
  decided.change.org = decision.matrix.org();
  decided.change.changes.push_back(Changed<Kind>{.before = kind, .after = std::nullopt});
  decided.value = *std::move(kind);
  return decided;
}

}  // namespace scorekeeper::intake
