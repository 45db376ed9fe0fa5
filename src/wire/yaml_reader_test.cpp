#include "wire/yaml_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

namespace scorekeeper::wire {
namespace {

// The document as JSON, or the detail of the error.
std::string read(std::string_view text) {
  const auto tree = read_yaml({.text = text});
  return tree ? json::write_tree(*tree) : tree.error().detail;
}

TEST(YamlReader, GivesScalarsTheTypesOfTheCoreSchema) {
  const struct {
    std::string_view scalar;
    std::string_view json;
  } cases[] = {
      {"", "null"},
      {"~", "null"},
      {"null", "null"},
      {"NULL", "null"},
      {"nULL", R"("nULL")"},
      {"true", "true"},
      {"False", "false"},
      {"yes", R"("yes")"},
      {"off", R"("off")"},
      {"1", "1"},
      {"\"1\"", R"("1")"},
      {"'1'", R"("1")"},
      {"-12", "-12"},
      {"+12", "12"},
      {"007", "7"},
      {"-0", "-0"},
      {"0o17", "15"},
      {"0xff", "255"},
      {"0xffffffffffffffffff", R"("0xffffffffffffffffff")"},
      {"1_000", R"("1_000")"},
      {"1.10", "1.10"},
      {".5", "0.5"},
      {"5.", "5"},
      {"-.5e-3", "-0.5e-3"},
      {"1e3", "1e3"},
      {"1e", R"("1e")"},
      {".", R"(".")"},
      {"+", R"("+")"},
      {"0x", R"("0x")"},
      {".inf", R"(".inf")"},
      {"1.2.3", R"("1.2.3")"},
      {"2024-08-22", R"("2024-08-22")"},
      {"12:30", R"("12:30")"},
      {"!!str 1", R"("1")"},
      {"! 1", R"("1")"},
      {"!!int \"1\"", "1"},
      {"!!null ''", "null"},
      {"!!bool true", "true"},
      {"é", R"("é")"},
      {"\"\\u00e9\\n\"", R"("é\n")"},
      {"|\n  a\n  b\n", R"("a\nb\n")"},
      {">\n  a\n  b\n", R"("a b\n")"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(read("a: " + std::string(c.scalar)), R"({"a":)" + std::string(c.json) + "}")
        << c.scalar;
  }
}

TEST(YamlReader, KeepsTheOrderAndTheNesting) {
  EXPECT_EQ(read("z: 1\na:\n  - b\n  - {c: [d, 2], \"e\": {}}\n  -\n    - f\n'x y': []\n"),
            R"({"z":1,"a":["b",{"c":["d",2],"e":{}},["f"]],"x y":[]})");
  EXPECT_EQ(read("{\"a\":1,\"b\":[true,null]}"), R"({"a":1,"b":[true,null]})");
  EXPECT_EQ(read("# comment\r\na: b # more\r\nc: d\r\n"), R"({"a":"b","c":"d"})");
  EXPECT_EQ(read("true: 1\n12: 2\n"), R"({"true":1,"12":2})");
}

TEST(YamlReader, CopiesWhatAnAliasStandsFor) {
  EXPECT_EQ(read("a: &x {b: [1]}\nc: *x\nd: *x\n"),
            R"({"a":{"b":[1]},"c":{"b":[1]},"d":{"b":[1]}})");
  EXPECT_EQ(read("&k a: 1\nb: *k\n"), R"({"a":1,"b":"a"})");
  EXPECT_EQ(read("a: &k key\n*k : 1\n"), R"({"a":"key","key":1})");
}

TEST(YamlReader, MergesMappingsAndLetsTheExplicitKeyWin) {
  EXPECT_EQ(read("<<: {a: 1, b: 2}\nb: 3\n"), R"({"b":3,"a":1})");
  EXPECT_EQ(read("b: 3\n<<: {a: 1, b: 2}\n"), R"({"b":3,"a":1})");
  EXPECT_EQ(read("x: &x {a: 1}\ny:\n  <<: *x\n  c: 2\n"), R"({"x":{"a":1},"y":{"c":2,"a":1}})");
  EXPECT_EQ(read("<<: [{a: 1}, {a: 2, b: 2}]\n"), R"({"a":1,"b":2})");
  EXPECT_EQ(read("<<: &x {a: {b: 1}}\nc: *x\n"), R"({"c":{"a":{"b":1}},"a":{"b":1}})");
  EXPECT_EQ(read("<<:\n  <<: {a: 1}\n  b: 2\n"), R"({"b":2,"a":1})");
  EXPECT_EQ(read("'<<': {a: 1}\n"), R"({"\u003c\u003c":{"a":1}})");
  EXPECT_EQ(read("<<: []\n"), "{}");
}

TEST(YamlReader, RefusesWhatJsonCannotSayAndTellsThePlace) {
  const struct {
    std::string text;
    std::string_view detail;
  } cases[] = {
      {"a:\n\tb: 1\n",
       "malformed YAML at line 2, column 3: a tab as indentation; YAML takes spaces only"},
      {"a:\n  - x\n\t- y\n",
       "malformed YAML at line 3, column 1: a tab as indentation; YAML takes spaces only"},
      {"a: 1\nb: 2\na: 3\n", "malformed YAML at line 1, column 1: member \"a\" occurs twice"},
      {"x:\n  - {a: 1, 'a': 2}\n", "malformed YAML at line 2, column 5: member \"a\" occurs twice"},
      {"a: &x 1\n<<: *x\n",
       "malformed YAML at line 2, column 5: the merge key << needs a mapping, or a list of "
       "mappings"},
      {"<<: [{a: 1}, 2]\n",
       "malformed YAML at line 1, column 5: the merge key << needs a mapping, or a list of "
       "mappings"},
      {"<<: {a: 1}\n<<: {b: 1}\n",
       "malformed YAML at line 2, column 5: the merge key << occurs twice"},
      {"\xff\xfe" + std::string("a\0:\0", 4),
       "malformed YAML: the text is encoded as UTF-16; save it as UTF-8"},
      {"\xfe\xff" + std::string("\0a\0:", 4),
       "malformed YAML: the text is encoded as UTF-16; save it as UTF-8"},
      {std::string("a\0:\0", 4), "malformed YAML: the text is encoded as UTF-16; save it as UTF-8"},
      {"[a]: 1\n", "malformed YAML at line 1, column 1: a mapping key must be text"},
      {"? {a: 1}\n: 2\n", "malformed YAML at line 1, column 3: a mapping key must be text"},
      {"a: !!int x\n",
       "malformed YAML at line 1, column 4: \"x\" is no value of tag tag:yaml.org,2002:int"},
      {"a: !!set {x}\n",
       "malformed YAML at line 1, column 4: tag tag:yaml.org,2002:set is not supported"},
      {"a: !local {x: 1}\n", "malformed YAML at line 1, column 4: tag !local is not supported"},
      {"a: &x [*x]\n", "malformed YAML at line 1, column 8: an alias that contains itself"},
      {"a: \"\\0\"\n", "malformed YAML at line 1, column 4: a control character"},
      {"a: \"\\x7f\"\n", "malformed YAML at line 1, column 4: a control character"},
      {"a: b\x01\n", "malformed YAML: a control character"},
      {std::string("a: b\0\n", 6), "malformed YAML: a control character"},
      {"a: \xff\n", "malformed YAML: invalid UTF-8"},
  };
  for (const auto& c : cases) EXPECT_EQ(read(c.text), c.detail) << c.text;
  for (const auto* text : {"a: [1", "a: *x\n", "{a: 1}}", "a: b: c\n", "a: \"\\ud800\""}) {
    EXPECT_TRUE(read(text).starts_with("malformed YAML at line ")) << text << ": " << read(text);
  }
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(YamlReader, BoundsDepthAndWhatAliasesStandFor) {
  EXPECT_EQ(read(nested(definition_depth_max)), nested(definition_depth_max));
  for (const std::size_t depth : {definition_depth_max + 1, std::size_t{100'000}}) {
    EXPECT_TRUE(read(nested(depth)).starts_with("malformed YAML at line 1, column ")) << depth;
  }
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto last = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) laughs += last + ", ";
    laughs += "]\n";
  }
  EXPECT_TRUE(read(laughs).ends_with("aliases that expand to too much")) << read(laughs);
  std::string long_text = "a: &a " + std::string(alias_bytes_max / 2, 'x') + "\n";
  for (int i = 0; i < 10; ++i) long_text += "b" + std::to_string(i) + ": *a\n";
  EXPECT_TRUE(read(long_text).ends_with("aliases that expand to too much"));
  std::string many = "[";
  for (std::size_t i = 0; i <= tree_values_max; ++i) many += "1,";
  EXPECT_TRUE(read(many + "]").ends_with("more than 200000 values"));
}

std::string split(std::string_view stream) {
  std::string texts;
  for (const auto& document : split_yaml(stream)) {
    texts += std::to_string(document.first_line) + "<" + std::string(document.text) + ">";
  }
  return texts;
}

TEST(YamlReader, SplitsAStreamAtItsMarkers) {
  const struct {
    std::string_view stream;
    std::string_view texts;
  } cases[] = {
      {"", ""},
      {"\n# nothing\n", ""},
      {"---\n---\n...\n", ""},
      {"a: 1", "1<a: 1>"},
      {"\xef\xbb\xbf"
       "a: 1",
       "1<a: 1>"},
      {"---\na: 1\n---\nb: 2\n", "2<a: 1\n>4<b: 2\n>"},
      {"a: 1\r\n---\r\nb: 2\r\n", "1<a: 1\r\n>3<b: 2\r\n>"},
      {"%YAML 1.2\n---\na: 1\n...\n# end\n", "3<a: 1\n>"},
      {"--- {a: 1}\n--- # comment\nb: 2\n", "1< {a: 1}\n>2< # comment\nb: 2\n>"},
      {"a: |\n  ---\n  b\n----\n", "1<a: |\n  ---\n  b\n----\n>"},
  };
  for (const auto& c : cases) EXPECT_EQ(split(c.stream), c.texts) << c.stream;
}

TEST(YamlReader, TellsTheLineOfTheStream) {
  const auto documents = split_yaml("a: 1\n---\nb:\n  c: [\n");
  ASSERT_EQ(documents.size(), 2U);
  const auto tree = read_yaml(documents[1]);
  ASSERT_FALSE(tree);
  EXPECT_TRUE(tree.error().detail.starts_with("malformed YAML at line 5, ")) << tree.error().detail;
}

}  // namespace
}  // namespace scorekeeper::wire
