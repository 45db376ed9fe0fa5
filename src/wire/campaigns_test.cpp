#include "wire/campaigns.h"

#include <gtest/gtest.h>

#include "wire/date_time.h"

namespace scorekeeper::wire {
namespace {

const Limits limits;

Result<CampaignFields> parse(std::string body) {
  std::vector<std::string> warnings;
  return parse_campaign(body, warnings);
}

std::string attributes(std::string_view text) {
  return R"({"data":{"attributes":{)" + std::string(text) + R"(},"type":"campaign"}})";
}

TEST(CampaignParser, ReadsEveryAttribute) {
  const auto fields = parse(attributes(
      R"("description":"D","due_date":"2024-03-31T23:59:59+01:00","entity_scope":"kind:service","guidance":"G","key":"q1","name":"N","owner_id":"O","rule_ids":["b","a"],"start_date":"2024-01-01T00:00:00.123456789Z","status":"completed","more":[{"ignored":1}])"));
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, (CampaignFields{.key = "q1",
                                     .name = "N",
                                     .description = "D",
                                     .owner_id = "O",
                                     .entity_scope = "kind:service",
                                     .guidance = "G",
                                     .rule_ids = {"b", "a"},
                                     .status = CampaignStatus::completed,
                                     .start_date = parse_date_time("2024-01-01T00:00:00.123456Z"),
                                     .due_date = parse_date_time("2024-03-31T22:59:59Z")}));
}

TEST(CampaignParser, LeavesOutWhatIsNotGiven) {
  for (
      const auto* body :
      {R"({"data":{"attributes":{}}})",
       R"({"data":{"attributes":{"key":null,"rule_ids":null,"status":null,"start_date":null}}})"}) {
    const auto fields = parse(body);
    ASSERT_TRUE(fields) << body;
    EXPECT_EQ(*fields, CampaignFields()) << body;
  }
}

TEST(CampaignParser, NamesTheOutermostMemberThatIsMissing) {
  EXPECT_EQ(parse("{}").error(), invalid("attribute \"data\" is required", "/data"));
  EXPECT_EQ(parse(R"({"data":{"type":"campaign"}})").error(),
            invalid("attribute \"attributes\" is required", "/data/attributes"));
}

TEST(CampaignParser, CountsARuleThatStandsTwiceOnce) {
  const auto fields = parse(attributes(R"("rule_ids":["b","a","b","\u0061"])"));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->rule_ids, (std::vector<std::string>{"b", "a"}));
}

TEST(CampaignParser, NamesTheAttributeThatIsWrong) {
  const struct {
    std::string body;
    Error error;
  } cases[] = {
      {attributes(R"("key":1)"),
       invalid("attribute \"key\" must be a string", "/data/attributes/key")},
      {attributes(R"("guidance":{})"),
       invalid("attribute \"guidance\" must be a string", "/data/attributes/guidance")},
      {attributes(R"("rule_ids":"a")"),
       invalid("attribute \"rule_ids\" must be an array of strings", "/data/attributes/rule_ids")},
      {attributes(R"("rule_ids":["a",null])"),
       invalid("attribute \"rule_ids\" must be an array of strings",
               "/data/attributes/rule_ids/1")},
      {attributes(R"("status":"done")"),
       invalid("attribute \"status\" must be one of \"not_started in_progress completed\"",
               "/data/attributes/status")},
      {attributes(R"("status":1)"),
       invalid("attribute \"status\" must be one of \"not_started in_progress completed\"",
               "/data/attributes/status")},
      {attributes(R"("start_date":"2024-01-01")"),
       invalid("attribute \"start_date\" must be a date-time of RFC 3339",
               "/data/attributes/start_date")},
      {attributes(R"("due_date":"")"),
       invalid("attribute \"due_date\" must be a date-time of RFC 3339",
               "/data/attributes/due_date")},
      {attributes(R"("start_date":1704067200)"),
       invalid("attribute \"start_date\" must be a date-time of RFC 3339",
               "/data/attributes/start_date")},
      {attributes(R"("name":1,"key":2)"),
       invalid("attribute \"name\" must be a string", "/data/attributes/name")},
      {R"({"data":{"type":"rule"}})",
       invalid("attribute \"type\" must be \"campaign\"", "/data/type")},
      {R"({"data":[]})", invalid("attribute \"data\" must be an object", "/data")},
      {R"({"data":{"attributes":"x"}})",
       invalid("attribute \"attributes\" must be an object", "/data/attributes")},
      {"[]", invalid("the document must be a JSON object")},
      {"{", invalid("malformed JSON at byte 1: expected a member name")},
      {attributes(R"("name":"a","name":"b")"),
       invalid("member \"name\" occurs twice", "/data/attributes/name")},
  };
  for (const auto& c : cases) {
    const auto fields = parse(c.body);
    ASSERT_FALSE(fields) << c.body;
    EXPECT_EQ(fields.error(), c.error) << c.body;
  }
}

