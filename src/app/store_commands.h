// The commands of the command line that look after a whole store: copies of it, a look for damage,
// its version. They print on stdout. Backup and verify work beside a running server.
#pragma once

#include <optional>
#include <string>

#include "app/key_commands.h"
#include "app/snapshot_verification.h"
#include "base/result.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::app {

Result<void> store_backup(const std::string& store, const std::string& file, Format format);
Result<void> store_restore(const std::string& file, const std::string& store, Format format);
// Verifies a store's directory. false: a fault was printed.
Result<bool> store_verify(const std::string& store, Format format);
// Verifies a backup.
Result<bool> file_verify(const std::string& file, Format format);
// Says which version the store has and which one this release knows.
Result<void> store_migrate_status(const std::string& store, Format format);
Result<void> store_migrate_up(const std::string& store, Format format);

// Text: a line for each fault and each note, the counts and a verdict. JSON: one object in one
// line. `snapshot`: of a store; a backup has none.
std::string write_verification(const std::string& path,
                               const store::sqlite::Verification& verification,
                               const std::optional<VerifiedSnapshot>& snapshot, Format format);

}  // namespace scorekeeper::app
