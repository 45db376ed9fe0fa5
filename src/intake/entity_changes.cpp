#include "intake/entity_changes.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "domain/catalog_change.h"

namespace scorekeeper::intake {

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
