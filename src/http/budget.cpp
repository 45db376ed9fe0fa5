#include "http/budget.h"

#include "base/assert.h"

namespace scorekeeper::http {

ByteBudget::Taken ByteBudget::take(std::uint64_t share, std::size_t bytes) {
  if (bytes == 0) return Taken::yes;
  const Lock lock(mutex_);
  const auto known = shares_.find(share);
  const auto held = known == shares_.end() ? 0 : known->second;
  if (held + bytes > share_bytes_max_) return Taken::share_is_full;
  if (used_ + bytes > bytes_max_) return Taken::all_is_full;
  used_ += bytes;
  shares_[share] = held + bytes;
  return Taken::yes;
}

void ByteBudget::add(std::uint64_t share, std::size_t bytes) {
  if (bytes == 0) return;
  const Lock lock(mutex_);
  used_ += bytes;
  shares_[share] += bytes;
}

void ByteBudget::give(std::uint64_t share, std::size_t bytes) {
  if (bytes == 0) return;
  const Lock lock(mutex_);
  const auto known = shares_.find(share);
  ASSERT(known != shares_.end() && known->second >= bytes);
  used_ -= bytes;
  known->second -= bytes;
  if (known->second == 0) shares_.erase(known);
}

bool ByteBudget::is_full(std::uint64_t share) const {
  const Lock lock(mutex_);
  const auto known = shares_.find(share);
  if (known == shares_.end()) return false;
  return known->second >= share_bytes_max_ || used_ >= bytes_max_;
}

}  // namespace scorekeeper::http
