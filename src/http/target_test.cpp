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
       }) {
    check(each);
  }
}

TEST(Target, IsRefusedWhenItIsNotAPathOrBadlyEncoded) {
  using namespace std::string_view_literals;
  for (const auto& target : {""sv,
                             "*"sv,
                             "http://a/b"sv,
                             "a/b"sv,
                             "?x"sv,
                             "/a%"sv,
                             "/a%4"sv,
                             "/a%g0"sv,
                             "/a%0g"sv,
                             "/a?x=%"sv,
                             "/a?%zz=1"sv,
                             "/a%00"sv,
                             "/a?x=%00"sv,
                             "/a?%00=1"sv,
                             "/a b"sv,
                             "/a\tb"sv,
                             "/a#b"sv,
                             "/a\0b"sv,
                             "/a\x7f"sv,
                             "/a\xff"sv,
                             "/%ff"sv,
                             "/%C3"sv,
                             "/%c3/%a9"sv,
                             "/a?x=%ff"sv,
                             "/a?%ED%A0%80=1"sv,
                             "/a?x=%C3&y=%A9"sv,
                             "/a?x=\xc3"sv}) {
    check({target, "error", ""});
  }
}

RC_GTEST_PROP(Target, GivesBackAnyEncodedValue, (const std::string& value)) {
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
