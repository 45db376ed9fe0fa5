#include "wire/csv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

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
      {"=1+1", "'=1+1"},
      {"+1", "'+1"},
      {"-1", "'-1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {" =1", " '=1"},
      {"\t=1", "\"\t'=1\""},
      {"\r=1", "\"\r'=1\""},
      {"\n=1", "\"\n'=1\""},
      {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
      {"\"=1", "\"\"\"'=1\""},
      {"＝1", "'＝1"},
      {"'=1", "'=1"},
      {"1=1", "1=1"},
      {"a - b + c", "a - b + c"},
      {"80 %, -5 less", "\"80 %, -5 less\""},
      // Behind what other spreadsheets split at, where quotes do not help.
      {"a;=1", "\"a;'=1\""},
      {"a; -1;b", "\"a; '-1;b\""},
      {"a\t@x", "\"a\t'@x\""},
      {"a\n+1\r\n=2", "\"a\n'+1\r\n'=2\""},
      {"a;\"=1", "\"a;\"\"'=1\""},
      {"x;=1+cmd|'/C calc'!A0;y", "\"x;'=1+cmd|'/C calc'!A0;y\""},
  };
  for (const auto& c : cases) EXPECT_EQ(cell(c.text), std::string(c.written) + "\r\n");
}

// The cells of a text as a spreadsheet reads them that splits at those characters and at line ends:
// quotes count where a cell begins.
std::vector<std::string> cells_of(std::string_view text, std::string_view separators) {
  std::vector<std::string> cells(1);
  bool begins = true;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      const bool twice = c == '"' && i + 1 < text.size() && text[i + 1] == '"';
      quoted = c != '"' || twice;
      if (quoted) cells.back() += c;
      i += twice ? 1 : 0;
    } else if (separators.contains(c) || c == '\r' || c == '\n') {
      cells.emplace_back();
      begins = true;
    } else if (c == '"' && begins) {
      quoted = true;
      begins = false;
    } else {
      cells.back() += c;
      begins = false;
    }
  }
  return cells;
}

TEST(Csv, HasNoFormulaWhereverItIsSplit) {
  std::mt19937 random(7);
  constexpr std::string_view alphabet = "=+-@;\t\n\r,\"\" 'ab1";
  std::size_t formulas = 0;
  for (int round = 0; round < 20'000; ++round) {
    CsvWriter csv;
    std::string plain;
    for (int column = 0; column < 3; ++column) {
      std::string text;
      for (auto left = random() % 8; left > 0; --left) text += alphabet[random() % alphabet.size()];
      csv.text(text);
      plain += text + ',';
    }
    csv.end_row();
    const auto row = csv.take();
    for (const std::string_view separators : {",", ";", "\t", ",;\t"}) {
      const auto is_formula = [](const std::string& cell) {
        const auto begin = cell.find_first_not_of(" \t\r\n");
        return begin != std::string::npos && std::string_view("=+-@").contains(cell[begin]);
      };
      ASSERT_TRUE(std::ranges::none_of(cells_of(row, separators), is_formula))
          << row << " split at " << separators;
      formulas += std::ranges::any_of(cells_of(plain, separators), is_formula) ? 1U : 0U;
    }
  }
  EXPECT_GT(formulas, 10'000U);  // that is what it was asked about
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
  write_outcome_row(
      csv,
      {.rule_id = "r",
       .entity_reference = "endpoint:default/GET:/a,b",
       .remarks = "=see <a>\nhere",
       .state = State::fail,
       .created_at = Time(std::chrono::seconds(1)),
       .modified_at = Time(std::chrono::seconds(2)),
       .reported_at = Time(std::chrono::seconds(3))},
      {.rule_id = "r", .rule_name = "Rule", .scorecard_name = "-Card", .owner = "platform"});
  EXPECT_EQ(csv.take(),
            "rule_id,rule_name,scorecard_name,entity_reference,service_name,owner,state,"
            "remarks,created_at,modified_at,reported_at\r\n"
            "r,Rule,'-Card,\"endpoint:default/GET:/a,b\",\"GET:/a,b\",platform,fail,"
            "\"'=see <a>\nhere\",1970-01-01T00:00:01Z,1970-01-01T00:00:02Z,"
            "1970-01-01T00:00:03Z\r\n");
}

TEST(Csv, WritesScores) {
  ScoreRow item;
  item.counts = {.pass = 1, .fail = 1, .skip = 2, .no_data = 2};
  item.entities = 3;
  CsvWriter csv;
  write_score_columns(csv);
  item.id = "u";
  item.name = "service:default/a";
  item.owner = "team-a";
  item.level = 0;
  item.highest_level = 2;
  write_score_row(csv, item, Aggregation::by_entity, NoDataCounting::left_out);
  item.id = "r";
  item.name = "Rule";
  item.owner = "team-b";
  item.level = 3;
  item.highest_level.reset();
  write_score_row(csv, item, Aggregation::by_rule, NoDataCounting::counts_as_fail);
  item.id = "platform";
  item.name = "";
  item.owner = "";
  item.level.reset();
  item.mean_entity_score = 0.75;
  write_score_row(csv, item, Aggregation::by_team, NoDataCounting::left_out);
  item.id = "";
  item.counts = {.skip = 1};
  item.mean_entity_score.reset();
  write_score_row(csv, item, Aggregation::by_team, NoDataCounting::left_out);
  EXPECT_EQ(
      csv.take(),
      "aggregation,id,name,entity_reference,owner,level,level_max,score,numerator,denominator,"
      "total_entities,total_pass,total_fail,total_skip,total_no_data,mean_entity_score\r\n"
      "by-entity,u,a,service:default/a,team-a,0,2,0.5,1,2,3,1,1,2,2,\r\n"
      "by-rule,r,Rule,,team-b,3,,0.25,1,4,3,1,1,2,2,\r\n"
      "by-team,platform,,,,,,0.5,1,2,3,1,1,2,2,0.75\r\n"
      "by-team,,,,,,,,0,0,3,0,0,1,0,\r\n");
}

}  // namespace
}  // namespace scorekeeper::wire
