#include "intake/entity_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

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

// When the definitions that are there were made, by reference.
Result<std::map<std::string, Time>> find_created(const Decision& decision,
                                                 std::span<const EntityDefinition* const> chosen) {
  std::vector<std::string> references;
  references.reserve(chosen.size());
  for (const auto* definition : chosen) references.push_back(definition->reference);
  const auto found = TRY(decision.catalog.find_definitions(decision.matrix.org(), references));
  std::map<std::string, Time> created;
  for (const auto& entity : found) created[entity.definition.reference] = entity.created_at;
  return created;
}

}  // namespace

Result<DecidedEntities> decide_upsert(const Decision& decision,
                                      const std::vector<EntityDefinition>& definitions) {
  const auto chosen = last_of_each(definitions);
  const auto created = TRY(find_created(decision, chosen));
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
    const auto before = created.find(definition->reference);
    decided.value.push_back({.number = number,
                             .definition = *definition,
                             .created_at = before == created.end() ? decision.now : before->second,
                             .modified_at = decision.now});
  }
  const auto most = decision.limits.entities_max;
  if (!decided.change.entities.empty() && next - 1 > most) {
    return make_error(Code::too_large,
                      fmt::format("an organization has at most {} entities", most));
  }
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
  return decided;
}

Result<DecidedKind> decide_upsert(const Decision& decision, Kind kind) {
  const auto before = decision.matrix.find_kind(kind.name);
  kind.created_at = before ? before->created_at : decision.now;
  kind.modified_at = decision.now;
  DecidedKind decided;
  decided.change.org = decision.matrix.org();
  decided.change.kinds.push_back(kind);
  decided.value = std::move(kind);
  return decided;
}

Result<DecidedKind> decide_remove_kind(const Decision& decision, const std::string& name) {
  auto kind = decision.matrix.find_kind(name);
  if (!kind) return make_error(Code::not_found, "kind not found: " + name);
  DecidedKind decided;
  decided.change.org = decision.matrix.org();
  decided.change.removed_kinds.push_back(name);
  decided.value = *std::move(kind);
  return decided;
}

}  // namespace scorekeeper::intake
