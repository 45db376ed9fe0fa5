// The store's directory: made private, and held by one server at a time through a lock file
// (decisions 3).
#pragma once

#include <string>

#include "base/result.h"

namespace scorekeeper::store::sqlite {

// Creates the directory (0700, and those above it) and an empty database file (0600) where there
// are none.
Result<void> make_directory(const std::string& directory);
// The same without the file. true: it was there before.
Result<bool> make_private_directory(const std::string& directory);
// So that a new name in it survives a power loss.
Result<void> sync_directory(const std::string& directory);

std::string database_path(const std::string& directory);

// Holds flock() on the lock file until it is destroyed. The file stays: removing it would race.
class LockFile {
 public:
  // Error unavailable "… is in use by process N" when another one holds it.
  static Result<LockFile> take(const std::string& directory);
  ~LockFile();
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;

 private:
  explicit LockFile(int file) : file_(file) {}
  int file_;
};

}  // namespace scorekeeper::store::sqlite
