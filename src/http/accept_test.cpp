#include "http/accept.h"

#include <gtest/gtest.h>

namespace scorekeeper::http {
namespace {

constexpr std::string_view usual[] = {"application/json", "application/vnd.api+json"};

TEST(Accept, PrefersWhatIsNamedAboveTheUsual) {
  const struct {
    std::string_view accept;
    bool csv;
  } cases[] = {
      {"text/csv", true},
      {"TEXT/CSV", true},
      {" text/csv ; header=present", true},
      {"text/csv;q=0.1", true},
      {"text/csv, */*", true},
      {"text/csv;q=0.9, application/json;q=0.8", true},
      {"application/json;q=0.5,text/csv;q=0.501", true},
      {"text/html, text/csv", true},
      {"nonsense;q=x, text/csv", true},
      {"text/csv;header=absent;Q=1.000", true},
      {"", false},
      {"*/*", false},
      {"text/*", false},
      {"application/json", false},
      {"text/csv, application/json", false},
      {"application/vnd.api+json, text/csv", false},
      {"text/csv;q=0.5, */*", false},
      {"text/csv;q=0", false},
      {"text/csv;q=0.000, text/html", false},
      {"text/csv;q=2", false},
      {"text/csv;q=1.001", false},
      {"text/csv;q=0.1234", false},
      {"text/csv;q=", false},
      {"text/csv;q=.5", false},
      {"text/csv;q=-1", false},
      {"text/csvx", false},
      {"xtext/csv", false},
      {";;,,==", false},
  };
  for (const auto& c : cases) EXPECT_EQ(prefers(c.accept, "text/csv", usual), c.csv) << c.accept;
}

TEST(Accept, NamesARangeOnlyByItself) {
  const struct {
    std::string_view accept;
    bool json;
    bool anything;
  } cases[] = {
      {"application/json", true, false},
      {"Application/JSON", true, false},
      {"application/json;charset=utf-8", true, false},
      {"text/html , application/json;q=0.001", true, false},
      {"application/json, */*;q=0.1", true, true},
      {"application/json, */*;q=0", true, false},
      {"application/json;q=0", false, false},
      {"application/json;q=0.000", false, false},
      {"application/json;q=x", false, false},
      {"application/*", false, false},
      {"*/*", false, true},
      {"application/vnd.api+json", false, false},
      {"application/jsonx", false, false},
      {"", false, false},
      {",;=", false, false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(names(c.accept, "application/json"), c.json) << c.accept;
    EXPECT_EQ(names(c.accept, "*/*"), c.anything) << c.accept;
  }
}

}  // namespace
}  // namespace scorekeeper::http
