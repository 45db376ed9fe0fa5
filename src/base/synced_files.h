// Which files and directories this process has flushed with fsync(): takes the place of the
// system's. Included by one file of a test program.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <system_error>

namespace scorekeeper {

class SyncedFiles {
 public:
  static SyncedFiles& get() {
    static SyncedFiles files;
    return files;
  }
  void add(int file) {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), error);
    const std::lock_guard lock(mutex_);
    if (!error) paths_.insert(path.string());
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    paths_.clear();
  }
  bool has(const std::string& path) {
    const std::string real = std::filesystem::canonical(path).string();
    const std::lock_guard lock(mutex_);
    return paths_.contains(real);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> paths_;
};

}  // namespace scorekeeper

extern "C" int fsync(int file) {
  scorekeeper::SyncedFiles::get().add(file);
  return static_cast<int>(::syscall(SYS_fsync, file));
}
