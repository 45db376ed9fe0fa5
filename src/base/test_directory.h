// A private directory of one test, removed with all in it at its end. Included by test and
// benchmark files only.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/assert.h"

namespace scorekeeper {

// A place for stores whose files need not be on a disk: there an fsync takes no time.
inline std::filesystem::path memory_directory_path() {
  const std::filesystem::path shared_memory = "/dev/shm";
  std::error_code none;
  return std::filesystem::is_directory(shared_memory, none)
             ? shared_memory
             : std::filesystem::temp_directory_path();
}

class TestDirectory {
 public:
  explicit TestDirectory(
      const std::filesystem::path& place = std::filesystem::temp_directory_path())
      : path_((place / "scorekeeper_test.XXXXXX").string()) {
    ASSERT(::mkdtemp(path_.data()) != nullptr);
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }
  // A store's directory in it, which does not exist yet.
  std::string store() const { return path_ + "/store"; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace scorekeeper
