#include "wire/scores.h"

#include <gtest/gtest.h>

namespace scorekeeper::wire {
namespace {

using enum Aggregation;
using Parameters = std::vector<Parameter>;
const Limits limits;

Result<ScoreQuery> parse(const Parameters& query, std::string_view aggregation = "by-rule") {
  return parse_score_query(aggregation, query, limits);
}

TEST(ScoreQuery, AsksForTheFirstHundredOfAllByDefault) {
  for (const auto* aggregation : {"by-entity", "by-rule", "by-scorecard", "by-team", "by-kind"}) {
    const auto list = parse({}, aggregation);
    ASSERT_TRUE(list) << aggregation;
    EXPECT_EQ(name_of(list->aggregation), aggregation);
    EXPECT_EQ(list->page.offset, 0U);
    EXPECT_EQ(list->page.size, 100U);
    EXPECT_FALSE(list->rules.ids || list->rules.scorecard_ids || list->rules.levels ||
                 list->rules.name);
    EXPECT_FALSE(list->rules.custom || list->rules.enabled || list->entity.query ||
                 list->entity.reference || list->entity.name || list->sort != ScoreSort::none);
  }
}

TEST(ScoreQuery, ReadsEveryParameter) {
  const auto list = parse({{"filter[rule][id]", "a, b,,c "},
                           {"filter[rule][scorecard_id]", "-x"},
                           {"filter[rule][level]", "1, 3"},
                           {"filter[rule][name]", "A, B"},
                           {"filter[rule][is_custom]", "true"},
                           {"filter[rule][is_enabled]", "false"},
                           {"filter[entity][query]", "kind:service"},
                           {"sort", "-total_no_data"},
                           {"page[offset]", "2000"},
                           {"page[limit]", "1000"},
                           {"rule[enabled]", "ignored"}});
  ASSERT_TRUE(list);
  EXPECT_EQ(*list->rules.ids, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(*list->rules.scorecard_ids, (std::vector<std::string>{"-x"}));
  EXPECT_EQ(*list->rules.levels, (std::vector<int>{1, 3}));
  EXPECT_EQ(*list->rules.name, "A, B");
  EXPECT_EQ(list->rules.custom, true);
  EXPECT_EQ(list->rules.enabled, false);
  EXPECT_EQ(list->entity.query, *EntityQuery::parse("kind:service", "q"));
  EXPECT_EQ(list->sort, ScoreSort::total_no_data);
  EXPECT_TRUE(list->descending);
  EXPECT_EQ(list->page.offset, 2000U);
  EXPECT_EQ(list->page.size, 1000U);
}

TEST(ScoreQuery, TakesSizeBeforeLimit) {
  EXPECT_EQ(parse({{"page[limit]", "7"}, {"page[size]", "3"}})->page.size, 3U);
  EXPECT_EQ(parse({{"page[size]", "3"}})->page.size, 3U);
}

TEST(ScoreQuery, LetsAnEmptyListMatchNothing) {
  for (const auto* text : {"", ",", " , "}) {
    const auto list = parse({{"filter[rule][id]", text}, {"filter[rule][level]", text}});
    ASSERT_TRUE(list);
    EXPECT_TRUE(list->rules.ids->empty());
    EXPECT_TRUE(list->rules.levels->empty());
  }
}

TEST(ScoreQuery, SortsByEachField) {
  for (const auto* field : {"score", "numerator", "denominator", "total_pass", "total_fail",
                            "total_skip", "total_no_data"}) {
    const auto up = parse({{"sort", field}});
    const auto down = parse({{"sort", std::string("-") + field}});
    ASSERT_TRUE(up && down) << field;
    EXPECT_TRUE(up->sort != ScoreSort::none && up->sort == down->sort);
    EXPECT_TRUE(!up->descending && down->descending);
  }
  EXPECT_EQ(parse({{"sort", ""}})->sort, ScoreSort::none);
}

TEST(ScoreQuery, RefusesWrongValuesAndNamesTheParameter) {
  const struct {
    Parameter parameter;
    std::string_view must;
  } cases[] = {
      {{"filter[rule][level]", "4"}, "whole numbers from 1 to 3, separated by commas"},
      {{"filter[rule][level]", "1,x"}, "whole numbers from 1 to 3, separated by commas"},
      {{"filter[rule][level]", "1.0"}, "whole numbers from 1 to 3, separated by commas"},
      {{"filter[rule][is_custom]", "yes"}, "true or false"},
      {{"filter[rule][is_enabled]", ""}, "true or false"},
      {{"filter[entity][query]", std::string(4097, 'x')}, "a query of at most 4096 characters"},
      {{"page[limit]", "1001"}, "a whole number from 1 to 1000"},
      {{"page[limit]", "0"}, "a whole number from 1 to 1000"},
      {{"page[size]", "ten"}, "a whole number from 1 to 1000"},
  };
  for (const auto& c : cases) {
    const auto list = parse({c.parameter});
    ASSERT_FALSE(list) << c.parameter.value;
    EXPECT_EQ(list.error(),
              invalid("parameter \"" + c.parameter.name + "\" must be " + std::string(c.must),
                      c.parameter.name));
  }
  for (const auto* sort :
       {"name", "-", "--score", "+score", "score,numerator", "Score", " score"}) {
    const auto list = parse({{"sort", sort}});
    ASSERT_FALSE(list) << sort;
    EXPECT_EQ(list.error().pointer, "sort");
    EXPECT_TRUE(list.error().detail.starts_with("parameter \"sort\" must be one of \"score "));
  }
  EXPECT_EQ(parse({{"page[offset]", "-1"}}).error().pointer, "page[offset]");
}

TEST(ScoreQuery, TellsWhereAnEntityQueryIsWrong) {
  const auto list = parse({{"filter[entity][query]", "kind:service AND"}});
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().pointer, "filter[entity][query]");
  EXPECT_TRUE(list.error().detail.starts_with(
      "parameter \"filter[entity][query]\" has an error at column "))
      << list.error().detail;
}

TEST(ScoreQuery, NamesAnUnknownAggregation) {
  EXPECT_EQ(parse({}, "by-owner").error(),
            invalid("parameter \"aggregation\" must be one of \"by-entity by-rule by-scorecard "
                    "by-team by-kind\", not \"by-owner\"",
                    "aggregation"));
}

std::string write(const ScoreRow& item, Aggregation aggregation,
                  NoDataCounting no_data = NoDataCounting::left_out) {
  ScorePage page;
  page.rows.push_back(item);
  page.total = 21;
  ScoreQuery query;
  query.page = {.offset = 10, .size = 5};
  query.aggregation = aggregation;
  query.no_data = no_data;
  return write_score_list(page, query, {.next = "/n", .previous = "/p"});
}

const ScoreCounts counts{.pass = 2, .fail = 1, .skip = 4, .no_data = 5};
constexpr std::string_view end =
    R"(],"meta":{"count":1,"limit":5,"offset":10,"total":21},"links":{"next":"/n","previous":"/p"}})";

TEST(ScoreListWriter, WritesEachAggregation) {
  EXPECT_EQ(
      write({.id = "r",
             .name = "<R>",
             .owner = "nobody",
             .scorecard_id = "s",
             .level = 2,
             .highest_level = {},
             .counts = counts,
             .entities = 12,
             .mean_entity_score = {}},
            by_rule),
      R"({"data":[{"id":"r","type":"score","attributes":{"aggregation":"by-rule","denominator":3,"level":2,"name":"\u003cR\u003e","numerator":2,"score":0.6666666666666666,"total_entities":12,"total_fail":1,"total_no_data":5,"total_pass":2,"total_skip":4},"relationships":{"rule":{"data":{"id":"r","type":"rule"}},"scorecard":{"data":{"id":"s","type":"scorecard"}}}})" +
          std::string(end));
  EXPECT_EQ(
      write({.id = "u",
             .name = "service:default/a",
             .owner = {},
             .scorecard_id = {},
             .level = 0,
             .highest_level = 2,
             .counts = counts,
             .entities = 1,
             .mean_entity_score = {}},
            by_entity),
      R"({"data":[{"id":"u","type":"score","attributes":{"aggregation":"by-entity","denominator":3,"entity_reference":"service:default/a","level":0,"level_max":2,"numerator":2,"score":0.6666666666666666,"total_entities":1,"total_fail":1,"total_no_data":5,"total_pass":2,"total_skip":4},"relationships":{"entity":{"data":{"id":"u","type":"entity"}},"service":{"data":{"id":"a","type":"service"}}}})" +
          std::string(end));
  EXPECT_EQ(
      write({.id = "s",
             .name = "S",
             .owner = {},
             .scorecard_id = {},
             .level = {},
             .highest_level = {},
             .counts = {},
             .entities = 0,
             .mean_entity_score = {}},
            by_scorecard),
      R"({"data":[{"id":"s","type":"score","attributes":{"aggregation":"by-scorecard","denominator":0,"name":"S","numerator":0,"total_entities":0,"total_fail":0,"total_no_data":0,"total_pass":0,"total_skip":0},"relationships":{"scorecard":{"data":{"id":"s","type":"scorecard"}}}})" +
          std::string(end));
  EXPECT_EQ(
      write({.id = "platform",
             .name = {},
             .owner = {},
             .scorecard_id = {},
             .level = {},
             .highest_level = {},
             .counts = counts,
             .entities = 3,
             .mean_entity_score = 0.5},
            by_team),
      R"({"data":[{"id":"platform","type":"score","attributes":{"aggregation":"by-team","denominator":3,"mean_entity_score":0.5,"numerator":2,"score":0.6666666666666666,"total_entities":3,"total_fail":1,"total_no_data":5,"total_pass":2,"total_skip":4},"relationships":{"team":{"data":{"id":"platform","type":"team"}}}})" +
          std::string(end));
  EXPECT_EQ(
      write({.id = "api",
             .name = {},
             .owner = {},
             .scorecard_id = {},
             .level = {},
             .highest_level = {},
             .counts = counts,
             .entities = 3,
             .mean_entity_score = {}},
            by_kind),
      R"({"data":[{"id":"api","type":"score","attributes":{"aggregation":"by-kind","denominator":3,"numerator":2,"score":0.6666666666666666,"total_entities":3,"total_fail":1,"total_no_data":5,"total_pass":2,"total_skip":4}})" +
          std::string(end));
}

TEST(ScoreListWriter, HasNoServiceForOtherKinds) {
  const auto text = write({.id = "u",
                           .name = "api:default/a",
                           .owner = {},
                           .scorecard_id = {},
                           .level = 3,
                           .highest_level = {},
                           .counts = counts,
                           .entities = 1,
                           .mean_entity_score = {}},
                          by_entity);
  EXPECT_NE(text.find(R"("relationships":{"entity":{"data":{"id":"u","type":"entity"}}}})"),
            std::string::npos)
      << text;
}

TEST(ScoreListWriter, GivesThoseWithoutATeamNoRelationship) {
  const auto text = write({.id = {},
                           .name = {},
                           .owner = {},
                           .scorecard_id = {},
                           .level = {},
                           .highest_level = {},
                           .counts = counts,
                           .entities = 3,
                           .mean_entity_score = {}},
                          by_team);
  EXPECT_TRUE(text.starts_with(R"({"data":[{"id":"","type":"score")")) << text;
  EXPECT_EQ(text.find("relationships"), std::string::npos);
}

TEST(ScoreListWriter, CountsNoDataWhenTheOperatorSaysSo) {
  const auto text = write({.id = "api",
                           .name = {},
                           .owner = {},
                           .scorecard_id = {},
                           .level = {},
                           .highest_level = {},
                           .counts = counts,
                           .entities = 3,
                           .mean_entity_score = {}},
                          by_kind, NoDataCounting::counts_as_fail);
  EXPECT_NE(text.find(R"("denominator":8,"numerator":2,"score":0.25,)"), std::string::npos) << text;
}

TEST(ScoreListWriter, KeepsAnEmptyPageInShape) {
  EXPECT_EQ(
      write_score_list({}, {}, {.next = "/n", .previous = {}}),
      R"({"data":[],"meta":{"count":0,"limit":100,"offset":0,"total":0},"links":{"next":"/n"}})");
}

}  // namespace
}  // namespace scorekeeper::wire
