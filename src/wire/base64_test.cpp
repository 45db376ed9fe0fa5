#include "wire/base64.h"

#include <gtest/gtest.h>

namespace scorekeeper::wire {
namespace {

// RFC 4648 §10.
TEST(Base64, WritesTheVectorsOfTheStandard) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(write_base64(bytes), text);
    const auto plain = text.substr(0, text.find('='));
    EXPECT_EQ(write_base64url(bytes), plain);
    EXPECT_EQ(parse_base64url(plain), bytes);
    EXPECT_EQ(parse_base64url(text).has_value(), plain == text) << text;
  }
  EXPECT_EQ(write_base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(write_base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(parse_base64url("-_8"), "\xfb\xff");
}

TEST(Base64, HasOneTextForEachSequenceOfBytes) {
  for (const auto* const text : {"Z", "Zm9vY", "Zh", "Zm9", "+/8", "Zm9v=", "Zm 9v", "Zm9v\n",
                                 "Zg=", "Zg==", "\xc3\xa9\xc3\xa9"}) {
    EXPECT_EQ(parse_base64url(text), std::nullopt) << text;
  }
}

TEST(Base64, EveryByteSurvives) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(parse_base64url(write_base64url(bytes)), bytes);
  }
}

}  // namespace
}  // namespace scorekeeper::wire
