#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "http/router.h"

namespace scorekeeper::http {
namespace {

struct Case {
  std::string_view target;
  std::string_view path;   // "error" = refused
  std::string_view query;  // "name=value;"
};

void check(const Case& expected) {
  SCOPED_TRACE(expected.target);
  const auto target = parse_target(expected.target);
  ASSERT_EQ(target.has_value(), expected.path != "error");
  if (!target) {
    EXPECT_EQ(target.error().code, Code::invalid);
    EXPECT_FALSE(target.error().detail.empty());
    return;
  }
  EXPECT_EQ(target->path, expected.path);
  std::string query;
  for (const auto& [name, value] : target->query) query += name + "=" + value + ";";
  EXPECT_EQ(query, expected.query);
}

TEST(Target, IsSplitIntoPathAndQuery) {
  for (const auto& each : {
           Case{"/", "/", ""},
           Case{"/a/b?", "/a/b", ""},
           Case{"/a?x=1&y=2", "/a", "x=1;y=2;"},
           Case{"/a?page%5Bsize%5D=10&page[offset]=0", "/a", "page[size]=10;page[offset]=0;"},
           Case{"/a?q=a+b%20c%2B", "/a", "q=a b c+;"},
           Case{"/a%20b+c?flag&&=v&e=", "/a%20b+c", "flag=;=v;e=;"},
           Case{"/a?x=1=2?3", "/a", "x=1=2?3;"},
           Case{"/a?x=%C3%A9&y=\xC3\xA9", "/a", "x=\xC3\xA9;y=\xC3\xA9;"},
           Case{"/a?x=%F0%9F%98%80%EF%BF%BF", "/a", "x=\xF0\x9F\x98\x80\xEF\xBF\xBF;"},
       }) {
    check(each);
  }
}

TEST(Target, IsRefusedWhenItIsNotAPathOrBadlyEncoded) {
  using namespace std::string_view_literals;
  for (const auto& target :
       {""sv, "*"sv, "http://a/b"sv, "a/b"sv, "?x"sv, "/a%"sv, "/a%4"sv, "/a%g0"sv, "/a%0g"sv,
        "/a?x=%"sv, "/a?%zz=1"sv, "/a%00"sv, "/a?x=%00"sv, "/a?%00=1"sv, "/a b"sv, "/a\tb"sv,
        "/a#b"sv, "/a\0b"sv, "/a\x7f"sv}) {
    check({target, "error", ""});
  }
}

TEST(Target, IsRefusedWhenItIsNotUtf8) {
  for (const std::string text :
       {"%FF", "%80", "%C3", "%C3x", "%C0%80", "%C1%BF", "%E0%80%80", "%E0%9F%BF", "%ED%A0%80",
        "%ED%BF%BF", "%E2%82", "%F0%80%80%80", "%F0%8F%BF%BF", "%F4%90%80%80", "%F5%80%80%80",
        "%F0%9F%98", "\xC3"}) {
    for (const auto& target : {"/a/" + text, "/a?x=" + text, "/a?" + text + "=x"}) {
      check({target, "error", ""});
    }
  }
}

RC_GTEST_PROP(Target, GivesBackAnyEncodedValue, (std::string value)) {
  std::string encoded;
  for (const char c : value) {
    static constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  RC_ASSERT(*percent_decode(encoded, true) == value);
}

}  // namespace
}  // namespace scorekeeper::http
