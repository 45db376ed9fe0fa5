// The store's directory: made private, held by one server at a time, and watched: what a server
// writes into files that were removed is lost.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace scorekeeper::store::sqlite {

// Creates the directory (0700, and those above it) and an empty database file (0600) where there
// are none.
Result<void> make_directory(const std::string& directory);
// The same without the file. true: it was there before.
Result<bool> make_private_directory(const std::string& directory);

// Writes the same bytes again, and flushes them: what a failed fsync has left is in memory alone,
// and the kernel takes it for written. A file that SQLite does not lock and nobody else writes
// meanwhile: never the database itself, whose locks closing it would drop.
Result<void> rewrite_file(const std::string& path);

std::string database_path(const std::string& directory);

// Holds flock() on the directory and on the lock file until it is destroyed. The directory's lock
// counts when somebody has removed the lock file; the file tells who holds it. The file stays:
// removing it would race.
class LockFile {
 public:
  // Error unavailable "… is in use by process N" when another one holds it.
  static Result<LockFile> take(const std::string& directory);
  ~LockFile();
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;

 private:
  LockFile() = default;
  int directory_ = -1;
  int file_ = -1;
};

// The files that a server has open: database, write-ahead log and its index. A value; any thread.
class StoreFiles {
 public:
  // They must be there.
  static Result<StoreFiles> remember(const std::string& directory);
  // The path of one that was removed or replaced. A file that cannot be looked at counts as there:
  // only what is known to be gone is reported.
  std::optional<std::string> find_missing() const;

 private:
  struct File {
    std::string path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };
  std::array<File, 3> files_;
};

}  // namespace scorekeeper::store::sqlite
