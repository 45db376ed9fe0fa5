// The first so many entities of those that it is shown, by name, kind and namespace as bytes. For a
// page of a list that no index orders: what it holds is bounded by the page, not by what it is
// shown. Lives as long as one list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/id.h"

namespace scorekeeper::store {

class FirstByName {
 public:
  // Of a page of `size` behind `offset` others.
  FirstByName(std::uint64_t offset, std::uint64_t size);

  void add(EntityNumber number, std::string_view name, std::string_view kind,
           std::string_view name_space);
  std::uint64_t count() const { return count_; }  // how many it keeps at most
  // The page, in order. Once, at the end.
  std::vector<EntityNumber> take();

 private:
  struct Entity {
    std::string name;
    std::string kind;
    std::string name_space;
    EntityNumber number;

    std::tuple<std::string_view, std::string_view, std::string_view> key() const {
      return {name, kind, name_space};
    }
  };

  std::uint64_t offset_;
  std::uint64_t count_;
  std::vector<Entity> entities_;  // a heap: the last one by name in front
};

}  // namespace scorekeeper::store
