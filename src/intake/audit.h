// What a decision puts into the audit log: each thing that it changes has one event, written with
// the change. Committer thread; pure.
#pragma once

#include <string>

#include "domain/audit.h"
#include "intake/decision.h"
#include "store/catalog.h"

namespace scorekeeper::intake {

struct AuditedThing {
  AuditResource type = AuditResource::rule;
  std::string id;
};

// Fields as audit_fields() makes them, whole.
void record_creation(const Decision& decision, store::CatalogChange& change, AuditedThing thing,
                     AuditFields after);
// No event when both are alike.
void record_update(const Decision& decision, store::CatalogChange& change, AuditedThing thing,
                   const AuditFields& before, const AuditFields& after);
void record_deletion(const Decision& decision, store::CatalogChange& change, AuditedThing thing,
                     AuditFields before);

}  // namespace scorekeeper::intake
