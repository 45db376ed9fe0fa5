#include "json/writer.h"

#include <gtest/gtest.h>

namespace scorekeeper::json {
namespace {

std::string quoted(std::string_view text) { return Writer().string(text).take(); }

TEST(Writer, EscapesAsTheOriginal) {
  const struct {
    std::string_view text;
    std::string_view json;
  } cases[] = {
      {"", R"("")"},
      {"plain é € 😀 \x7f", "\"plain é € 😀 \x7f\""},
      {"<a href=\"x\">&</a>", R"("\u003ca href=\"x\"\u003e\u0026\u003c/a\u003e")"},
      {"rule\\name", R"("rule\\name")"},
      {"\n\r\t\b\f", R"("\n\r\t\b\f")"},
      {std::string_view("\0\x01\x1f", 3), R"("\u0000\u0001\u001f")"},
      {"a\u2028b\u2029c", R"("a\u2028b\u2029c")"},
      {"\u2027\u202a\u2000", "\"\u2027\u202a\u2000\""},
      {"\xe2", "\"\xe2\""},
  };
  for (const auto& c : cases) EXPECT_EQ(quoted(c.text), c.json) << c.text;
}

TEST(Writer, PutsCommasBetweenMembersAndElementsOnly) {
  Writer json;
  json.begin_object();
  json.member("a", "b").optional_member("none", "").optional_member("c", "d");
  json.key("list").begin_array().number(1).number(-2).begin_object().end_object();
  json.begin_array().end_array().boolean(true).end_array();
  json.key("empty").begin_object().end_object().key("last").boolean(false);
  json.end_object();
  EXPECT_EQ(json.take(), R"({"a":"b","c":"d","list":[1,-2,{},[],true],"empty":{},"last":false})");
}

TEST(Writer, WritesNumbersInTheShortestForm) {
  Writer json;
  json.begin_array();
  json.real(0).real(1).real(0.1).real(2.0 / 3).number(INT64_MIN).number(INT64_MAX);
  json.end_array();
  EXPECT_EQ(json.take(), "[0,1,0.1,0.6666666666666666,-9223372036854775808,9223372036854775807]");
}

}  // namespace
}  // namespace scorekeeper::json
