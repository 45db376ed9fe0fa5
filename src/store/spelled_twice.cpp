#include "store/spelled_twice.h"

#include <fmt/format.h>

namespace scorekeeper::store {
namespace {

constexpr std::size_t listed_max = 20;  // a line of a log stays readable

}  // namespace

void SpelledTwice::add(std::string_view org, std::string_view references) {
  if (++count_ > listed_max) return;
  fmt::format_to(std::back_inserter(list_), "{}organization {} has {}", count_ == 1 ? "" : "; ",
                 org, references);
}

Result<void> SpelledTwice::check() const {
  if (count_ == 0) return {};
  const auto more = count_ > listed_max ? fmt::format("; and {} more", count_ - listed_max) : "";
  return make_error(
      Code::unavailable,
      fmt::format(
          "all spellings of a service's name are one service in this release, and the store "
          "has several for one: {}{}. Start the release that made the store, delete all but "
          "one spelling of each (DELETE /api/v2/catalog/entity/service:NAME; what was "
          "reported stays in the history), then start this release again",
          list_, more));
}

}  // namespace scorekeeper::store
