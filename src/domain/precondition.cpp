#include "domain/precondition.h"

#include <algorithm>
#include <string>
#include <utility>

namespace scorekeeper {

bool Precondition::is_met_by(std::optional<RowId> version) const {
  if (!given) return true;
  if (!version) return false;
  return any || (*version && std::ranges::find(versions, *version) != versions.end());
}

Result<void> Precondition::check(std::optional<RowId> version) const {
  if (is_met_by(version)) return {};
  std::string detail = "If-Match does not match: ";
  if (!version) {
    detail += "it is not there yet";
  } else if (*version) {
    detail += "it was changed, its version is \"" + std::to_string(version->number) + "\" now";
  } else {
    detail += "its version is another one";
  }
  return precondition_failed(std::move(detail), version.value_or(RowId()).number);
}

}  // namespace scorekeeper
