#include "wire/query.h"

#include <gtest/gtest.h>

namespace scorekeeper::wire {
namespace {

using Parameters = std::vector<Parameter>;
const Limits limits;

TEST(ListQuery, HasTheRecordedDefaults) {
  const auto list = parse_query<OutcomeListQuery>({}, limits);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->page.offset, 0U);
  EXPECT_EQ(list->page.size, 100U);
  EXPECT_FALSE(list->include_rule || list->filter.service_name || list->filter.state ||
               list->outcome_fields);
}

TEST(ListQuery, RefusesBadPagesAndNamesTheParameter) {
  const char* const bad_sizes[] = {"0",  "-1", "101", "abc",  "1e2", "",
                                   " 1", "+1", "1 ",  "0x10", "1.0", "18446744073709551617"};
  for (const auto* value : bad_sizes) {
    for (const std::string name : {"page[size]", "page[limit]"}) {
      const Parameters query{{name, value}};
      const auto list = parse_query<RuleListQuery>(query, limits);
      ASSERT_FALSE(list) << name << "=" << value;
      EXPECT_EQ(list.error(),
                invalid("parameter \"" + name + "\" must be a whole number from 1 to 100", name));
    }
  }
  for (const auto* value : {"-1", "abc", "", "9223372036854775807", "18446744073709551616"}) {
    const Parameters query{{"page[offset]", value}};
    const auto list = parse_query<ScorecardListQuery>(query, limits);
    ASSERT_FALSE(list) << value;
    EXPECT_EQ(list.error().pointer, "page[offset]");
  }
}

TEST(ListQuery, TakesSizeBeforeLimit) {
  const Parameters query{{"page[limit]", "7"}, {"page[size]", "3"}, {"page[offset]", "12"}};
  const auto list = parse_query<OutcomeListQuery>(query, limits);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->page.size, 3U);
  EXPECT_EQ(list->page.offset, 12U);
  EXPECT_EQ(parse_query<OutcomeListQuery>(Parameters{{"page[limit]", "7"}}, limits)->page.size, 7U);
  EXPECT_EQ(parse_query<OutcomeListQuery>(Parameters{{"page[size]", "100"}}, limits)->page.size,
            100U);
}

TEST(OutcomeListQuery, ReadsEveryFilter) {
  const Parameters query{{"filter[outcome][service_name]", "a b"},
                         {"filter[outcome][state]", "fail"},
                         {"filter[rule][enabled]", "false"},
                         {"filter[rule][custom]", "true"},
                         {"filter[rule][id]", "x"},
                         {"filter[rule][name]", ""},
                         {"filter[entity][query]", "team:a"},
                         {"filter[entity][reference]", "Service:shop"},
                         {"filter[entity][name]", "Shop"},
                         {"include", " rule "},
                         {"fields[outcome]", "state, service_name,,"},
                         {"fields[rule]", ""},
                         {"unknown", "ignored"}};
  const auto list = parse_query<OutcomeListQuery>(query, limits);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->filter.service_name, "a b");
  EXPECT_EQ(list->filter.state, State::fail);
  EXPECT_EQ(list->filter.rule.enabled, false);
  EXPECT_EQ(list->filter.rule.custom, true);
  EXPECT_EQ(list->filter.rule.id, "x");
  EXPECT_EQ(list->filter.rule.name, "");
  EXPECT_FALSE(list->filter.rule.description);
  EXPECT_EQ(list->filter.entity.query, *EntityQuery::parse("team:a", "q"));
  EXPECT_EQ(list->filter.entity.reference, "service:default/shop");
  EXPECT_EQ(list->filter.entity.name, "Shop");
  EXPECT_TRUE(list->include_rule);
  EXPECT_EQ(*list->outcome_fields, (std::set<std::string, std::less<>>{"service_name", "state"}));
  EXPECT_TRUE(list->rule_fields && list->rule_fields->empty());
}

