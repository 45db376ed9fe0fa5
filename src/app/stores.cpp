#include "app/stores.h"

#include <utility>

#include "app/service.h"
#include "store/postgres/copy.h"
#include "store/sqlite/copy.h"

namespace scorekeeper::app {

store::Ledger& OpenStore::ledger() const {
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
    open.database =
        TRY(store::postgres::Store::open({.address = config.store, .readers = readers}));
    return open;
  }
  open.embedded = TRY(store::sqlite::Store::open(
      {.directory = config.store, .readers = readers, .on_failure = std::move(on_failure)},
      metrics));
  return open;
}

Result<std::unique_ptr<store::KeyStore>> open_keys(const std::string& store) {
  TRY(check_store(store));
  if (store::postgres::is_address(store)) return store::postgres::open_keys(store);
  Config config;
  config.store = store;
  TRY(check_not_lost(config));  // else the advice is to let `serve` make one, which it would not
  return store::sqlite::open_keys(store);
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
                 " is for embedded stores; docs/operations.md tells how a database is backed up "
                 "and checked");
}

}  // namespace scorekeeper::app
