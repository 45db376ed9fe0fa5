#include "app/snapshot_verification.h"

#include <fmt/format.h>

#include <utility>

#include "app/config.h"
#include "app/stores.h"
#include "intake/snapshot_check.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/log_reader.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/secrets.h"

namespace scorekeeper::app {
namespace {

using store::sqlite::SqliteConnection;

// Inside the caller's transaction. The file is opened first: a server that runs beside goes on
// writing, and the logs must not be older than their snapshot.
Result<intake::SnapshotCheck> compare(const store::SnapshotFile& file, SqliteConnection& connection,
                                      const store::Secrets& secrets,
                                      store::sqlite::Verification& verification) {
  store::sqlite::LogReader reader;
  TRY(reader.prepare(connection));
  const auto heads = TRY(store::sqlite::read_heads(connection));
  const intake::ReadLog read = [&](OrgId org, RowId after, std::size_t records_max) {
    return reader.read(org, after, records_max);
  };
  store::sqlite::Faults faults(verification);
  return intake::check_snapshots(file, secrets, heads, read,
                                 [&](std::string fault) { faults.add(std::move(fault)); });
}

}  // namespace

Result<VerifiedSnapshot> verify_snapshot(const std::string& store,
                                         store::sqlite::Verification& verification) {
  VerifiedSnapshot verified{.found = true, .position = 0, .notes = {}};
  if (verification.faults_total > 0) {
    verified.found = false;
    verified.notes.emplace_back("the snapshot was not looked at: the store itself has faults");
    return verified;
  }
  Config config;
  config.store = store;
  const auto place = snapshot_place(config);
  auto opened = TRY(store::sqlite::open_to_read(store::sqlite::database_path(store)));
  SqliteConnection& connection = opened.connection;
  const auto secrets = TRY(store::sqlite::read_secrets(connection));
  const auto file = store::SnapshotFile::open(place->path, identity_of(*place, secrets));
  if (!file) {
    verified.found = file.error().code != Code::not_found;
    verified.notes.push_back(verified.found
                                 ? "snapshot not used: " + file.error().detail
                                 : "there is no snapshot: a start reads all of the logs");
    return verified;
  }
  const std::uint64_t faults = verification.faults_total;
  TRY(connection.execute("BEGIN"));
  auto checked = compare(*file, connection, secrets, verification);
  TRY(connection.execute("COMMIT"));
  if (!checked) return checked.error();
  verified.position = checked->positions;
  verified.notes = std::move(checked->notes);
  if (verification.faults_total == faults && checked->orgs > 0) {
    verified.notes.push_back(
        fmt::format("the snapshot agrees with the logs up to position {}", verified.position));
  }
  return verified;
}

}  // namespace scorekeeper::app
