// A list of things that texts are looked for in, in short looks: thousands of descriptions are some
// 100 MB, and a writer waits for each look. Each thing is as it was in one of them; what comes or
// goes behind the place where a look ended is met or not.
//
// Lives for one list; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "matrix/filter.h"

namespace scorekeeper::matrix {

// `After` says where it goes on.
template <class Item, class After>
struct TextSearch {
  explicit TextSearch(Page wanted) : page(wanted) {}

  Page page;  // what is left to be skipped and taken
  std::vector<Item> found;
  std::uint64_t total = 0;  // of all that match so far, where the list counts them
  After after{};            // the last one that was looked at
  std::uint64_t steps = 0;  // of the last look: about a byte each
};

// A place in an index by (name, id).
using NamePlace = std::pair<std::string, std::string>;

}  // namespace scorekeeper::matrix
