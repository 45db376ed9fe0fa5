#include "intake/unknown_rules.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "base/fake_clock.h"
#include "base/limits.h"
#include "intake/intake_fixture.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId org{1};

OutcomeBatch batch_of(std::size_t first, std::size_t count) {
  std::vector<TestResult> results;
  for (std::size_t n = first; n < first + count; ++n) {
    results.push_back({"rule" + std::to_string(n), "service:default/a", State::pass, ""});
  }
  return make_batch(results);
}

TEST(UnknownRules, AreKnownToBeUnknownForASecond) {
  FakeClock clock;
  UnknownRules rules(clock);
  const auto batch = batch_of(1, 1);
  const std::vector<matrix::Resolved> unresolved(1);
  EXPECT_FALSE(rules.knows_all(org, batch, unresolved));
  rules.add(org, batch, unresolved);
  EXPECT_TRUE(rules.knows_all(org, batch, unresolved));
  EXPECT_FALSE(rules.knows_all(OrgId{2}, batch, unresolved));
  clock.advance(unknown_rule_kept);
  EXPECT_FALSE(rules.knows_all(org, batch, unresolved));
}

TEST(UnknownRules, AreNotKeptOverTheBoundBeforeOthersAreForgotten) {
  FakeClock clock;
  UnknownRules rules(clock);
  const auto full = batch_of(0, unknown_rules_max);
  const std::vector<matrix::Resolved> unresolved(unknown_rules_max);
  rules.add(org, full, unresolved);
  EXPECT_TRUE(rules.knows_all(org, full, unresolved));
  const auto more = batch_of(unknown_rules_max, 1);
  const std::span<const matrix::Resolved> one(unresolved.data(), 1);
  rules.add(org, more, one);
  EXPECT_FALSE(rules.knows_all(org, more, one));
  EXPECT_TRUE(rules.knows_all(org, full, unresolved));
  clock.advance(unknown_rule_kept);
  rules.add(org, more, one);
  EXPECT_TRUE(rules.knows_all(org, more, one));
}

}  // namespace
}  // namespace scorekeeper::intake
