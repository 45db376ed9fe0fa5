// Services that a store of an older release has under several spellings of their names.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace scorekeeper::store {

class SpelledTwice {
 public:
  // The references of one service, joined by " and ".
  void add(std::string_view org, std::string_view references);
  // unavailable where any was added: lists them, and what to do.
  Result<void> check() const;

 private:
  std::string list_;
  std::size_t count_ = 0;
};

}  // namespace scorekeeper::store
