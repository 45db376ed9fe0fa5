#include "matrix/entities.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace scorekeeper::matrix {
namespace {

std::size_t bytes_with_tag(Entities& entities, const std::string& tag) {
  EntityAttributes attributes;
  attributes.tags = {tag};
  entities.define(EntityNumber{1}, attributes);
  return entities.memory_bytes();
}

TEST(Entities, CountTheMemoryOfKeysThatTagsHave) {
  Entities entities;
  entities.add(EntityNumber{1}, "service:default/a");
  const std::string long_key(1'000, 'k');
  for (int n = 0; n < 4; ++n) {  // the texts of both are kept, and all lists have their size
    bytes_with_tag(entities, "a:1");
    bytes_with_tag(entities, long_key + ":1");
  }
  const auto without = bytes_with_tag(entities, "a:1");
  EXPECT_GE(bytes_with_tag(entities, long_key + ":1"), without + long_key.size() - 1);
  EXPECT_EQ(bytes_with_tag(entities, "a:1"), without);
  EXPECT_EQ(entities.keys(10).size(), 1U);
}

}  // namespace
}  // namespace scorekeeper::matrix
