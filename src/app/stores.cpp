#include "app/stores.h"

#include <utility>

#include "app/service.h"
#include "store/postgres/schema.h"
#include "store/postgres/tools/copy.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/tools/copy.h"

namespace scorekeeper::app {

store::Log& OpenStore::log() const {
  if (database) return *database;
  return *embedded;
}

store::Catalog& OpenStore::catalog() const {
  if (database) return *database;
  return *embedded;
}

Result<OpenStore> open_store(const Config& config,
                             std::function<void(const store::sqlite::StoreFailure&)> on_failure,
                             Metrics& metrics) {
  OpenStore open;
  // One for each thread that reads at a time, and one for the probe of readiness.
  const auto readers = static_cast<unsigned>(config.workers + config.query_workers) + 1;
  if (store::postgres::is_address(config.store)) {
    Counter& doubts = metrics.counter("scorekeeper_commits_in_doubt_total",
                                      "Commits whose answers were lost; each was looked for.");
    open.database = TRY(store::postgres::Store::open(
        {.address = config.store, .readers = readers, .commit_in_doubt = [&doubts] {
           doubts.add();
         }}));
    return open;
  }
  open.embedded = TRY(store::sqlite::Store::open(
      {.directory = config.store, .readers = readers, .on_failure = std::move(on_failure)},
      metrics));
  return open;
}

std::optional<store::SnapshotPlace> snapshot_place(const Config& config) {
  const auto place = [](const std::string& directory, std::int64_t schema) {
    return store::SnapshotPlace{.path = directory + "/" + store::snapshot_file_name,
                                .schema = static_cast<std::uint32_t>(schema)};
  };
  if (!store::postgres::is_address(config.store)) {
    return place(config.store, store::sqlite::known_version());
  }
  if (config.snapshot_dir.empty()) return std::nullopt;
  return place(config.snapshot_dir, store::postgres::known_version());
}

Result<std::optional<store::sqlite::LockFile>> hold_snapshot_dir(const Config& config) {
  if (!store::postgres::is_address(config.store) || config.snapshot_dir.empty()) {
    return std::nullopt;
  }
  auto held = [&]() -> Result<store::sqlite::LockFile> {
    TRY(store::sqlite::make_private_directory(config.snapshot_dir));
    return store::sqlite::LockFile::take(config.snapshot_dir);
  }();
  if (!held) return make_error(held.error().code, "snapshot_dir: " + held.error().detail);
  return *std::move(held);
}

Result<std::unique_ptr<store::KeyStore>> open_keys(const std::string& store) {
  TRY(check_store(store));
  if (store::postgres::is_address(store)) return store::postgres::open_keys(store);
  Config config;
  config.store = store;
  TRY(check_not_lost(config));  // else the advice is to let `serve` make one, which it would not
  return store::sqlite::open_keys(store);
}

Result<std::unique_ptr<store::Pruner>> open_pruner(const std::string& store) {
  if (store::postgres::is_address(store)) return store::postgres::open_pruner(store);
  return store::sqlite::open_pruner(store);
}

Result<std::unique_ptr<store::CopySource>> open_copy_source(const std::string& store) {
  if (store::postgres::is_address(store)) return store::postgres::open_copy_source(store);
  return store::sqlite::open_copy_source(store);
}

Result<std::unique_ptr<store::CopyTarget>> open_copy_target(const std::string& store) {
  if (store::postgres::is_address(store)) return store::postgres::open_copy_target(store);
  return store::sqlite::open_copy_target(store);
}

Result<void> check_copy(const std::string& from, const std::string& to) {
  TRY(check_store(from));
  TRY(check_store(to));
  if (store::postgres::is_address(from) != store::postgres::is_address(to)) return {};
  return invalid(
      "copy goes from a directory to a database or back; scorekeeper backup and restore copy a "
      "directory, pg_dump and pg_restore a database");
}

Result<void> check_embedded(const std::string& store, std::string_view command) {
  TRY(check_store(store));
  if (!store::postgres::is_address(store)) return {};
  return invalid(std::string(command) +
                 " is for embedded stores; docs/operations.md#postgresql describes the backup of "
                 "a database");
}

}  // namespace scorekeeper::app
