// Copies a store into one file, also beside a running server, and restores such a file. One thread.
//
// A backup copies rows, not pages. SQLite's own online backup starts again whenever another process
// has committed between two of its steps, so that beside a busy server it never ends, or is one
// long read transaction; and while a transaction reads, the server's log cannot be cut back. The
// two tables that hold nearly everything, the logs and the requests, are only ever appended to:
// they are copied some rows at a time, each piece in a read transaction of its own, until few are
// left. The last transaction reads the rest of them and all of the other tables, so that the copy
// is the store of one moment. When a prune has changed copied rows meanwhile, all is copied again
// once it is done.
#pragma once

#include <cstdint>
#include <string>

#include "base/id.h"
#include "base/result.h"

namespace scorekeeper::store::sqlite {

struct BackupReport {
  std::uint64_t rows = 0;   // records of the logs
  RowId position;           // the last positions of all logs, added up
  std::uint64_t bytes = 0;  // of the file
};

// Copies the directory's store into `file`; takes no lock. The file gets its name only when it is
// complete, checked and durable. It is private (0600) and not in WAL mode. Error conflict: the file
// exists.
Result<BackupReport> back_up(const std::string& directory, const std::string& file);

// Makes `file`, a backup that verify() finds nothing wrong with, the store of a directory that has
// none (`conflict`), under its lock file.
Result<BackupReport> restore(const std::string& file, const std::string& directory);

}  // namespace scorekeeper::store::sqlite
