#include "base/open_files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace scorekeeper {
namespace {

std::size_t raise_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur >= wanted) return limit.rlim_cur;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace

std::size_t reserve_open_files(std::size_t wanted) {
  const auto limit = raise_limit(wanted);
  const auto count = std::min(limit, wanted);
  if (count == 0) return limit;
  const int directory = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return limit;
  // The lowest free number from there on: the table has a place for it from now on.
  const int last = ::fcntl(directory, F_DUPFD_CLOEXEC, static_cast<int>(count - 1));
  if (last >= 0) ::close(last);
  ::close(directory);
  return limit;
}

}  // namespace scorekeeper
