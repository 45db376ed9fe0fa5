// The parts that are the same in every store of the commands that write orgs and keys: the changes
// of an org's catalog, their records in its log, of the user of the system who runs the command,
// and refusals. Any thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "domain/audit.h"
#include "domain/catalog_change.h"
#include "domain/org.h"
#include "store/log_record.h"

namespace scorekeeper::store {

// The user of the system who runs this program: by name, else by number.
AuditActor command_line_actor();

CatalogChange creation_of(const Org& org);
CatalogChange creation_of(const Key& key);
CatalogChange revocation_of(const Key& key, Time now);
// One change, as the group that comes behind the head.
LogRecord command_record(const CatalogChange& change, Time now, const Head& head);

Error org_exists(const std::string& name);
Error org_not_found(OrgId org);
Error key_not_found(KeyId key);
// `place`: a directory, or "the database".
Error no_store(const std::string& place);

}  // namespace scorekeeper::store
