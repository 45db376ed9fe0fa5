#include "domain/pattern.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "domain/pattern_search.h"
#include "domain/text.h"

namespace scorekeeper {
namespace {

TEST(Pattern, MatchesTheWholeText) {
  const struct {
    std::string_view text;
    std::string_view pattern;
    bool matches;
  } cases[] = {
      {"", "", true},          {"", "*", true},         {"", "?", false},
      {"a", "", false},        {"abc", "abc", true},    {"abc", "ab", false},
      {"ab", "abc", false},    {"abc", "a*", true},     {"abc", "*c", true},
      {"abc", "*b", false},    {"abc", "*b*", true},    {"abcbc", "a*bc", true},
      {"abc", "a*b*c*", true}, {"abab", "*ab?", false}, {"aXbXc", "a*X?", true},
      {"é", "?", true},        {"é", "??", false},      {"éé", "*??", true},
      {"é", "*??", false},     {"a*", "a*", true},      {"aé", "*é", true},
      {"a\xff", "a?", true},   {"\xa9", "?", true},     {"ABC", "abc", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(matches_pattern(c.text, c.pattern, Letters::exact), c.matches)
        << c.text << " " << c.pattern;
  }
  EXPECT_TRUE(matches_pattern("ABC-É", "a*c-É", Letters::lowered));
}

TEST(Text, FindsAPartWithoutCase) {
  EXPECT_TRUE(contains_ignoring_case("Checkout", "OUT"));
  EXPECT_TRUE(contains_ignoring_case("Checkout", ""));
  EXPECT_TRUE(contains_ignoring_case("", ""));
  EXPECT_FALSE(contains_ignoring_case("", "a"));
  EXPECT_TRUE(contains_ignoring_case("GRÖSSE", "rÖsse"));
  EXPECT_FALSE(contains_ignoring_case("GRÖSSE", "rösse"));  // ASCII letters alone
  EXPECT_FALSE(contains_ignoring_case("out", "checkout"));
}

int below(int bound) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, bound)); }

// Characters, some of two bytes; runs of a few letters, so that much repeats.
std::vector<std::string> characters(int count_max, const std::vector<std::string>& letters) {
  std::vector<std::string> made;
  const int count = below(count_max);
  while (static_cast<int>(made.size()) < count) {
    if (!made.empty() && below(3) == 0) {  // a piece again
      const auto begin = static_cast<std::size_t>(below(static_cast<int>(made.size())));
      const auto piece =
          std::vector<std::string>(made.begin() + static_cast<long>(begin), made.end());
      made.insert(made.end(), piece.begin(), piece.end());
    } else {
      made.push_back(letters[static_cast<std::size_t>(below(static_cast<int>(letters.size())))]);
    }
  }
  return made;
}

std::string joined(const std::vector<std::string>& characters) {
  std::string text;
  for (const auto& character : characters) text += character;
  return text;
}

std::string lowered(std::string text) {
  for (char& c : text) c = to_lower(c);
  return text;
}

// Computes for each beginning of the pattern which beginnings of the text it matches.
bool naive_match(const std::vector<std::string>& text, const std::vector<std::string>& pattern) {
  std::vector<bool> matched(text.size() + 1);
  matched[0] = true;
  for (const auto& wanted : pattern) {
    std::vector<bool> next(text.size() + 1);
    if (wanted == "*") next[0] = matched[0];
    for (std::size_t i = 1; i <= text.size(); ++i) {
      next[i] = wanted == "*" ? matched[i] || next[i - 1]
                              : matched[i - 1] && (wanted == "?" || wanted == text[i - 1]);
    }
    matched = std::move(next);
  }
  return matched[text.size()];
}

