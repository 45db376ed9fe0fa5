#include "store/first_by_name.h"

#include <gtest/gtest.h>

namespace scorekeeper::store {
namespace {

// The numbers of a page of: 1 b, 2 a, 3 a of another kind, 4 a of another namespace, 5 é, 6 B.
std::vector<std::uint32_t> page(std::uint64_t offset, std::uint64_t size) {
  FirstByName first(offset, size);
  first.add({1}, "b", "service", "default");
  first.add({2}, "a", "service", "default");
  first.add({3}, "a", "api", "default");
  first.add({4}, "a", "service", "billing");
  first.add({5}, "\xc3\xa9", "service", "default");
  first.add({6}, "B", "service", "default");
  std::vector<std::uint32_t> numbers;
  for (const EntityNumber number : first.take()) numbers.push_back(number.number);
  return numbers;
}
using Numbers = std::vector<std::uint32_t>;

TEST(FirstByName, AreAPageInTheOrderOfBytes) {
  EXPECT_EQ(page(0, 6), (Numbers{6, 3, 4, 2, 1, 5}));
  EXPECT_EQ(page(0, 2), (Numbers{6, 3}));
  EXPECT_EQ(page(2, 2), (Numbers{4, 2}));
  EXPECT_EQ(page(5, 9), (Numbers{5}));
  EXPECT_EQ(page(6, 9), Numbers());
  EXPECT_EQ(page(0, 0), Numbers());
  EXPECT_EQ(page(4, UINT64_MAX), (Numbers{1, 5}));
}

}  // namespace
}  // namespace scorekeeper::store
