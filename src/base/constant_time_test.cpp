#include "base/constant_time.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace scorekeeper {
namespace {

TEST(EqualInConstantTime, ComparesEveryBit) {
  std::array<std::byte, 32> bytes{};
  EXPECT_TRUE(equal_in_constant_time(bytes, bytes));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    auto other = bytes;
    other[i / 8] ^= std::byte{1} << (i % 8);
    EXPECT_FALSE(equal_in_constant_time(bytes, other)) << i;
    EXPECT_FALSE(equal_in_constant_time(other, bytes)) << i;
  }
}

TEST(EqualInConstantTime, ComparesTexts) {
  const std::string text = "a secret";
  EXPECT_TRUE(equal_in_constant_time(text, std::string_view("a secret")));
  EXPECT_TRUE(equal_in_constant_time(std::string_view(), ""));
  for (const auto* const other : {"", "a secre", "a secret ", "A secret", "a secreT"}) {
    EXPECT_FALSE(equal_in_constant_time(text, std::string_view(other))) << other;
  }
}

}  // namespace
}  // namespace scorekeeper
