// The questions of the lists of the catalog: read from a query string by wire/, answered by store/.
// Values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/filter.h"

namespace scorekeeper {

// The conditions of a list of entities, and the page of it. Every condition that is set must hold;
// texts are compared exactly. The matrix finds the entities of a name.
struct EntityListFilter {
  std::optional<std::vector<EntityNumber>> numbers{};
  std::optional<std::string> kind{};
  std::optional<std::string> name_space{};
  std::optional<std::string> owner{};          // a team's handle
  std::optional<std::string> relation_type{};  // it has a relation of that type, as `from`
  bool include_discovered = false;             // entities without a definition too
  Page page{};
};

struct RelationListFilter {
  std::optional<std::string> type{};
  std::optional<std::string> from{};  // references as fold_reference() makes them
  std::optional<std::string> to{};
  // The parameter includeDiscovered. Every relation comes from a definition, so it leaves none out.
  bool include_discovered = false;
  Page page{};
};

// The conditions of a list of events of the audit log. Every condition that is set must hold; texts
// are compared exactly.
struct AuditFilter {
  std::optional<std::string> actor{};  // its id
  std::optional<AuditAction> action{};
  std::optional<AuditResource> resource{};
  std::optional<std::string> resource_id{};
  std::optional<std::string> request_id{};
  std::optional<Time> since{};  // then or later
  std::optional<Time> until{};  // earlier
  AuditNumber below{};          // numbers below it; none = from the newest on
  Page page{};
};

}  // namespace scorekeeper