TEST(Pattern, MatchesWhatTheNaiveMatcherMatches) {
  EXPECT_TRUE(rc::check([] {
    auto text = characters(12, {"a", "b", "é", "A"});
    const auto pattern = characters(10, {"a", "b", "é", "*", "?", "*"});
    RC_LOG() << joined(text) << " " << joined(pattern);
    RC_ASSERT(matches_pattern(joined(text), joined(pattern), Letters::exact) ==
              naive_match(text, pattern));
    for (auto& character : text) character = lowered(character);
    RC_ASSERT(matches_pattern(joined(text), joined(pattern), Letters::lowered) ==
              naive_match(text, pattern));
  }));
}

// Parts of the text with some characters replaced, so that many match; also of more than 64 bytes.
TEST(Pattern, MatchesLongTextsAsTheNaiveMatcherDoes) {
  EXPECT_TRUE(rc::check([] {
    const auto text = characters(300, {"a", "b", "é"});
    std::vector<std::string> pattern;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const int choice = below(40);
      if (choice < 2) {
        pattern.push_back("*");
        at += static_cast<std::size_t>(below(5));
      } else {
        pattern.push_back(choice < 6 ? "?" : choice == 6 && below(4) == 0 ? "a" : text[at]);
      }
    }
    RC_LOG() << joined(text) << " " << joined(pattern);
    RC_ASSERT(matches_pattern(joined(text), joined(pattern), Letters::exact) ==
              naive_match(text, pattern));
  }));
}

TEST(Pattern, FindsPartsAsTheNaiveSearchDoes) {
  EXPECT_TRUE(rc::check([] {
    const auto text = joined(characters(80, {"a", "b", "A", "é"}));
    auto part = joined(characters(12, {"a", "b", "é"}));
    if (below(2) == 0 && !text.empty()) {
      part = lowered(text.substr(static_cast<std::size_t>(below(static_cast<int>(text.size()))),
                                 static_cast<std::size_t>(below(30))));
    }
    RC_LOG() << text << " " << part;
    RC_ASSERT(has_part(text, part) == lowered(text).contains(part));
  }));
}

// Steps, not times: how often a character of the text is looked at.
struct Counting {
  std::size_t reads = 0;
  char operator()(char c) {
    ++reads;
    return c;
  }
};

std::size_t reads_of(std::string_view text, std::string_view pattern) {
  Counting read;
  EXPECT_FALSE(pattern_search::match(text, pattern, read));
  return read.reads;
}

TEST(Pattern, LooksAtEachCharacterAFewTimesWhateverThePattern) {
  for (const std::size_t size : {1'000U, 10'000U, 100'000U}) {
    const std::string text(size, 'a');
    const std::string half(size / 2, 'a');
    const std::string third(size / 3, 'a');
    std::string stars;
    for (std::size_t i = 0; i < size / 4; ++i) stars += "*a";
    std::string pairs;
    while (pairs.size() < size) pairs += "ab";
    const auto most = 3 * size + 10;
    EXPECT_LE(reads_of(text, "*" + half + "b*"), most);
    EXPECT_LE(reads_of(text, "*b" + half + "*"), most);
    EXPECT_LE(reads_of(text, "*" + third + "b" + third + "*"), most);
    EXPECT_LE(reads_of(text, "*" + third + "*" + third + "b*"), most);
    EXPECT_LE(reads_of(text, "*" + third + "*" + half + "b"), most);
    EXPECT_LE(reads_of(text, stars + "*b*"), most);
    EXPECT_LE(reads_of(text, "*aa?" + third.substr(0, 60) + "b*"), most);
    EXPECT_LE(reads_of(text, "*a?*a?*a?a?b*"), most);
    EXPECT_LE(reads_of(pairs, "*" + pairs.substr(0, size / 2) + "b*"), most);
    EXPECT_LE(reads_of(pairs, "*" + pairs.substr(1, size / 2) + "aa*"), most);
  }
}

// Long parts with `?` take a step for each 64 bytes of them: the reads stay the same.
TEST(Pattern, ReadsTheTextOnceForALongPartWithWildcards) {
  const std::string text(10'000, 'a');
  EXPECT_LE(reads_of(text, "*?" + std::string(3'000, 'a') + "b*"), text.size() + 10);
}

}  // namespace
}  // namespace scorekeeper
