#include "store/sqlite/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::size_t rewritten_at_once = 1 << 20;

Error cannot_use(const std::string& directory, const std::string& why) {
  return make_error(Code::unavailable, "cannot use " + directory + ": " + why);
}

std::string holder_of(const std::string& directory) {
  const int file = ::open((directory + "/" + lock_file_name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "another process";
  std::array<char, 32> text{};
  const auto length = ::pread(file, text.data(), text.size() - 1, 0);
  ::close(file);
  std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid.empty() ? "another process" : "process " + pid;
}

Error in_use(const std::string& directory) {
  return make_error(Code::unavailable, directory + " is in use by " + holder_of(directory));
}

}  // namespace

std::string database_path(const std::string& directory) { return directory + "/" + file_name; }

Result<void> rewrite_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return cannot("open", path, errno);
  const auto rewrite = [&]() -> Result<void> {
    std::vector<std::byte> piece(rewritten_at_once);
    for (off_t at = 0;;) {
      const auto read = ::pread(file, piece.data(), piece.size(), at);
      if (read < 0) return cannot("read", path, errno);
      if (read == 0) break;
      const auto written = ::pwrite(file, piece.data(), static_cast<std::size_t>(read), at);
      if (written <= 0) return cannot("write", path, errno);
      at += written;
    }
    if (::fsync(file) != 0) return cannot("flush", path, errno);
    return {};
  };
  auto done = rewrite();
  ::close(file);
  return done;
}

Result<bool> make_private_directory(const std::string& directory) {
  if (directory.empty()) return make_error(Code::unavailable, "the store's directory has no name");
  if (directory.find("://") != std::string::npos) {  // not told: it may hold a password
    return invalid("the store must be a directory, not an address (scheme://…)");
  }
  std::error_code error;
  std::filesystem::path path(directory);
  if (!path.has_filename()) path = path.parent_path();  // "store/"
  if (std::filesystem::exists(path, error)) {
    if (!std::filesystem::is_directory(path, error)) {
      return cannot_use(directory, "it is not a directory");
    }
    return true;
  }
  std::vector<std::filesystem::path> made{path};  // and those above it that are not there
  for (auto above = path.parent_path(); !above.empty() && !std::filesystem::exists(above, error);) {
    made.push_back(above);
    above = above.parent_path();
  }
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return cannot("create", directory, error.value());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return cannot("create", directory, errno);
  for (const auto& name : made) TRY(sync_directory_of(name.string()));
  return false;
}

Result<void> make_directory(const std::string& directory) {
  TRY(make_private_directory(directory));
  // Never opened when it exists: closing it would drop the locks that SQLite holds on it in this
  // process.
  const std::string file = database_path(directory);
  const int created = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (created < 0 && errno != EEXIST) return cannot("create", file, errno);
  if (created >= 0) ::close(created);
  return {};
}

Result<LockFile> LockFile::take(const std::string& directory) {
  LockFile lock;
  lock.directory_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock.directory_ < 0 && errno != EACCES) return cannot("open", directory, errno);
  // Any other error is of a file system that locks files only.
  const bool held = lock.directory_ >= 0 && ::flock(lock.directory_, LOCK_EX | LOCK_NB) != 0 &&
                    errno == EWOULDBLOCK;
  if (held) return in_use(directory);
  const std::string path = directory + "/" + lock_file_name;
  lock.file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.file_ < 0) return cannot("open", path, errno);
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? in_use(directory) : cannot("lock", path, errno);
  }
  // On a full disk nobody learns who holds it, but the lock holds.
  const std::string pid = std::to_string(::getpid()) + "\n";
  const bool written =
      ::pwrite(lock.file_, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size()) &&
      ::ftruncate(lock.file_, static_cast<off_t>(pid.size())) == 0;
  if (!written && errno != ENOSPC && errno != EDQUOT) return cannot("write", path, errno);
  return lock;
}

LockFile::LockFile(LockFile&& other) noexcept
    : directory_(std::exchange(other.directory_, -1)), file_(std::exchange(other.file_, -1)) {}

LockFile::~LockFile() {
  if (file_ >= 0) ::close(file_);
  if (directory_ >= 0) ::close(directory_);
}

Result<StoreFiles> StoreFiles::remember(const std::string& directory) {
  StoreFiles files;
  std::size_t n = 0;
  for (const char* const suffix : {"", "-wal", "-shm"}) {
    File& file = files.files_[n++];
    file.path = database_path(directory) + suffix;
    struct stat status{};
    if (::stat(file.path.c_str(), &status) != 0) return cannot("find", file.path, errno);
    file.device = status.st_dev;
    file.inode = status.st_ino;
  }
  return files;
}

std::optional<std::string> StoreFiles::find_missing() const {
  for (const File& file : files_) {
    struct stat status{};
    if (::stat(file.path.c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return file.path;
    } else if (status.st_dev != file.device || status.st_ino != file.inode) {
      return file.path;
    }
  }
  return std::nullopt;
}

}  // namespace scorekeeper::store::sqlite