TEST(CampaignListQuery, ReadsEveryParameter) {
  const std::vector<Parameter> query{{"filter[campaign][name]", "security q1"},
                                     {"filter[campaign][status]", "not_started"},
                                     {"filter[campaign][owner]", "o"},
                                     {"page[limit]", "100"},
                                     {"page[offset]", "3"}};
  const auto list = parse_query<CampaignListQuery>(query, limits);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->filter.name, "security q1");
  EXPECT_EQ(list->filter.status, CampaignStatus::not_started);
  EXPECT_EQ(list->filter.owner, "o");
  EXPECT_EQ(list->page.size, 100U);
  EXPECT_EQ(list->page.offset, 3U);
  EXPECT_EQ(parse_query<CampaignListQuery>({}, limits)->page.size, 10U);
}

TEST(CampaignListQuery, RefusesWrongValuesAndNamesTheParameter) {
  const struct {
    Parameter parameter;
    std::string_view must;
  } cases[] = {
      {{"filter[campaign][status]", "done"}, "one of \"not_started in_progress completed\""},
      {{"page[limit]", "101"}, "a whole number from 1 to 100"},
      {{"page[limit]", "0"}, "a whole number from 1 to 100"},
  };
  for (const auto& c : cases) {
    const auto list = parse_query<CampaignListQuery>(std::vector{c.parameter}, limits);
    ASSERT_FALSE(list) << c.parameter.value;
    EXPECT_EQ(list.error(),
              invalid("parameter \"" + c.parameter.name + "\" must be " + std::string(c.must),
                      c.parameter.name));
  }
}

TEST(CampaignQuery, ReadsWhatToInclude) {
  const auto parse = [](const std::vector<Parameter>& query) {
    return parse_query<CampaignQuery>(query, limits);
  };
  EXPECT_FALSE(parse({})->include_scores || parse({})->include_meta);
  EXPECT_TRUE(parse({{"include", "scores"}})->include_scores);
  EXPECT_FALSE(parse({{"include", ""}})->include_scores);
  EXPECT_TRUE(parse({{"include_meta", "true"}})->include_meta);
  EXPECT_FALSE(parse({{"include_meta", "false"}})->include_meta);
  EXPECT_EQ(parse({{"include", "rules"}}).error(),
            invalid("parameter \"include\" must be \"scores\"", "include"));
  EXPECT_EQ(parse({{"include_meta", "1"}}).error(),
            invalid("parameter \"include_meta\" must be true or false", "include_meta"));
}

