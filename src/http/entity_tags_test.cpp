#include "http/entity_tags.h"

#include <gtest/gtest.h>

namespace scorekeeper::http {
namespace {

using Tags = std::vector<std::string>;

Tags tags_of(std::string_view text) {
  const auto parsed = parse_entity_tags(text);
  EXPECT_TRUE(parsed) << text;
  if (!parsed) return {};
  EXPECT_FALSE(parsed->any) << text;
  return parsed->strong;
}

TEST(EntityTags, AreAListOrAStar) {
  EXPECT_EQ(parse_entity_tags("*"), (EntityTags{.any = true, .strong = {}}));
  EXPECT_EQ(parse_entity_tags(" *\t"), (EntityTags{.any = true, .strong = {}}));
  EXPECT_EQ(tags_of("\"12\""), Tags{"12"});
  EXPECT_EQ(tags_of("\"1\", \"2\",\"3\""), (Tags{"1", "2", "3"}));
  EXPECT_EQ(tags_of("\"\""), Tags{""});
  EXPECT_EQ(tags_of("\"a,b\\\" , \"*\""), (Tags{"a,b\\", "*"}));
  EXPECT_EQ(tags_of("\"\xc3\xa9\""), Tags{"\xc3\xa9"});
}

TEST(EntityTags, PassOverEmptyElements) {
  EXPECT_EQ(tags_of(", \"1\" ,,\t, \"2\" ,"), (Tags{"1", "2"}));
}

TEST(EntityTags, LeaveOutWeakOnes) {
  EXPECT_EQ(tags_of("W/\"1\", \"2\""), Tags{"2"});
  EXPECT_EQ(tags_of("W/\"1\""), Tags{});
}

TEST(EntityTags, AreRefusedWhenTheyAreNone) {
  for (const std::string_view text :
       {"", " ", ",", "12", "\"12", "12\"", "\"1\" \"2\"", "\"1\"2", "*, \"1\"", "\"1\", *", "**",
        "w/\"1\"", "W/ \"1\"", "W/", "\"a b\"", "\"a\tb\"", "\"\x7f\"", "'1'"}) {
    EXPECT_FALSE(parse_entity_tags(text)) << text;
  }
}

}  // namespace
}  // namespace scorekeeper::http
