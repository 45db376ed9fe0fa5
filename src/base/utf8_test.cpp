#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace scorekeeper {
namespace {

std::string encode(unsigned point) {
  const auto byte = [](unsigned value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) {
    return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)),
            byte(0x80 | (point & 0x3f))};
  }
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)),
          byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
}

TEST(Utf8, HasEveryCharacterButSurrogates) {
  // All of the first plane, which has the odd places, and some of each other.
  for (unsigned point = 0; point < 0x120000; point += point < 0x11000 ? 1 : 97) {
    const auto text = encode(point);
    const bool exists = point < 0x110000 && (point < 0xd800 || point > 0xdfff);
    ASSERT_EQ(utf8_character_bytes(text), exists ? text.size() : 0) << point;
    if (!exists) continue;
    ASSERT_EQ(utf8_character_bytes(text + "\x80"), text.size()) << point;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      ASSERT_EQ(utf8_character_bytes(text.substr(0, cut)), 0U) << point;
    }
  }
}

TEST(Utf8, HasOneFormOfEachCharacter) {
  for (const std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff", "\xc3(", "\xe2\x82(", "\xe2(\xac",
        "\xf0\x9f\x98("}) {
    EXPECT_EQ(utf8_character_bytes(bad), 0U) << bad;
    EXPECT_FALSE(is_utf8("a" + std::string(bad) + "b")) << bad;
  }
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\0é€😀z"));
}

}  // namespace
}  // namespace scorekeeper