TEST(ListQuery, RefusesWrongValuesAndNamesTheParameter) {
  const struct {
    Parameter parameter;
    std::string_view detail;
  } cases[] = {
      {{"filter[outcome][state]", "PASS"},
       "parameter \"filter[outcome][state]\" must be one of \"pass fail skip\""},
      {{"filter[outcome][state]", ""},
       "parameter \"filter[outcome][state]\" must be one of \"pass fail skip\""},
      {{"filter[rule][enabled]", "1"}, "parameter \"filter[rule][enabled]\" must be true or false"},
      {{"filter[rule][custom]", "TRUE"},
       "parameter \"filter[rule][custom]\" must be true or false"},
      {{"include", "scorecard"}, "parameter \"include\" must be \"rule\""},
      {{"include", "rule,other"}, "parameter \"include\" must be \"rule\""},
      {{"include", "rules"}, "parameter \"include\" must be \"rule\""},
      {{"filter[entity][reference]", "checkout"},
       "parameter \"filter[entity][reference]\" must be of the form \"kind:name\" or "
       "\"kind:namespace/name\""},
  };
  for (const auto& c : cases) {
    const auto list = parse_query<OutcomeListQuery>(Parameters{c.parameter}, limits);
    ASSERT_FALSE(list) << c.detail;
    EXPECT_EQ(list.error(), invalid(std::string(c.detail), c.parameter.name));
  }
  EXPECT_TRUE(
      parse_query<RuleListQuery>(Parameters{{"include", "scorecard"}}, limits)->include_scorecard);
  EXPECT_FALSE(parse_query<RuleListQuery>(Parameters{{"include", "rule"}}, limits));
}

TEST(OutcomeListQuery, TellsWhereAnEntityQueryIsWrong) {
  const auto list =
      parse_query<OutcomeListQuery>(Parameters{{"filter[entity][query]", "(team:a"}}, limits);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().pointer, "filter[entity][query]");
  EXPECT_TRUE(list.error().detail.starts_with("parameter \"filter[entity][query]\" has an error"));
}

TEST(ScorecardListQuery, ReadsEveryFilter) {
  const Parameters query{{"filter[scorecard][id]", "i"},
                         {"filter[scorecard][name]", "n"},
                         {"filter[scorecard][description]", "d"}};
  const auto list = parse_query<ScorecardListQuery>(query, limits);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->filter.id, "i");
  EXPECT_EQ(list->filter.name, "n");
  EXPECT_EQ(list->filter.description, "d");
}

TEST(Links, AreTheRecordedOnes) {
  const std::string_view rules = "/api/v2/scorecard/rules";
  auto links = make_links(rules, {}, {});
  EXPECT_EQ(links.next, "/api/v2/scorecard/rules?page%5Blimit%5D=100&page%5Boffset%5D=100");
  EXPECT_EQ(links.previous, "");
  const Parameters query{{"page[size]", "1"}, {"filter[rule][id]", "X"}};
  EXPECT_EQ(make_links(rules, query, {.offset = 0, .size = 1}).next,
            "/api/v2/scorecard/rules?filter%5Brule%5D%5Bid%5D=X&page%5Blimit%5D=1&page%5Boffset"
            "%5D=1");
  EXPECT_EQ(make_links(rules, {}, {.offset = 1, .size = 100}).previous, "");
}

TEST(Links, WalkAListInBothDirections) {
  const auto link = [](std::uint64_t offset) {
    return "/l?page%5Blimit%5D=2&page%5Boffset%5D=" + std::to_string(offset);
  };
  const struct {
    std::uint64_t offset;
    std::string next;
    std::string previous;
  } cases[] = {{0, link(2), ""}, {1, link(3), ""}, {2, link(4), link(0)}, {4, link(6), link(2)}};
  for (const auto& c : cases) {
    const auto links = make_links("/l", {}, {.offset = c.offset, .size = 2});
    EXPECT_EQ(links.next, c.next);
    EXPECT_EQ(links.previous, c.previous);
  }
}

TEST(Links, EndWhereTheTotalIsKnown) {
  const auto next = [](std::uint64_t offset, std::uint64_t total) {
    return make_links("/l", {}, {.offset = offset, .size = 2}, total).next;
  };
  EXPECT_EQ(next(0, 3), "/l?page%5Blimit%5D=2&page%5Boffset%5D=2");
  EXPECT_EQ(next(0, 2), "");
  EXPECT_EQ(next(2, 3), "");
  EXPECT_EQ(next(0, 0), "");
  EXPECT_EQ(make_links("/l", {}, {.offset = 4, .size = 2}, 3).previous,
            "/l?page%5Blimit%5D=2&page%5Boffset%5D=2");
}

TEST(Links, RepeatFiltersFieldsIncludeAndSortOnly) {
  const Parameters query{
      {"x", "y"},         {"include", "rule"},   {"filter[outcome][service_name]", "a b&é/"},
      {"sort", "-score"}, {"page[offset]", "0"}, {"fields[outcome]", "state, service_name"}};
  EXPECT_EQ(make_links("/l", query, {.offset = 0, .size = 5}).next,
            "/l?fields%5Boutcome%5D=state%2C+service_name&filter%5Boutcome%5D%5Bservice_name%5D="
            "a+b%26%C3%A9%2F&include=rule&page%5Blimit%5D=5&page%5Boffset%5D=5&sort=-score");
}

}  // namespace
}  // namespace scorekeeper::wire
