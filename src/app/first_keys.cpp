#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/key_commands.h"
#include "app/service.h"
#include "base/log.h"

namespace scorekeeper::app {
namespace {

// Written whole or not at all under its name, readable by its owner only.
Result<void> write_private_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    return make_error(Code::unavailable, "cannot write " + draft + ": " + std::strerror(errno));
  }
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (!written || !synced || ::rename(draft.c_str(), path.c_str()) != 0) {
    ::unlink(draft.c_str());
    return make_error(Code::unavailable, "cannot write " + path);
  }
  return {};
}

}  // namespace

Result<void> make_first_keys(const std::string& directory, Clock& clock) {
  const auto keys = TRY(store::sqlite::open_keys(directory));
  const auto known = TRY(keys->load_keys());
  if (!known.keys.empty()) return {};
  const auto org =
      known.orgs.empty() ? TRY(keys->create_org("default", clock.now())) : known.orgs[0];
  const auto pair =
      TRY(create_key_pair(*keys, {.org = org, .name = "initial", .scopes = {}}, clock));
  const std::string document = write_key_pair(pair) + "\n";
  const std::string path = directory + "/initial-keys.json";
  TRY(write_private_file(path, document));
  std::fputs(document.c_str(), stdout);
  std::fflush(stdout);
  log::info("first keys made", {{"file", path}, {"org", org.name}});
  return {};
}

}  // namespace scorekeeper::app
