#include "store/catalog.h"

#include <utility>

namespace scorekeeper::store {
Result<std::vector<DefinedEntity>> Catalog::find_definitions(
    OrgId org, std::span<const EntityNumber> numbers) {
  std::vector<DefinedEntity> definitions;
  for (auto& listed : TRY(read_entities(org, {.numbers = numbers, .raw = true}))) {
    if (listed.defined) definitions.push_back(std::move(listed.entity));
  }
  return definitions;
}

Result<std::vector<AuditEvent>> Catalog::list_audit(OrgId org, const AuditFilter& filter) {
  WorkBudget all;
  return list_audit(org, filter, all);
}

}  // namespace scorekeeper::store
