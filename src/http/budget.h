// Bytes that are held at one time: all together, and those of one share of a Request (or of one
// peer). Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "base/mutex.h"

namespace scorekeeper::http {

class ByteBudget {
 public:
  ByteBudget(std::size_t bytes_max, std::size_t share_bytes_max)
      : bytes_max_(bytes_max), share_bytes_max_(share_bytes_max) {}

  enum class Taken {
    yes,
    share_is_full,
    all_is_full,
  };
  // All of the bytes or none.
  Taken take(std::uint64_t share, std::size_t bytes);
  // Bytes that are there already.
  void add(std::uint64_t share, std::size_t bytes);
  void give(std::uint64_t share, std::size_t bytes);
  // The share holds as much as it may, or all together do and the share has a part in it.
  bool is_full(std::uint64_t share) const;

 private:
  const std::size_t bytes_max_;
  const std::size_t share_bytes_max_;
  mutable Mutex mutex_;
  std::size_t used_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::uint64_t, std::size_t> shares_ GUARDED_BY(mutex_);  // none is 0
};

}  // namespace scorekeeper::http
