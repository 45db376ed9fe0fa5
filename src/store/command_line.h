// What the commands of the command line that write orgs and keys tell, in whatever store: events of
// the audit log, of the user of the system who runs the command, and refusals. Any thread.
#pragma once

#include <string>

#include "base/result.h"
#include "domain/audit.h"
#include "domain/org.h"

namespace scorekeeper::store {

// Whoever runs this program, as the system calls him: by name, else by number.
AuditActor command_line_actor();

// Without a number, which the store gives.
AuditEvent creation_of(const Org& org);
AuditEvent creation_of(const Key& key);
AuditEvent revocation_of(const Key& key, Time now);

Error org_exists(const std::string& name);
Error org_not_found(OrgId org);
Error key_not_found(KeyId key);
// `place`: a directory, or "the database".
Error no_store(const std::string& place);

}  // namespace scorekeeper::store
