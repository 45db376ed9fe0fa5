#include "store/first_by_name.h"

#include <algorithm>

namespace scorekeeper::store {

FirstByName::FirstByName(std::uint64_t offset, std::uint64_t size)
    : offset_(offset), count_(offset + std::min(size, UINT64_MAX - offset)) {}

void FirstByName::add(EntityNumber number, std::string_view name, std::string_view kind,
                      std::string_view name_space) {
  if (count_ == 0) return;
  const auto key = std::tuple(name, kind, name_space);
  if (entities_.size() == count_ && key >= entities_.front().key()) return;
  if (entities_.size() == count_) {
    std::ranges::pop_heap(entities_, {}, &Entity::key);
    entities_.pop_back();
  }
  entities_.push_back({std::string(name), std::string(kind), std::string(name_space), number});
  std::ranges::push_heap(entities_, {}, &Entity::key);
}

std::vector<EntityNumber> FirstByName::take() {
  std::ranges::sort_heap(entities_, {}, &Entity::key);
  std::vector<EntityNumber> numbers;
  for (std::uint64_t n = offset_; n < entities_.size(); ++n) {
    numbers.push_back(entities_[n].number);
  }
  return numbers;
}

}  // namespace scorekeeper::store
