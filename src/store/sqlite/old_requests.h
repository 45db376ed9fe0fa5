// Forgetting the rows of old requests (Log::forget_requests): inside the caller's transaction, on
// the connection that writes, and its thread.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/id.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

class OldRequests {
 public:
  // `connection` outlives this.
  static Result<std::unique_ptr<OldRequests>> open(SqliteConnection& connection);

  // Forgets requests that were accepted before `before`, at most `limit`; returns how many.
  Result<std::uint64_t> forget(Time before, std::uint64_t limit);

 private:
  // Behind that number, of a look at so many rows. Returns how many were forgotten.
  Result<std::uint64_t> forget_behind(RequestNumber number, std::uint64_t looked_at, Time before,
                                      std::uint64_t limit);
  // Where a look at so many rows ends; none: there are no more.
  Result<RequestNumber> end_of_look(RequestNumber number, std::uint64_t looked_at);

  SqliteConnection* connection_ = nullptr;
  Statement forget_;
  Statement end_;
  RequestNumber swept_to_;
};

}  // namespace scorekeeper::store::sqlite
