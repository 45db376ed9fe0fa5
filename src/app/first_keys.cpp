#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/key_commands.h"
#include "app/service.h"
#include "app/stores.h"
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

Result<void> make_first_keys(const std::string& store, Clock& clock) {
  const auto keys = TRY(open_keys(store));
  const auto known = TRY(keys->load_keys());
  if (!known.keys.empty()) return {};
  const bool embedded = !store::postgres::is_address(store);
  // Of several servers that meet an empty database the one that makes the org makes the keys.
  if (!embedded && !known.orgs.empty()) return {};
  auto made = known.orgs.empty() ? keys->create_org("default", clock.now()) : known.orgs[0];
  if (!made && made.error().code == Code::conflict) return {};
  const Org org = TRY(std::move(made));
  const auto pair =
      TRY(create_key_pair(*keys, {.org = org, .name = "initial", .scopes = {}}, clock));
  const std::string document = write_key_pair(pair) + "\n";
  if (embedded) TRY(write_private_file(store + "/initial-keys.json", document));
  std::fputs(document.c_str(), stdout);
  std::fflush(stdout);
  log::info("first keys made",
            {{"file", embedded ? store + "/initial-keys.json" : std::string()}, {"org", org.name}});
  return {};
}

}  // namespace scorekeeper::app
