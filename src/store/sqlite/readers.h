// The reading connections: a small pool for any thread. Each is one thread's while it is lent.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/log_reader.h"

namespace scorekeeper::store::sqlite {

struct Reader {
  SqliteConnection connection;
  LogReader log;
  Statement ping;
};

class Readers {
 public:
  // A reader that is lent; back in the pool when this dies.
  class Lease {
   public:
    Lease(Readers& readers, Reader& reader) : readers_(&readers), reader_(&reader) {}
    ~Lease() {
      if (reader_ != nullptr) readers_->give_back(*reader_);
    }
    Lease(Lease&& other) noexcept
        : readers_(other.readers_), reader_(std::exchange(other.reader_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    Reader* operator->() const { return reader_; }
    Reader& operator*() const { return *reader_; }

   private:
    Readers* readers_;
    Reader* reader_;
  };

  static Result<std::unique_ptr<Readers>> open(const ConnectionOptions& options, unsigned count);

  // Waits some seconds for a free one; then unavailable.
  Result<Lease> lend() EXCLUDES(mutex_);

 private:
  void give_back(Reader& reader) EXCLUDES(mutex_);

  std::vector<std::unique_ptr<Reader>> readers_;
  Mutex mutex_;
  CondVar returned_;
  std::vector<Reader*> free_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::store::sqlite
