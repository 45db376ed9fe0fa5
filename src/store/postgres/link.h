// A connection that comes back: opened when it is needed, opened again after it broke, with growing
// waits in between so that a database that is down is not stormed. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/result.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

class Link {
 public:
  explicit Link(ConnectOptions options) : options_(std::move(options)) {}

  // The connection, sound as far as is known. `unavailable` at once while it is too early to try
  // again.
  Result<PgConnection*> get();
  // Forgets a connection that broke, or whose state is not known.
  void drop() { connection_.reset(); }
  // The number of connections so far.
  std::uint64_t opened() const { return opened_; }
  // The open connection; never a new one, which would know nothing of what was begun.
  Result<PgConnection*> current() {
    drop_if_broken();
    if (connection_) return &*connection_;
    return make_error(Code::unavailable, "the connection to PostgreSQL is lost");
  }
  void drop_if_broken() {
    if (connection_ && connection_->is_broken()) drop();
  }
  bool is_open() const { return connection_.has_value(); }

  // Calls `body`, which must change nothing in the database, with the connection. When a connection
  // from before turns out to be broken, calls it once more with a new one.
  template <class Body>
  auto read(const Body& body) -> decltype(body(std::declval<PgConnection&>())) {
    for (bool again = is_open();; again = false) {
      auto result = body(*TRY(get()));
      const bool broken = connection_->is_broken();
      if (broken || connection_->in_transaction()) drop();
      if (result || !broken || !again) return result;
    }
  }

 private:
  ConnectOptions options_;
  std::optional<PgConnection> connection_;
  std::uint64_t opened_ = 0;
  std::chrono::milliseconds wait_{0};
  std::chrono::steady_clock::time_point next_try_{};
};

}  // namespace scorekeeper::store::postgres
