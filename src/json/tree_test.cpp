#include "json/tree.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace scorekeeper::json {
namespace {

// The document written again, or the detail and the pointer of the error.
std::string read(std::string text) {
  const auto tree = read_json(text);
  if (tree) return write_tree(*tree);
  const auto& error = tree.error();
  return error.detail + (error.pointer.empty() ? "" : " " + error.pointer);
}

TEST(Tree, WritesWhatItReadsInTheOrderOfTheSource) {
  for (const auto* text :
       {R"({})", R"([])", R"({"z":1,"a":[true,false,null,{"b":""}],"é":"\u003c\n😀"})",
        R"([1.0,1e400,-0,123456789012345678901234567890])"}) {
    EXPECT_EQ(read(text), text);
  }
  EXPECT_EQ(read(" { \"a\" : [ 1 , \"\\u00e9\" ] } "), R"({"a":[1,"é"]})");
}

TEST(Tree, RefusesWhatIsNoJsonAndRepeatedNamesAtAnyDepth) {
  const struct {
    std::string text;
    std::string_view error;
  } cases[] = {
      {"", "malformed JSON at byte 0: expected a value"},
      {"{", "malformed JSON at byte 1: expected a member name"},
      {"{\"a\":1", "malformed JSON at byte 6: expected a comma or a closing brace"},
      {"[1,]", "malformed JSON at byte 3: expected a value"},
      {"[nul]", "malformed JSON at byte 1: expected a value"},
      {"[1]x", "malformed JSON at byte 3: expected the end of the document"},
      {R"({"a":"\u0000"})", "malformed JSON at byte 6: U+0000 is not allowed"},
      {R"({"a":[{"b":1,"c":{},"b":2}]})", "member \"b\" occurs twice /a/0/b"},
      {R"({"":1,"":2})", "member \"\" occurs twice /"},
      {std::string(33, '[') + std::string(33, ']'), "malformed JSON at byte 32: nested too deeply"},
  };
  for (const auto& c : cases) EXPECT_EQ(read(c.text), c.error) << c.text;
}

TEST(Tree, BoundsTheNumberOfValues) {
  std::string text = "[1";
  for (std::size_t i = 2; i < tree_values_max; ++i) text += ",1";
  EXPECT_EQ(read(text + "]"), text + "]");
  EXPECT_EQ(read(text + ",1]"), "the document must have at most 200000 values");
}

TEST(Tree, FindsPutsAndRemovesMembers) {
  auto tree = Tree::empty_object();
  tree.put_text("a", "1");
  tree.put("b", Tree::empty_array()).children.push_back(Tree::of_text("x"));
  tree.put_text("a", "2");
  EXPECT_EQ(write_tree(tree), R"({"a":"2","b":["x"]})");
  EXPECT_EQ(tree.find("a")->text, "2");
  EXPECT_EQ(tree.find("c"), nullptr);
  EXPECT_EQ(tree.find("b")->find("c"), nullptr);
  tree.remove("a");
  EXPECT_EQ(write_tree(tree), R"({"b":["x"]})");
  EXPECT_EQ(depth_of(tree), 2U);
  EXPECT_EQ(depth_of(Tree()), 0U);
}

}  // namespace
}  // namespace scorekeeper::json