CampaignItem item() {
  CampaignItem made;
  made.campaign.id = "c";
  made.campaign.key = "q1";
  made.campaign.name = "<N>";
  made.campaign.owner_id = "o";
  made.campaign.start_date = Time(std::chrono::seconds(1));
  made.campaign.created_at = Time(std::chrono::seconds(2));
  made.campaign.modified_at = Time(std::chrono::milliseconds(2'500));
  made.rule_ids = {"r2", "r1"};
  return made;
}

constexpr std::string_view dates = R"("created_at":"1970-01-01T00:00:02Z")";

TEST(CampaignWriter, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(
      write_campaign(item(), {}),
      R"({"data":{"id":"c","type":"campaign","attributes":{)" + std::string(dates) +
          R"(,"key":"q1","modified_at":"1970-01-01T00:00:02.5Z","name":"\u003cN\u003e","owner":"o","start_date":"1970-01-01T00:00:01Z","status":"in_progress"},"relationships":{"rules":{"data":[{"id":"r2","type":"rule"},{"id":"r1","type":"rule"}]}}}})");
}

TEST(CampaignWriter, WritesEveryAttribute) {
  auto full = item();
  full.campaign.description = "D";
  full.campaign.due_date = Time(std::chrono::seconds(3));
  full.campaign.entity_scope = "kind:service";
  full.campaign.guidance = "G";
  full.campaign.status = CampaignStatus::completed;
  full.rule_ids.clear();
  EXPECT_EQ(
      write_campaign(full,
                     {.meta = CampaignMeta{.entity_count = 7, .rule_count = 2}, .scores = {}}),
      R"({"data":{"id":"c","type":"campaign","attributes":{)" + std::string(dates) +
          R"(,"description":"D","due_date":"1970-01-01T00:00:03Z","entity_scope":"kind:service","guidance":"G","key":"q1","modified_at":"1970-01-01T00:00:02.5Z","name":"\u003cN\u003e","owner":"o","start_date":"1970-01-01T00:00:01Z","status":"completed"},"relationships":{"rules":{"data":[]}},"meta":{"entity_count":7,"rule_count":2}}})");
}

TEST(CampaignWriter, IncludesScoresInPercent) {
  const CampaignScores scores{.counts = {.pass = 10, .fail = 3, .skip = 1, .no_data = 2},
                              .rules = {{.rule_id = "r1", .counts = {.pass = 2, .fail = 1}},
                                        {.rule_id = "r2", .counts = {}}}};
  const auto text = write_campaign(item(), {.meta = {}, .scores = scores});
  EXPECT_NE(
      text.find(
          R"("relationships":{"campaign_score":{"data":{"id":"c","type":"score"}},"rule_scores":{"data":[{"id":"r1","type":"score"},{"id":"r2","type":"score"}]},"rules":{"data":[{"id":"r2","type":"rule"},{"id":"r1","type":"rule"}]}}},"included":[{"id":"c","type":"score","attributes":{"aggregation":"campaign","denominator":13,"numerator":10,"score":76.92,"total_fail":3,"total_no_data":2,"total_pass":10,"total_skip":1}},{"id":"r1","type":"score","attributes":{"aggregation":"by-rule","denominator":3,"numerator":2,"score":66.67,"total_fail":1,"total_no_data":0,"total_pass":2,"total_skip":0}},{"id":"r2","type":"score","attributes":{"aggregation":"by-rule","denominator":0,"numerator":0,"total_fail":0,"total_no_data":0,"total_pass":0,"total_skip":0}}]})"),
      std::string::npos)
      << text;
}

TEST(CampaignListWriter, WritesAPageAndItsPlace) {
  EXPECT_EQ(write_campaign_list({}, {.offset = 20, .size = 10}, 7),
            R"({"data":[],"meta":{"count":0,"limit":10,"offset":20,"total":7}})");
  const std::vector<CampaignItem> items{item(), item()};
  const auto text = write_campaign_list(items, {.offset = 0, .size = 10}, 2);
  EXPECT_TRUE(text.starts_with(R"({"data":[{"id":"c","type":"campaign","attributes":{)"));
  EXPECT_TRUE(text.ends_with(R"(}],"meta":{"count":2,"limit":10,"offset":0,"total":2}})"));
}

}  // namespace
}  // namespace scorekeeper::wire
