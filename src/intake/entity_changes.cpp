#include "intake/entity_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "domain/audit_fields.h"
#include "domain/entity.h"
#include "domain/relations.h"
#include "intake/audit.h"
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

// Whether nothing that was sent differs: the order of relations is the store's.
bool is_same(const EntityDefinition& before, EntityDefinition after) {
  after.relations = before.relations;  // of the schema
  return before == after;
}

AuditedThing thing_of(std::string reference) {
  return {.type = AuditResource::entity, .id = std::move(reference)};
}

AuditedThing thing_of(const Kind& kind) { return {.type = AuditResource::kind, .id = kind.name}; }

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
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    EntityNumber number = numbers[i];
    auto definition = kept(decision, number, definitions[i]);
    const bool seen = number && decision.matrix.is_live(number);
    if (!number) number = EntityNumber{next++};
    // The view is into the caller's definitions, which outlive the write.
    if (!seen) {
      decided.change.entities.push_back({.org = decided.change.org,
                                         .number = number,
                                         .reference = definitions[i].reference,
                                         .discovered_at = decision.now});
    }
    const auto before = defined.find(number);
    const bool is_new = before == defined.end();
    auto thing = thing_of(definition.reference);
    if (is_new) {
      record_creation(decision, decided.change, std::move(thing), audit_fields(definition));
    } else {
      record_update(decision, decided.change, std::move(thing),
                    audit_fields(before->second.definition), audit_fields(definition));
    }
    const bool unchanged = !is_new && is_same(before->second.definition, definition);
    decided.value.push_back({.number = number,
                             .definition = std::move(definition),
                             .created_at = is_new ? decision.now : before->second.created_at,
                             .modified_at = unchanged ? before->second.modified_at : decision.now});
  }
  if (const auto added = decided.change.entities.size(); added > 0) {
    const std::size_t fresh = next - decision.matrix.next_entity().number;
    TRY(check_entity_counts({.live = decision.matrix.count_entities() + added,
                             .ever = decision.matrix.count_entities_ever() + fresh},
                            decision.limits));
  }
  TRY(check_tags(decision, definitions));
  decided.change.definitions = decided.value;
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
  if (target.definition_alone && decision.matrix.has_outcomes(number)) {
    decided.change.removed_definitions.push_back(number);
  } else {
    decided.change.removed_entities.push_back({.number = number, .position = decision.position});
  }
  const auto references = decision.matrix.references_of(std::span(&number, 1));
  const auto found =
      TRY(decision.catalog.find_definitions(decision.matrix.org(), std::span(&number, 1)));
  record_deletion(decision, decided.change, thing_of(references.front()),
                  found.empty() ? AuditFields() : audit_fields(found.front().definition));
  return decided;
}

Result<DecidedKind> decide_upsert_kind(const Decision& decision, Kind kind) {
  const auto before = decision.matrix.find_kind(kind.name);
  const auto most = decision.limits.kinds_max;
  if (!before && decision.matrix.count_kinds() >= most) {
    return make_error(Code::too_large, fmt::format("an organization has at most {} kinds", most));
  }
  kind.created_at = before ? before->created_at : decision.now;
  const bool unchanged = before && before->display_name == kind.display_name &&
                         before->description == kind.description;
  kind.modified_at = unchanged ? before->modified_at : decision.now;
  DecidedKind decided;
  decided.change.org = decision.matrix.org();
  decided.change.kinds.push_back(kind);
  if (before) {
    record_update(decision, decided.change, thing_of(kind), audit_fields(*before),
                  audit_fields(kind));
  } else {
    record_creation(decision, decided.change, thing_of(kind), audit_fields(kind));
  }
  decided.value = std::move(kind);
  return decided;
}

Result<DecidedKind> decide_remove_kind(const Decision& decision, const std::string& name) {
  auto kind = decision.matrix.find_kind(name);
  if (!kind) return make_error(Code::not_found, "kind not found: " + name);
  DecidedKind decided;
  decided.change.org = decision.matrix.org();
  decided.change.removed_kinds.push_back(name);
  record_deletion(decision, decided.change, thing_of(*kind), audit_fields(*kind));
  decided.value = *std::move(kind);
  return decided;
}

}  // namespace scorekeeper::intake
