#include "base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace scorekeeper {

Error cannot(const std::string& doing, const std::string& path, int error) {
  return make_error(Code::unavailable,
                    "cannot " + doing + " " + path + ": " + std::generic_category().message(error));
}

Result<void> sync_directory(const std::string& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 && errno == EACCES) return {};  // what may not be read cannot be flushed
  if (file < 0) return cannot("open", directory, errno);
  const int synced = ::fsync(file);
  const int error = errno;
  ::close(file);
  return synced == 0 ? Result<void>() : cannot("flush", directory, error);
}

Result<void> sync_directory_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return sync_directory(parent.empty() ? "." : parent.string());
}

}  // namespace scorekeeper
