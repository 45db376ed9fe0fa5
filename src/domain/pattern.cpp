#include "domain/pattern.h"

#include "domain/pattern_search.h"
#include "domain/text.h"

namespace scorekeeper {

namespace {

struct Exact {
  char operator()(char c) const { return c; }
};
struct Lowered {
  char operator()(char c) const { return to_lower(c); }
};

}  // namespace

bool matches_pattern(std::string_view text, std::string_view pattern, Letters letters) {
  if (letters == Letters::lowered) {
    Lowered lowered;
    return pattern_search::match(text, pattern, lowered);
  }
  Exact exact;
  return pattern_search::match(text, pattern, exact);
}

bool has_part(std::string_view text, std::string_view lowered_part) {
  Lowered lowered;
  return pattern_search::find_part(text, lowered_part, lowered) != pattern_search::nowhere;
}

}  // namespace scorekeeper
