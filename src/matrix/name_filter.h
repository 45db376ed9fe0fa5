// Entities that are meant by their names: found by look-up, whatever the org holds. A value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

// Those that match all that is set.
struct NameFilter {
  std::optional<std::string> reference;  // canonical
  std::optional<std::string> name;       // exactly, of any kind and namespace
  // A name as above, or a reference in either of its forms: also that entity.
  std::optional<std::string> name_or_reference = std::nullopt;

  bool empty() const { return !reference && !name && !name_or_reference; }
  // Ascending; removed ones too. The filter is not empty.
  std::vector<EntityNumber> find(const Names& names) const;
};

}  // namespace scorekeeper::matrix
