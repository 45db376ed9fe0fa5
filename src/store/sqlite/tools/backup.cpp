#include "store/sqlite/tools/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "store/snapshot_file.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/tools/store_copy.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::store::sqlite {
namespace {

using Rows = std::map<std::string, std::uint64_t>;  // by table

Error with_place(Error error, const std::string& place) {
  if (error.detail.find(place) == std::string::npos) {
    error.detail = "cannot write " + place + ": " + error.detail;
  }
  return error;
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

// A private file with a name of its own beside `path`, which it takes when all is well; else it is
// removed.
class Draft {
 public:
  static Result<Draft> create(const std::string& path) {
    Draft draft;
    draft.draft_ = path + ".XXXXXX";
    const int file = ::mkstemp(draft.draft_.data());
    if (file < 0) return cannot("create a file beside", path, errno);
    draft.path_ = path;
    ::close(file);
    return draft;
  }
  ~Draft() {
    if (!path_.empty()) ::unlink(draft_.c_str());
  }
  Draft(Draft&& other) noexcept
      : path_(std::exchange(other.path_, {})), draft_(std::move(other.draft_)) {}
  Draft& operator=(Draft&&) = delete;

  const std::string& name() const { return draft_; }

  // Durable before it has its name. A name that is taken is an Error.
  Result<std::uint64_t> publish() {
    const int file = ::open(draft_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return cannot("open", draft_, errno);
    struct stat status{};
    const bool synced = ::fsync(file) == 0 && ::fstat(file, &status) == 0;
    const int error = errno;
    ::close(file);
    if (!synced) return cannot("flush", draft_, error);
    if (::renameat2(AT_FDCWD, draft_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
      // A file system that cannot do both at once.
      if (errno != EINVAL && errno != ENOSYS) return cannot("name", path_, errno);
      if (exists(path_)) return cannot("name", path_, EEXIST);
      if (::rename(draft_.c_str(), path_.c_str()) != 0) return cannot("name", path_, errno);
    }
    TRY(sync_directory_of(std::exchange(path_, {})));
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Draft() = default;

  std::string path_;  // empty: it has its name, or never was
  std::string draft_;
};

// A database that is written once, whole, and flushed by its Draft: a crash leaves nothing of it.
Result<SqliteConnection> open_target(const std::string& path) {
  SqliteConnection target = TRY(SqliteConnection::open({.path = path, .vfs = {}}));
  const std::string pragmas = "PRAGMA page_size = " + std::to_string(page_bytes) +
                              ";"
                              "PRAGMA journal_mode = OFF;"
                              "PRAGMA synchronous = OFF;"
                              "PRAGMA cache_size = -32768";
  TRY(target.execute(pragmas.c_str()));
  return target;
}

Result<BackupReport> report_of(SqliteConnection& copy) {
  BackupReport report;
  report.rows = static_cast<std::uint64_t>(TRY(copy.query_integer("SELECT count(*) FROM log_row")));
  report.position = {static_cast<std::uint64_t>(
      TRY(copy.query_integer("SELECT coalesce(sum(position), 0) FROM log_head")))};
  return report;
}

// Checks that the file has what was written into it.
Result<BackupReport> check(const std::string& path, const Rows& expected) {
  ReadStore written = TRY(open_to_read(path));
  TRY(check_known(path, written.version));
  Statement quick = TRY(written.connection.prepare("PRAGMA quick_check(1)"));
  const bool answered = TRY(quick.step());
  if (!answered || quick.text(0) != "ok") {
    return make_error(Code::unavailable, "the copy is damaged: " + std::string(quick.text(0)));
  }
  quick.reset();
  for (const auto& [table, rows] : expected) {
    const auto count =
        TRY(written.connection.query_integer("SELECT count(*) FROM \"" + table + "\""));
    if (std::cmp_not_equal(count, rows)) {
      return make_error(Code::unavailable, "the copy has " + std::to_string(count) + " rows of " +
                                               table + " in place of " + std::to_string(rows));
    }
  }
  return report_of(written.connection);
}

Result<BackupReport> copy_store(SqliteConnection& source, const std::string& path) {
  Rows rows;
  {
    SqliteConnection target = TRY(open_target(path));
    StoreCopy copy(source, target);
    TRY(copy.run());
    rows = copy.rows();
  }
  return check(path, rows);
}

// The pages of a file as they are.
Result<BackupReport> copy_pages(SqliteConnection& source, const std::string& path) {
  SqliteConnection target = TRY(open_target(path));
  sqlite3_backup* const backup = sqlite3_backup_init(target.get(), "main", source.get(), "main");
  if (backup == nullptr) {
    return error_of(target.get(), sqlite3_errcode(target.get()), "the store cannot be copied");
  }
  sqlite3_backup_step(backup, -1);
  const int code = sqlite3_backup_finish(backup);
  if (code != SQLITE_OK) return error_of(target.get(), code, "the store cannot be copied");
  return report_of(target);
}

Result<void> check_without_store(const std::string& directory) {
  std::error_code error;
  const std::string path = database_path(directory);
  for (const char* const suffix : {"", "-wal", "-journal"}) {
    // An empty file is what a server leaves that found no room for more.
    const auto bytes = std::filesystem::file_size(path + suffix, error);
    if (!error && bytes > 0) {
      return make_error(Code::conflict, "cannot restore into " + directory +
                                            ": it has a store already (" + path + suffix + ")");
    }
  }
  return {};
}

Result<void> check_name_of_copy(const std::string& file) {
  if (file.empty()) return invalid("the name of the file to write is empty");
  if (file.ends_with('/'))
    return invalid("cannot write " + file + ": it is not the name of a file");
  return {};
}

}  // namespace

Result<BackupReport> back_up(const std::string& directory, const std::string& file) {
  TRY(check_name_of_copy(file));
  if (exists(file)) return make_error(Code::conflict, "cannot write " + file + ": it exists");
  const std::string path = database_path(directory);
  ReadStore source = TRY(open_to_read(path));
  TRY(check_known(path, source.version));
  Draft draft = TRY(Draft::create(file));
  auto report = copy_store(source.connection, draft.name());
  if (!report) return with_place(report.error(), file);
  report->bytes = TRY(draft.publish());
  return report;
}

Result<BackupReport> restore(const std::string& file, const std::string& directory) {
  TRY(check_without_store(directory));
  const Verification verification = TRY(verify(file));
  if (verification.faults_total > 0) {
    return make_error(Code::unavailable, "cannot restore " + file + ": " +
                                             verification.faults.front() +
                                             "; `scorekeeper verify` shows all");
  }
  TRY(make_private_directory(directory));
  if (::chmod(directory.c_str(), 0700) != 0) return cannot("make private", directory, errno);
  const LockFile lock = TRY(LockFile::take(directory));
  TRY(check_without_store(directory));
  const std::string path = database_path(directory);
  ::unlink(path.c_str());  // an empty one
  // Of the store that was here before: a start would find that it is of another history.
  const std::string snapshot = directory + "/" + snapshot_file_name;
  if (::unlink(snapshot.c_str()) != 0 && errno != ENOENT) return cannot("remove", snapshot, errno);
  Draft draft = TRY(Draft::create(path));
  ReadStore source = TRY(open_to_read(file));
  auto report = copy_pages(source.connection, draft.name());
  if (!report) return with_place(report.error(), path);
  report->bytes = TRY(draft.publish());
  return report;
}

}  // namespace scorekeeper::store::sqlite
