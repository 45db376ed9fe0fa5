// Lists in which texts are looked for: in short looks, with a budget.
#include <gtest/gtest.h>

#include "matrix/campaigns.h"
#include "matrix/matrix.h"
#include "matrix/rulebook.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::size_t description_bytes = 16'000;
constexpr std::uint32_t many = 200;  // descriptions: several looks

Scorecard scorecard_of(std::uint32_t number) {
  Scorecard scorecard;
  scorecard.number = {number};
  scorecard.id = scorecard.name = "card " + std::to_string(1'000 + number);
  scorecard.description = std::string(description_bytes, 'a') + (number % 2 == 0 ? "B" : "c");
  return scorecard;
}

// By name in the order of the numbers.
Rule rule_of(std::uint32_t number) {
  Rule rule;
  rule.number = {number};
  rule.id = rule.name = "rule " + std::to_string(1'000 + number);
  rule.scorecard = {1};
  rule.description = scorecard_of(number).description;
  return rule;
}

Campaign campaign_of(std::uint32_t number) {
  Campaign campaign;
  campaign.number = {number};
  campaign.id = campaign.key = "campaign " + std::to_string(number);
  campaign.name = std::string(200, 'a') + (number % 2 == 0 ? "B" : "c");
  return campaign;
}

// A campaign is passed over in some 100 × 200 steps.
std::string hundred_words() {
  std::string words;
  for (int n = 0; n < 100; ++n) words += "a ";
  return words + "b";
}

class TextLists : public testing::Test {
 protected:
  TextLists() {
    std::vector<Scorecard> scorecards;
    std::vector<Rule> rules;
    std::vector<Campaign> campaigns;
    for (std::uint32_t n = 1; n <= many; ++n) {
      scorecards.push_back(scorecard_of(n));
      rules.push_back(rule_of(n));
      campaigns.push_back(campaign_of(n));
    }
    matrix.publish({.scorecards = scorecards, .rules = rules, .campaigns = campaigns});
  }

  OrgMatrix matrix{OrgId{1}};
  const RuleFilter rules_with_b{
      .id = {}, .enabled = {}, .custom = {}, .name = {}, .description = "b"};
  const ScorecardFilter scorecards_with_b{.id = {}, .name = {}, .description = "b"};
  const CampaignFilter campaigns_with_b{.name = hundred_words(), .status = {}, .owner = {}};
};

TEST_F(TextLists, FindAllInSeveralLooks) {
  const auto rules = matrix.list_rules(rules_with_b, {.offset = 3, .size = 90});
  const auto scorecards = matrix.list_scorecards(scorecards_with_b, {.offset = 3, .size = 90});
  const auto campaigns = matrix.list_campaigns(campaigns_with_b, {.offset = 3, .size = 90});
  ASSERT_EQ(rules.size(), 90U);
  ASSERT_EQ(scorecards.size(), 90U);
  ASSERT_EQ(campaigns.campaigns.size(), 90U);
  EXPECT_EQ(campaigns.total, many / 2);
  for (std::uint32_t n = 0; n < 90; ++n) {
    EXPECT_EQ(rules[n].rule.number.number, 2 * n + 8);
    EXPECT_EQ(scorecards[n].number.number, 2 * n + 8);
    EXPECT_EQ(campaigns.campaigns[n].number.number, 2 * n + 8);
  }
}

TEST_F(TextLists, TakeWorkFromTheBudget) {
  const Page page{.offset = 0, .size = 1'000};
  const auto stops = [](const auto& list) {
    WorkBudget budget({.steps = 1'000'000, .cancelled = nullptr});
    const auto found = list(budget);
    return !found && found.error().code == Code::invalid;
  };
  EXPECT_TRUE(stops([&](auto& budget) { return matrix.list_rules(rules_with_b, page, budget); }));
  EXPECT_TRUE(
      stops([&](auto& budget) { return matrix.list_scorecards(scorecards_with_b, page, budget); }));
  EXPECT_TRUE(
      stops([&](auto& budget) { return matrix.list_campaigns(campaigns_with_b, page, budget); }));
  EXPECT_FALSE(stops([&](auto& budget) { return matrix.list_rules({}, page, budget); }));
  EXPECT_FALSE(stops([&](auto& budget) { return matrix.list_campaigns({}, page, budget); }));
}

// The one where a look ended goes or gets another name before the next look.
TEST_F(TextLists, GoOnWhereALookEndedWhateverHappened) {
  Rulebook rulebook;
  rulebook.put(scorecard_of(1));
  for (std::uint32_t n = 1; n <= many; ++n) rulebook.put(rule_of(n));
  TextSearch<RuleView, NamePlace> search({.offset = 0, .size = 1'000});
  int looks = 0;
  for (bool more = true; more; ++looks) {
    more = rulebook.look(rules_with_b, search);
    EXPECT_LE(search.steps, query_look_max + 2 * description_bytes);
    if (!more) continue;
    Rule rule = *rulebook.find_live_rule(search.after.second);
    if (looks % 2 == 0) {
      rule.removed_at_position = RowId{1};
    } else {
      rule.name = "another";
    }
    rulebook.put(rule);
  }
  EXPECT_GT(looks, 4);
  EXPECT_EQ(search.found.size(), many / 2);
}

TEST_F(TextLists, GoOnBehindACampaignThatIsGone) {
  CampaignBook book;
  for (std::uint32_t n = 1; n <= many; ++n) book.put(campaign_of(n));
  TextSearch<Campaign, CampaignNumber> search({.offset = 0, .size = 1'000});
  int looks = 0;
  for (bool more = true; more; ++looks) {
    more = book.look(campaigns_with_b, search);
    EXPECT_LE(search.steps, query_look_max + 2 * 100 * 201);
    Campaign gone = campaign_of(search.after.number);
    gone.removed = true;
    if (more) book.put(gone);
  }
  EXPECT_GT(looks, 4);
  EXPECT_EQ(search.total, many / 2);
}

}  // namespace
}  // namespace scorekeeper::matrix
