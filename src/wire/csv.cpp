#include "wire/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/assert.h"
#include "domain/entity.h"

namespace scorekeeper::wire {
namespace {

// In ASCII and in full width, which some locales take for the same.
constexpr std::string_view formula_begins[] = {"=", "+", "-", "@", "＝", "＋", "－", "＠"};
// Behind them a cell begins for who does not see the quotes.
constexpr std::string_view other_separators = ";\t\r\n";
// The characters that RFC 4180 quotes, and the other separators that spreadsheets split at.
constexpr std::string_view quoted = "\",;\t\r\n";

bool begins_formula(std::string_view text) {
  return std::ranges::any_of(formula_begins,
                             [&](std::string_view begin) { return text.starts_with(begin); });
}

// Whether spreadsheets drop the character before they look at a cell: control characters, spaces,
// quotes.
bool is_passed_over(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '"'; }

template <std::size_t count>
void write_columns(CsvWriter& csv, const std::array<std::string_view, count>& names) {
  for (const auto name : names) csv.text(name);
  csv.end_row();
}

}  // namespace

void CsvWriter::separate() {
  if (comma_) rows_ += ',';
  comma_ = true;
}

CsvWriter& CsvWriter::text(std::string_view value) {
  separate();
  const bool quotes = value.find_first_of(quoted) != std::string_view::npos;
  if (quotes) rows_ += '"';
  bool cell_begins = true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (cell_begins && begins_formula(value.substr(i))) rows_ += '\'';
    cell_begins = other_separators.contains(c) || (cell_begins && is_passed_over(c));
    if (c == '"') rows_ += '"';
    rows_ += c;
  }
  if (quotes) rows_ += '"';
  return *this;
}

CsvWriter& CsvWriter::number(std::uint64_t value) {
  separate();
  rows_ += std::to_string(value);
  return *this;
}

CsvWriter& CsvWriter::real(double value) {
  ASSERT(std::isfinite(value));
  separate();
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  rows_.append(digits.data(), end);
  return *this;
}

CsvWriter& CsvWriter::empty() {
  separate();
  return *this;
}

void CsvWriter::end_row() {
  rows_ += "\r\n";
  comma_ = false;
}

std::string CsvWriter::take() { return std::exchange(rows_, {}); }

void write_outcome_columns(CsvWriter& csv) {
  write_columns(csv,
                std::to_array<std::string_view>(
                    {"rule_id", "rule_name", "scorecard_name", "entity_reference", "service_name",
                     "owner", "state", "remarks", "created_at", "modified_at", "reported_at"}));
}

void write_outcome_row(CsvWriter& csv, const OutcomeItem& item, const OutcomeContext& context) {
  csv.text(context.rule_id).text(context.rule_name).text(context.scorecard_name);
  csv.text(item.entity_reference).text(split_canonical(item.entity_reference).name);
  csv.text(context.owner);
  csv.text(name_of(item.state)).text(item.remarks);
  csv.text(rfc3339(item.created_at)).text(rfc3339(item.modified_at));
  csv.text(rfc3339(item.reported_at));
  csv.end_row();
}

void write_score_columns(CsvWriter& csv) {
  write_columns(
      csv, std::to_array<std::string_view>(
               {"aggregation", "id", "name", "entity_reference", "owner", "level", "level_max",
                "score", "numerator", "denominator", "total_entities", "total_pass", "total_fail",
                "total_skip", "total_no_data", "mean_entity_score"}));
}

void write_score_row(CsvWriter& csv, const ScoreRow& item, Aggregation aggregation,
                     NoDataCounting no_data) {
  const auto& counts = item.counts;
  const bool of_entity = aggregation == Aggregation::by_entity;
  csv.text(name_of(aggregation)).text(item.id);
  csv.text(of_entity ? split_canonical(item.name).name : std::string_view(item.name));
  csv.text(of_entity ? item.name : std::string_view()).text(item.owner);
  item.level ? csv.number(static_cast<std::uint64_t>(*item.level)) : csv.empty();
  item.highest_level ? csv.number(static_cast<std::uint64_t>(*item.highest_level)) : csv.empty();
  const auto score = score_of(counts, no_data);
  score ? csv.real(*score) : csv.empty();
  csv.number(numerator_of(counts)).number(denominator_of(counts, no_data));
  csv.number(item.entities);
  csv.number(counts.pass).number(counts.fail).number(counts.skip).number(counts.no_data);
  item.mean_entity_score ? csv.real(*item.mean_entity_score) : csv.empty();
  csv.end_row();
}

}  // namespace scorekeeper::wire
