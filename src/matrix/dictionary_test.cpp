#include "matrix/dictionary.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace scorekeeper::matrix {
namespace {

TEST(Dictionary, GivesOneNumberToOneText) {
  Dictionary texts;
  EXPECT_EQ(texts.take(""), 0U);
  EXPECT_EQ(texts.find("a"), Dictionary::unknown);
  const auto a = texts.take("a");
  EXPECT_EQ(texts.take("a"), a);
  EXPECT_NE(texts.take("b"), a);
  EXPECT_EQ(texts.find("a"), a);
  EXPECT_EQ(texts.text(a), "a");
  EXPECT_EQ(texts.count_used(), 2U);
  texts.release(a);
  EXPECT_TRUE(texts.is_used("a"));
  texts.release(a);
  EXPECT_FALSE(texts.is_used("a"));
  EXPECT_EQ(texts.take("a"), a);  // not forgotten yet
  texts.release(0);
}

// However many texts come and go, those that nobody uses do not pile up.
TEST(Dictionary, ForgetsTextsThatNobodyUses) {
  Dictionary texts;
  const auto kept = texts.take("kept");
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < 20 * Dictionary::unused_max; ++i) {
    texts.release(texts.take(fmt::format("text {}", i)));
    if (i == 10 * Dictionary::unused_max) bytes = texts.memory_bytes();
  }
  EXPECT_LE(texts.memory_bytes(), 2 * bytes);
  EXPECT_LE(texts.limit(), 2 * Dictionary::unused_max);
  EXPECT_EQ(texts.find("kept"), kept);
  EXPECT_EQ(texts.count_used(), 1U);
  EXPECT_GE(texts.forgotten(), 10U);
}

// A plain map of uses says the same at each step.
TEST(Dictionary, AgreesWithAMapOverAnyHistory) {
  std::mt19937 random(7);
  Dictionary texts;
  std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> uses;  // number, count
  const auto below = [&](std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random);
  };
  for (int step = 0; step < 100'000; ++step) {
    const auto text = fmt::format("t{}", below(15'000));
    const auto known = uses.find(text);
    if (known != uses.end() && below(2) == 0) {
      texts.release(known->second.first);
      if (--known->second.second == 0) uses.erase(known);
    } else {
      const auto number = texts.take(text);
      auto& [kept, count] = uses[text];
      if (count++ > 0) {
        ASSERT_EQ(number, kept);
      }
      kept = number;
    }
    if (below(100) > 0) continue;
    ASSERT_EQ(texts.count_used(), uses.size());
    const auto some = uses.lower_bound(fmt::format("t{}", below(15'000)));
    if (some == uses.end()) continue;
    ASSERT_EQ(texts.find(some->first), some->second.first);
    ASSERT_EQ(texts.text(some->second.first), some->first);
  }
  EXPECT_GE(texts.forgotten(), 1U);
}

}  // namespace
}  // namespace scorekeeper::matrix
