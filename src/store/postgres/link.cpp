#include "store/postgres/link.h"

#include <algorithm>

namespace scorekeeper::store::postgres {
namespace {

constexpr std::chrono::milliseconds first_wait{25};
constexpr std::chrono::milliseconds longest_wait{1'000};

}  // namespace

Result<PgConnection*> Link::get() {
  drop_if_broken();
  if (connection_) return &*connection_;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_try_) return make_error(Code::unavailable, "PostgreSQL cannot be reached");
  auto opened = PgConnection::open(options_);
  if (!opened) {
    wait_ = std::clamp(wait_ * 2, first_wait, longest_wait);
    next_try_ = std::chrono::steady_clock::now() + wait_;
    return std::move(opened).error();
  }
  wait_ = {};
  ++opened_;
  connection_.emplace(*std::move(opened));
  return &*connection_;
}

}  // namespace scorekeeper::store::postgres
