#include "matrix/kinds.h"

namespace scorekeeper::matrix {

const Kind* KindBook::find(std::string_view name) const {
  const auto found = kinds_.find(name);
  return found == kinds_.end() ? nullptr : &found->second;
}

std::vector<Kind> KindBook::list(const std::optional<std::string>& name, Page page) const {
  std::vector<Kind> found;
  for (const auto& [text, kind] : kinds_) {
    if (found.size() == page.size) break;
    if (name && *name != text) continue;
    if (page.offset > 0) {
      --page.offset;
      continue;
    }
    found.push_back(kind);
  }
  return found;
}

}  // namespace scorekeeper::matrix
