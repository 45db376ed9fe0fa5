// The attributes of a thing in the audit log: every one that a change can set, in a fixed order,
// empty ones too. Times of creation and change are left out, as the event has its own. Never a
// secret or the hash of one. Pure.
#pragma once

#include <string>
#include <vector>

#include "domain/audit.h"
#include "domain/campaign.h"
#include "domain/entity_definition.h"
#include "domain/org.h"
#include "domain/rule.h"
#include "domain/scorecard.h"

namespace scorekeeper {

AuditFields audit_fields(const Org& org);
AuditFields audit_fields(const Key& key);
AuditFields audit_fields(const Scorecard& scorecard);
AuditFields audit_fields(const Rule& rule, const Scorecard& scorecard);
// The texts `schema` and `raw` are long: at most audit_definition_bytes_max of each are there.
// Relations follow from the definition.
AuditFields audit_fields(const EntityDefinition& definition);
AuditFields audit_fields(const Kind& kind);
// `rule_ids`: of its rules, in their order.
AuditFields audit_fields(const Campaign& campaign, const std::vector<std::string>& rule_ids);

}  // namespace scorekeeper
