#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "app/key_commands.h"
#include "app/service.h"
#include "app/stores.h"
#include "base/log.h"
#include "store/sqlite/directory.h"

namespace scorekeeper::app {
namespace {

constexpr const char* first_keys_file_name = "initial-keys.json";

Error lost(const std::string& store, const std::string& trace, const std::string& database) {
  return make_error(Code::unavailable,
                    "the store in " + store + " is lost: " + trace + " is there, but " + database +
                        " is missing or empty. Move the directory away and restore a backup, or "
                        "start once with --replace-lost-store to make a new, empty store");
}

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

Result<void> check_not_lost(const Config& config) {
  if (store::postgres::is_address(config.store) || config.replace_lost_store) return {};
  const std::string database = store::sqlite::database_path(config.store);
  std::error_code error;
  const auto bytes = std::filesystem::file_size(database, error);
  if (!error && bytes > 0) return {};
  for (const auto& trace : {config.store + "/" + first_keys_file_name, database + "-wal"}) {
    if (std::filesystem::exists(trace, error)) return lost(config.store, trace, database);
  }
  return {};
}

Result<void> make_first_keys(const Config& config, Clock& clock) {
  const auto& store = config.store;
  const auto keys = TRY(open_keys(store));
  const auto known = TRY(keys->load_keys());
  if (!known.keys.empty()) return {};
  const bool embedded = !store::postgres::is_address(store);
  const std::string file = store + "/" + first_keys_file_name;
  std::error_code error;
  if (embedded && !config.replace_lost_store && std::filesystem::exists(file, error)) {
    return lost(store, file, store::sqlite::database_path(store));
  }
  // If several servers meet an empty database, the one that makes the org makes the keys.
  if (!embedded && !known.orgs.empty()) return {};
  auto made = known.orgs.empty() ? keys->create_org(std::string(first_org_name), clock.now())
                                 : known.orgs[0];
  if (!made && made.error().code == Code::conflict) return {};
  const Org org = TRY(std::move(made));
  const auto pair =
      TRY(create_key_pair(*keys, {.org = org, .name = "initial", .scopes = {}}, clock));
  const std::string document = write_key_pair(pair) + "\n";
  if (embedded) TRY(write_private_file(file, document));
  std::fputs(document.c_str(), stdout);
  std::fflush(stdout);
  log::info("first keys made", {{"file", embedded ? file : std::string()}, {"org", org.name}});
  return {};
}

}  // namespace scorekeeper::app
