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

}  // namespace
}  // namespace scorekeeper::http
