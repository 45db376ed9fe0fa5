// The store that a configuration names: a directory, which is embedded, or the address of a
// database, which servers may share. The only place that tells them apart.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/config.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/log.h"
#include "store/postgres/store.h"
#include "store/snapshot_file.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/store.h"
#include "store/tools/copy.h"

namespace scorekeeper::app {

// One of the two is there. Made and ended by main's thread.
struct OpenStore {
  std::unique_ptr<store::sqlite::Store> embedded;
  std::unique_ptr<store::postgres::Store> database;

  store::Log& log() const;
  store::Catalog& catalog() const;
};

// A connection for each worker that may read, and one more. `on_failure`: as
// sqlite::StoreOptions.
Result<OpenStore> open_store(const Config& config,
                             std::function<void(const store::sqlite::StoreFailure&)> on_failure,
                             Metrics& metrics);
// The place of this server's snapshot, if it keeps one: the directory of an embedded store, or
// snapshot_dir.
std::optional<store::SnapshotPlace> snapshot_place(const Config& config);
// Makes the snapshot_dir of a server on a database, private, where it is not there, and keeps it
// from other servers until the lock goes. Errors name the setting: another server has it, or
// nothing can be written there. None: there is no such directory.
Result<std::optional<store::sqlite::LockFile>> hold_snapshot_dir(const Config& config);
// The key tables, of a store that exists.
Result<std::unique_ptr<store::KeyStore>> open_keys(const std::string& store);
// For prune, of a store that exists.
Result<std::unique_ptr<store::Pruner>> open_pruner(const std::string& store);
// Between two stores of different kinds; the source is opened first. docs/operations.md.
Result<std::unique_ptr<store::CopySource>> open_copy_source(const std::string& store);
Result<std::unique_ptr<store::CopyTarget>> open_copy_target(const std::string& store);
// An Error unless one is a directory and one a database.
Result<void> check_copy(const std::string& from, const std::string& to);
// An Error for what only an embedded store can: "backup is for …".
Result<void> check_embedded(const std::string& store, std::string_view command);

}  // namespace scorekeeper::app
