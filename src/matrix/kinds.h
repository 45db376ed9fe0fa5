// The kinds of entities that one org has described, by name. Few. One writer, readers under
// OrgMatrix's lock.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/entity_definition.h"
#include "matrix/filter.h"

namespace scorekeeper::matrix {

class KindBook {
 public:
  // --- readers
  const Kind* find(std::string_view name) const;
  std::size_t count() const { return kinds_.size(); }
  // Ascending by name; `name` = that one alone.
  std::vector<Kind> list(const std::optional<std::string>& name, Page page) const;

  // --- the writer
  void put(const Kind& kind) { kinds_[kind.name] = kind; }
  void remove(const std::string& name) { kinds_.erase(name); }

 private:
  std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace scorekeeper::matrix
