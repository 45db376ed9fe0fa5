// Lists as CSV (RFC 4180): a header row, CRLF at the end of each row, quotes where they are needed.
// Made to be opened in a spreadsheet, too: no cell may become a formula, and not all spreadsheets
// split at commas: where the comma is a decimal sign they split at semicolons, pasted text is split
// at tabs. Such spreadsheets see quotes only where a cell begins for them. So an apostrophe is put
// before = + - and @, and their full-width forms, wherever a cell could begin with it: at the begin
// of a text, and behind each semicolon, tab and line break in it, whatever spaces and quotes stand
// between. Commas need none: spreadsheets that split there see the quotes. Numbers are written
// bare.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/score.h"
#include "wire/outcomes.h"
#include "wire/scores.h"

namespace scorekeeper::wire {

// One row after the other. A value; one thread.
class CsvWriter {
 public:
  CsvWriter& text(std::string_view value);
  CsvWriter& number(std::uint64_t value);
  CsvWriter& real(double value);  // finite; the shortest form that reads back the same
  CsvWriter& empty();
  void end_row();

  // The rows since the last call.
  std::string take();

 private:
  void separate();

  std::string rows_;
  bool comma_ = false;  // the next cell needs a comma before it
};

// The values of a row that OutcomeItem lacks.
struct OutcomeContext {
  std::string_view rule_id;
  std::string_view rule_name;
  std::string_view scorecard_name;
  std::string_view owner;  // of the entity
};
// rule_id, rule_name, scorecard_name, entity_reference, service_name, owner, state, remarks,
// created_at, modified_at, reported_at
void write_outcome_columns(CsvWriter& csv);
void write_outcome_row(CsvWriter& csv, const OutcomeItem& item, const OutcomeContext& context);

// aggregation, id, name, entity_reference, owner, level, level_max, score, numerator, denominator,
// total_entities, total_pass, total_fail, total_skip, total_no_data, mean_entity_score: the
// attributes of the JSON document, the name of an entity too, and the owner of an entity or a rule;
// a value that an item lacks is an empty cell.
void write_score_columns(CsvWriter& csv);
void write_score_row(CsvWriter& csv, const ScoreRow& item, Aggregation aggregation,
                     NoDataCounting no_data);

}  // namespace scorekeeper::wire
