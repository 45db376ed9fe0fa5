// A scorecard: a named group of rules. Made on the fly by the first rule that names it; stays when
// empty, so that one name keeps one id, until it is deleted.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"

namespace scorekeeper {

struct Scorecard {
  ScorecardNumber number;
  std::string id;  // 12 characters [a-z0-9]; opaque
  std::string name;
  std::string description;
  Time created_at{};
  Time modified_at{};
  bool removed = false;  // its name is free; deleted rules still refer to it
  RowId version{};       // the position of its last change; none: not known

  bool operator==(const Scorecard&) const = default;
};

// The attributes of a scorecard that a request sets; nullopt: it stays as it is.
struct ScorecardFields {
  std::optional<std::string> name{};
  std::optional<std::string> description{};

  bool operator==(const ScorecardFields&) const = default;
};

// invalid: an empty name, texts that are too long or have control characters.
Result<void> check(const ScorecardFields& fields, const Limits& limits);
Error scorecard_not_found(const std::string& id);

}  // namespace scorekeeper
