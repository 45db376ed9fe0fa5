#include "store/postgres/readers.h"

#include <chrono>

namespace scorekeeper::store::postgres {
namespace {

constexpr std::chrono::milliseconds lend_timeout{3'000};

}  // namespace

Readers::Readers(const ConnectOptions& options, unsigned count) {
  for (unsigned n = 0; n < count; ++n) {
    links_.push_back(std::make_unique<Link>(options));
    free_.push_back(links_.back().get());
  }
}

Result<Link*> Readers::lend() {
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
  Link* link = free_.back();
  free_.pop_back();
  return link;
}

void Readers::give_back(Link& link) {
  {
    Lock lock(mutex_);
    free_.push_back(&link);
  }
  returned_.notify_one();
}

}  // namespace scorekeeper::store::postgres
