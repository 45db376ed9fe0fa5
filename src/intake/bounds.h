// The bounds of what an org has: entities, rules, scorecards, campaigns.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace scorekeeper::intake {

struct Counts {
  std::size_t live = 0;
  std::size_t ever = 0;  // deleted ones too
};

// `things`: the word for them in the error. too_large: more than `most` live ones, or more than
// ever_factor times that with deleted ones.
Result<void> check_counts(std::string_view things, const Counts& counts, std::size_t most);

// Distinct texts of an org's entities, such as their kinds: what there is, and with those that
// come. `setting`: the limit, for the error. too_large: more come, and there are more than `most`
// then; without new ones all may be changed, where a limit was lowered below what there is.
Result<void> check_texts(std::string_view things, std::string_view setting, std::size_t before,
                         std::size_t after, std::size_t most);

}  // namespace scorekeeper::intake
