#include "domain/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace scorekeeper {
namespace {

constexpr std::array<std::string_view, 5> fields{"team", "tier", "type", "lifecycle", "language"};

TEST(Nearest, FindsTheNameThatWasMeant) {
  EXPECT_EQ(find_nearest("teir", fields), "tier");
  EXPECT_EQ(find_nearest("Tier", fields), "tier");
  EXPECT_EQ(find_nearest("lifecyle", fields), "lifecycle");
  EXPECT_EQ(find_nearest("languages", fields), "language");
  EXPECT_EQ(find_nearest("taem", fields), "team");
  constexpr std::array<std::string_view, 3> parameters{
      "filter[rule][name]", "filter[outcome][service_name]", "filter[outcome][state]"};
  EXPECT_EQ(find_nearest("filter[service_name]", parameters), "filter[outcome][service_name]");
  EXPECT_EQ(find_nearest("filter[state]", parameters), "filter[outcome][state]");
  EXPECT_EQ(find_nearest("filter[rule_name]", parameters), "filter[rule][name]");
}

TEST(Nearest, OfEqualsIsTheFirst) {
  constexpr std::array<std::string_view, 2> names{"ab1", "ab2"};
  EXPECT_EQ(find_nearest("ab", names), "ab1");
}

TEST(Nearest, IsNothingWhereNothingIsAlike) {
  EXPECT_EQ(find_nearest("", fields), std::nullopt);
  EXPECT_EQ(find_nearest("quux", fields), std::nullopt);
  EXPECT_EQ(find_nearest("tier", {}), std::nullopt);
  constexpr std::array<std::string_view, 3> flags{"--help", "--store", "--format"};
  EXPECT_EQ(find_nearest("--pair", flags), std::nullopt);
  EXPECT_EQ(find_nearest("--stor", flags), "--store");
  EXPECT_EQ(find_nearest(std::string(1'000'000, 't'), fields), std::nullopt);
  EXPECT_EQ(suggest_nearest("quux", fields), "");
  EXPECT_EQ(suggest_nearest("teir", fields), "; did you mean \"tier\"?");
}

}  // namespace
}  // namespace scorekeeper
