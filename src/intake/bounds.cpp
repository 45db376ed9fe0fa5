#include "intake/bounds.h"

#include <fmt/format.h>

#include "base/limits.h"

namespace scorekeeper::intake {

Result<void> check_counts(std::string_view things, const Counts& counts, std::size_t most) {
  if (counts.live > most) {
    return make_error(Code::too_large,
                      fmt::format("an organization has at most {} {}", most, things));
  }
  if (counts.ever > most * ever_factor) {
    return make_error(Code::too_large,
                      fmt::format("an organization has at most {} {}, deleted ones included",
                                  most * ever_factor, things));
  }
  return {};
}

Result<void> check_texts(std::string_view things, std::string_view setting, std::size_t before,
                         std::size_t after, std::size_t most) {
  if (after <= most || after == before) return {};
  return make_error(Code::too_large,
                    fmt::format("the entities of an organization have at most {} different {} ({})",
                                most, things, setting));
}

}  // namespace scorekeeper::intake
