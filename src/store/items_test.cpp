#include "store/items.h"

#include <gtest/gtest.h>

namespace scorekeeper::store {
namespace {

TEST(Items, AreSplitAsTheyWereJoined) {
  const std::vector<std::vector<std::string>> lists{
      {}, {""}, {"", ""}, {"a"}, {"a", "b"}, {"a", "", "b"}, {"", "a"}, {"\xc3\xa9 x:y"}};
  for (const auto& items : lists) EXPECT_EQ(split_items(join_items(items)), items);
  EXPECT_EQ(join_items(std::vector<std::string>{"a", "b"}),
            "\x1f"
            "a\x1f"
            "b\x1f");
  EXPECT_EQ(join_items({}), "");
}

}  // namespace
}  // namespace scorekeeper::store
