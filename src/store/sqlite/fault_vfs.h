// A SQLite VFS that passes everything on to the system's and fails when told: the failing disk of
// tests. Included by test files only. Any thread.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace scorekeeper::store::sqlite {

class FaultVfs {
 public:
  explicit FaultVfs(std::string name) : name_(std::move(name)), real_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *real_;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const std::string& name() const { return name_; }

  // From now on write (sync) number `count`, from 1, and all after it fail until repair().
  void fail_writes(std::int64_t count, int code) { arm(writes_, write_code_, count, code); }
  void fail_syncs(std::int64_t count, int code) { arm(syncs_, sync_code_, count, code); }
  // Only the database file: checkpoints fail, commits do not.
  void fail_database_syncs(int code) { database_sync_code_ = code; }
  void repair() {
    database_sync_code_ = SQLITE_OK;
    write_code_ = SQLITE_OK;
    sync_code_ = SQLITE_OK;
  }

 private:
  struct File {
    sqlite3_file base;
    FaultVfs* owner;
    bool is_database;
    // The system's file stands behind it.
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static void arm(std::atomic<std::int64_t>& left, std::atomic<int>& code, std::int64_t count,
                  int value) {
    left = count;
    code = value;
  }
  static int count_down(std::atomic<std::int64_t>& left, const std::atomic<int>& code) {
    if (code == SQLITE_OK) return SQLITE_OK;
    return left.fetch_sub(1) <= 1 ? code.load() : SQLITE_OK;
  }

  static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* real_of(sqlite3_file* file) { return of(file)->real(); }
  static const sqlite3_io_methods* methods_of(sqlite3_file* file) {
    return real_of(file)->pMethods;
  }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
    auto* const owner = static_cast<FaultVfs*>(vfs->pAppData);
    of(file)->owner = owner;
    of(file)->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    const int code = owner->real_->xOpen(owner->real_, path, real_of(file), flags, out);
    file->pMethods = code == SQLITE_OK ? &methods() : nullptr;
    return code;
  }
  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    FaultVfs& owner = *of(file)->owner;
    const int code = count_down(owner.writes_, owner.write_code_);
    return code != SQLITE_OK ? code : methods_of(file)->xWrite(real_of(file), bytes, size, at);
  }
  static int sync(sqlite3_file* file, int flags) {
    FaultVfs& owner = *of(file)->owner;
    const int database_code = of(file)->is_database ? owner.database_sync_code_.load() : SQLITE_OK;
    if (database_code != SQLITE_OK) return database_code;
    const int code = count_down(owner.syncs_, owner.sync_code_);
    return code != SQLITE_OK ? code : methods_of(file)->xSync(real_of(file), flags);
  }

  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods all{
        .iVersion = 3,
        .xClose = [](sqlite3_file* f) { return methods_of(f)->xClose(real_of(f)); },
        .xRead = [](sqlite3_file* f, void* to, int size,
                    sqlite3_int64 at) { return methods_of(f)->xRead(real_of(f), to, size, at); },
        .xWrite = write,
        .xTruncate = [](sqlite3_file* f,
                        sqlite3_int64 size) { return methods_of(f)->xTruncate(real_of(f), size); },
        .xSync = sync,
        .xFileSize = [](sqlite3_file* f,
                        sqlite3_int64* size) { return methods_of(f)->xFileSize(real_of(f), size); },
        .xLock = [](sqlite3_file* f, int lock) { return methods_of(f)->xLock(real_of(f), lock); },
        .xUnlock = [](sqlite3_file* f,
                      int lock) { return methods_of(f)->xUnlock(real_of(f), lock); },
        .xCheckReservedLock =
            [](sqlite3_file* f, int* held) {
              return methods_of(f)->xCheckReservedLock(real_of(f), held);
            },
        .xFileControl =
            [](sqlite3_file* f, int what, void* argument) {
              return methods_of(f)->xFileControl(real_of(f), what, argument);
            },
        .xSectorSize = [](sqlite3_file* f) { return methods_of(f)->xSectorSize(real_of(f)); },
        .xDeviceCharacteristics =
            [](sqlite3_file* f) { return methods_of(f)->xDeviceCharacteristics(real_of(f)); },
        .xShmMap =
            [](sqlite3_file* f, int page, int size, int extend, void volatile** memory) {
              return methods_of(f)->xShmMap(real_of(f), page, size, extend, memory);
            },
        .xShmLock =
            [](sqlite3_file* f, int offset, int count, int flags) {
              return methods_of(f)->xShmLock(real_of(f), offset, count, flags);
            },
        .xShmBarrier = [](sqlite3_file* f) { methods_of(f)->xShmBarrier(real_of(f)); },
        .xShmUnmap = [](sqlite3_file* f,
                        int remove) { return methods_of(f)->xShmUnmap(real_of(f), remove); },
        .xFetch = [](sqlite3_file* f, sqlite3_int64 at, int size,
                     void** memory) { return methods_of(f)->xFetch(real_of(f), at, size, memory); },
        .xUnfetch = [](sqlite3_file* f, sqlite3_int64 at,
                       void* memory) { return methods_of(f)->xUnfetch(real_of(f), at, memory); }};
    return all;
  }

  std::string name_;
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_{};
  std::atomic<std::int64_t> writes_{0};
  std::atomic<std::int64_t> syncs_{0};
  std::atomic<int> write_code_{SQLITE_OK};
  std::atomic<int> sync_code_{SQLITE_OK};
  std::atomic<int> database_sync_code_{SQLITE_OK};
};

}  // namespace scorekeeper::store::sqlite
