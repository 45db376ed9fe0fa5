#include "intake/entity_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "domain/audit_fields.h"
#include "intake/audit.h"
#include "intake/entity_bounds.h"

namespace scorekeeper::intake {
namespace {

// The last of each reference, in the order of the request.
std::vector<const EntityDefinition*> last_of_each(
    const std::vector<EntityDefinition>& definitions) {
  std::map<std::string_view, const EntityDefinition*> last;
  for (const auto& definition : definitions) last[definition.reference] = &definition;
  std::vector<const EntityDefinition*> chosen;
  for (const auto& definition : definitions) {
    if (last[definition.reference] == &definition) chosen.push_back(&definition);
  }
  return chosen;
}

using Defined = std::map<std::string, DefinedEntity>;  // by reference

// The definitions that are there.
Result<Defined> find_defined(const Decision& decision,
                             std::span<const EntityDefinition* const> chosen) {
  std::vector<std::string> references;
  references.reserve(chosen.size());
  for (const auto* definition : chosen) references.push_back(definition->reference);
  auto found = TRY(decision.catalog.find_definitions(decision.matrix.org(), references));
  Defined defined;
  for (auto& entity : found) {
    auto reference = entity.definition.reference;
    defined.emplace(std::move(reference), std::move(entity));
  }
  return defined;
}

// Texts that other definitions have do not count again, nor do those that nobody has any more.
Result<void> check_tags(const Decision& decision, std::span<const EntityDefinition* const> chosen) {
  std::vector<const EntityAttributes*> attributes;
  attributes.reserve(chosen.size());
  for (const auto* definition : chosen) attributes.push_back(&definition->attributes);
  const auto most = decision.limits.tag_texts_max;
  if (decision.matrix.count_tags_with(attributes) <= most) return {};
  return make_error(
      Code::too_large,
      fmt::format("the definitions of an organization have at most {} different tags, tiers, "
                  "lifecycles, types, languages and systems (tag_texts_max)",
                  most));
}

AuditedThing thing_of(std::string reference) {
  return {.type = AuditResource::entity, .id = std::move(reference)};
}

AuditedThing thing_of(const Kind& kind) { return {.type = AuditResource::kind, .id = kind.name}; }

}  // namespace

Result<DecidedEntities> decide_upsert(const Decision& decision,
                                      const std::vector<EntityDefinition>& definitions) {
  const auto chosen = last_of_each(definitions);
  const auto defined = TRY(find_defined(decision, chosen));
  DecidedEntities decided;
  decided.change.org = decision.matrix.org();
  std::uint32_t next = decision.matrix.next_entity().number;
  for (const auto* definition : chosen) {
    EntityNumber number = decision.matrix.find_entity(definition->reference);
    const bool seen = number && decision.matrix.is_live(number);
    if (!number) number = EntityNumber{next++};
    // The view is into the caller's definitions, which outlive the write.
    if (!seen) {
      decided.change.entities.push_back({.org = decided.change.org,
                                         .number = number,
                                         .reference = definition->reference,
                                         .discovered_at = decision.now});
    }
    const auto before = defined.find(definition->reference);
    const bool is_new = before == defined.end();
    decided.value.push_back({.number = number,
                             .definition = *definition,
                             .created_at = is_new ? decision.now : before->second.created_at,
                             .modified_at = decision.now});
    auto thing = thing_of(definition->reference);
    if (is_new) {
      record_creation(decision, decided.change, std::move(thing), audit_fields(*definition));
    } else {
      record_update(decision, decided.change, std::move(thing),
                    audit_fields(before->second.definition), audit_fields(*definition));
    }
  }
  if (const auto added = decided.change.entities.size(); added > 0) {
    const std::size_t fresh = next - decision.matrix.next_entity().number;
    TRY(check_entity_counts({.live = decision.matrix.count_entities() + added,
                             .ever = decision.matrix.count_entities_ever() + fresh},
                            decision.limits));
  }
  TRY(check_tags(decision, chosen));
  decided.change.definitions = decided.value;
  return decided;
}

Result<DecidedEntities> decide_remove(const Decision& decision, const EntityTarget& target) {
  const auto number = target.number ? target.number : decision.matrix.find_entity(target.reference);
  if (!number || !decision.matrix.is_live(number)) {
    return make_error(Code::not_found, "entity not found: " + target.given);
  }
  DecidedEntities decided;
  decided.change.org = decision.matrix.org();
  decided.change.removed_entities.push_back({.number = number, .position = decision.position});
  const auto references = decision.matrix.references_of(std::span(&number, 1));
  const auto found = TRY(decision.catalog.find_definitions(decision.matrix.org(), references));
  record_deletion(decision, decided.change, thing_of(references.front()),
                  found.empty() ? AuditFields() : audit_fields(found.front().definition));
  return decided;
}

Result<DecidedKind> decide_upsert(const Decision& decision, Kind kind) {
  const auto before = decision.matrix.find_kind(kind.name);
  kind.created_at = before ? before->created_at : decision.now;
  kind.modified_at = decision.now;
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
