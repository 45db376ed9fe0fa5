// Rules, scorecards and campaigns that were removed: their numbers stay, their texts are in the
// log. A client that makes and removes them again and again must not fill the memory.
#include <gtest/gtest.h>

#include <string>

#include "matrix/campaigns.h"
#include "matrix/rulebook.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::size_t inside_max = 16;  // bytes of a text that takes no room of its own
const std::string text(4'000, 'x');

TEST(Removed, RulesAndScorecardsKeepWhatOthersName) {
  Rulebook book;
  Scorecard card{.number = {1}, .id = "card", .name = "Card", .description = text};
  book.put(card);
  Rule rule;
  rule.number = {1};
  rule.id = "rule";
  rule.scorecard = {1};
  rule.name = "Rule";
  rule.description = rule.owner = rule.scope_query = text;
  book.put(rule);
  EXPECT_EQ(book.find_rule(RuleNumber{1})->description, text);
  const Rule made = rule;

  rule.removed_at_position = rule.version = RowId{7};
  book.put(rule);
  card.removed = true;
  card.version = {8};
  book.put(card);
  const Rule* left = book.find_rule(RuleNumber{1});
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(left->id, "rule");
  EXPECT_EQ(left->scorecard, ScorecardNumber{1});
  EXPECT_EQ(left->removed_at_position, RowId{7});
  EXPECT_EQ(left->version, RowId{7});
  for (const std::string* one : {&left->description, &left->owner, &left->scope_query}) {
    EXPECT_LT(one->capacity(), inside_max);
  }
  ASSERT_NE(book.find_scorecard(ScorecardNumber{1}), nullptr);
  EXPECT_LT(book.find_scorecard(ScorecardNumber{1})->description.capacity(), inside_max);
  EXPECT_EQ(book.find_scorecard_by_name("Card"), nullptr);
  EXPECT_EQ(book.count_live_rules(), 0U);
  EXPECT_EQ(book.next_rule(), RuleNumber{2});

  // A replay of the log behind a snapshot meets it once more as it was before.
  card.removed = false;
  book.put(card);
  book.put(made);
  EXPECT_EQ(*book.find_live_rule("rule"), made);
  EXPECT_EQ(book.count_live_rules(), 1U);
}

TEST(Removed, CampaignsKeepTheirNumber) {
  CampaignBook book;
  Campaign campaign;
  campaign.id = "id";
  campaign.key = "key";
  campaign.description = campaign.guidance = text;
  campaign.rules.resize(10'000);
  for (const std::uint32_t number : {1U, 2U, 3U}) {
    campaign.number = {number};
    campaign.key = "key" + std::to_string(number);
    campaign.id = "id" + std::to_string(number);
    book.put(campaign);
  }
  campaign.number = {2};
  campaign.removed = true;
  campaign.version = {9};
  book.put(campaign);
  const Campaign* left = book.find(CampaignNumber{2});
  ASSERT_NE(left, nullptr);
  EXPECT_TRUE(left->removed);
  EXPECT_EQ(left->version, RowId{9});
  EXPECT_LT(left->description.capacity(), inside_max);
  EXPECT_LT(left->guidance.capacity(), inside_max);
  EXPECT_EQ(left->rules.capacity(), 0U);
  EXPECT_EQ(book.find("id2"), nullptr);
  EXPECT_EQ(book.find("key2"), nullptr);
  EXPECT_EQ(book.find("key3")->number, CampaignNumber{3});
  TextSearch<Campaign, CampaignNumber> search({.offset = 1, .size = 10});
  EXPECT_FALSE(book.look({}, search));
  EXPECT_EQ(search.total, 2U);
  ASSERT_EQ(search.found.size(), 1U);
  EXPECT_EQ(search.found[0].number, CampaignNumber{3});
  EXPECT_EQ(book.next(), CampaignNumber{4});
  campaign.removed = false;
  book.put(campaign);
  EXPECT_EQ(book.count(), 3U);
}

}  // namespace
}  // namespace scorekeeper::matrix
