#include "store/sqlite/readers.h"

#include <algorithm>
#include <chrono>

#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::chrono::milliseconds lend_timeout{3'000};

Result<std::unique_ptr<Reader>> open_reader(const ConnectionOptions& options) {
  SqliteConnection connection = TRY(open_connection(options));
  TRY(connection.execute("PRAGMA query_only = ON"));
  auto reader =
      std::make_unique<Reader>(Reader{.connection = std::move(connection), .log = {}, .ping = {}});
  TRY(reader->log.prepare(reader->connection));
  reader->ping =
      TRY(reader->connection.prepare("SELECT value FROM meta WHERE key = 'keys_version'"));
  return reader;
}

}  // namespace

Result<std::unique_ptr<Readers>> Readers::open(const ConnectionOptions& options, unsigned count) {
  auto readers = std::make_unique<Readers>();
  for (unsigned n = 0; n < std::max(1U, count); ++n) {
    readers->readers_.push_back(TRY(open_reader(options)));
  }
  Lock lock(readers->mutex_);
  for (const auto& reader : readers->readers_) readers->free_.push_back(reader.get());
  return readers;
}

Result<Readers::Lease> Readers::lend() {
  const auto deadline = std::chrono::steady_clock::now() + lend_timeout;
  Lock lock(mutex_);
  while (free_.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return make_error(Code::unavailable, "every reading connection of the store is busy");
    }
    returned_.wait_for(mutex_, left);
  }
  Reader& reader = *free_.back();
  free_.pop_back();
  return Lease(*this, reader);
}

void Readers::give_back(Reader& reader) {
  {
    Lock lock(mutex_);
    free_.push_back(&reader);
  }
  returned_.notify_one();
}

}  // namespace scorekeeper::store::sqlite
