#include "wire/csv.h"

#include <gtest/gtest.h>

namespace scorekeeper::wire {
namespace {

std::string cell(std::string_view text) {
  CsvWriter csv;
  csv.text(text).end_row();
  return csv.take();
}

TEST(Csv, QuotesWhatWouldSplitACell) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"", ""},
      {"plain text", "plain text"},
      {" spaces ", " spaces "},
      {"é€😀", "é€😀"},
      {"a,b", "\"a,b\""},
      {"a;b", "\"a;b\""},
      {"a\tb", "\"a\tb\""},
      {"a\nb", "\"a\nb\""},
      {"a\r\nb", "\"a\r\nb\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"\"", "\"\"\"\""},
      {"it's", "it's"},
  };
  for (const auto& c : cases) EXPECT_EQ(cell(c.text), std::string(c.written) + "\r\n");
}

TEST(Csv, LetsNoTextBecomeAFormula) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"=1+1", "'=1+1"},     {"+1", "'+1"},
      {"-1", "'-1"},         {"@SUM(A1)", "'@SUM(A1)"},
      {"\t=1", "\"'\t=1\""}, {"\r=1", "\"'\r=1\""},
      {"\n=1", "\"'\n=1\""}, {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
      {"'=1", "'=1"},        {"a;=1", "\"a;=1\""},
      {"1=1", "1=1"},
  };
  for (const auto& c : cases) EXPECT_EQ(cell(c.text), std::string(c.written) + "\r\n");
}

TEST(Csv, WritesNumbersBare) {
  CsvWriter csv;
  csv.number(0).number(18446744073709551615U).real(0).real(0.5).real(2.0 / 3).real(-1.5).empty();
  csv.end_row();
  csv.text("next").end_row();
  EXPECT_EQ(csv.take(), "0,18446744073709551615,0,0.5,0.6666666666666666,-1.5,\r\nnext\r\n");
  EXPECT_EQ(csv.take(), "");
}

TEST(Csv, WritesOutcomes) {
  CsvWriter csv;
  write_outcome_columns(csv);
  write_outcome_row(csv,
                    {.rule_id = "r",
                     .entity_reference = "endpoint:default/GET:/a,b",
                     .remarks = "=see <a>\nhere",
                     .state = State::fail,
                     .created_at = Time(std::chrono::seconds(1)),
                     .modified_at = Time(std::chrono::seconds(2)),
                     .reported_at = Time(std::chrono::seconds(3))},
                    {.id = "r", .name = "Rule", .scorecard_name = "-Card"});
  EXPECT_EQ(csv.take(),
            "rule_id,rule_name,scorecard_name,entity_reference,service_name,state,remarks,"
            "created_at,modified_at,reported_at\r\n"
            "r,Rule,'-Card,\"endpoint:default/GET:/a,b\",\"GET:/a,b\",fail,"
            "\"'=see <a>\nhere\",1970-01-01T00:00:01Z,1970-01-01T00:00:02Z,"
            "1970-01-01T00:00:03Z\r\n");
}

TEST(Csv, WritesScores) {
  ScoreItem item;
  item.counts = {.pass = 1, .fail = 1, .skip = 2, .no_data = 2};
  item.entities = 3;
  CsvWriter csv;
  write_score_columns(csv);
  item.id = "u";
  item.name = "service:default/a";
  item.level = 0;
  write_score_row(csv, item, Aggregation::by_entity, Silence::left_out);
  item.id = "r";
  item.name = "Rule";
  item.level = 3;
  write_score_row(csv, item, Aggregation::by_rule, Silence::counts_as_fail);
  item.id = "platform";
  item.name = "";
  item.level.reset();
  item.mean_entity_score = 0.75;
  write_score_row(csv, item, Aggregation::by_team, Silence::left_out);
  EXPECT_EQ(csv.take(),
            "aggregation,id,name,entity_reference,level,score,numerator,denominator,"
            "total_entities,total_pass,total_fail,total_skip,total_no_data,mean_entity_score\r\n"
            "by-entity,u,,service:default/a,0,0.5,1,2,3,1,1,2,2,\r\n"
            "by-rule,r,Rule,,3,0.25,1,4,3,1,1,2,2,\r\n"
            "by-team,platform,,,,0.5,1,2,3,1,1,2,2,0.75\r\n");
}

}  // namespace
}  // namespace scorekeeper::wire
