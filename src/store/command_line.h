// Parts that all stores share for the commands that write orgs and keys: changes of the catalog,
// their log records, and errors. The actor is the system user. Any thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "domain/audit.h"
#include "domain/catalog_change.h"
#include "domain/org.h"
#include "store/log_record.h"

namespace scorekeeper::store {

// The system user who runs this program: the name, or else the number.
AuditActor command_line_actor();

CatalogChange creation_of(const Org& org);
CatalogChange creation_of(const Key& key);
CatalogChange revocation_of(const Key& key, Time now);
// Makes the record of one change: a group of its own, after `head`.
LogRecord command_record(const CatalogChange& change, Time now, const Head& head);

Error org_exists(const std::string& name);
Error org_not_found(OrgId org);
Error key_not_found(KeyId key);
// `place`: a directory, or "the database".
Error no_store(const std::string& place);

}  // namespace scorekeeper::store
