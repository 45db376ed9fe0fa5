// A scorecard: a named group of rules. Made on the fly by the first rule that names it; stays when
// empty, so that one name keeps one id (contract §8, questions 42 and 43).
#pragma once

#include <string>

#include "base/clock.h"
#include "base/id.h"

namespace scorekeeper {

struct Scorecard {
  ScorecardNumber number;
  std::string id;  // 12 characters [a-z0-9]; opaque
  std::string name;
  std::string description;
  Time created_at{};
  Time modified_at{};

  bool operator==(const Scorecard&) const = default;
};

}  // namespace scorekeeper
