#include <fmt/format.h>

#include <array>
#include <charconv>
#include <vector>

#include "base/assert.h"
#include "domain/nearest.h"
#include "json/reader.h"
#include "wire/reports.h"

namespace scorekeeper::wire {
namespace {

using Value = json::Reader::Value;

constexpr std::array<std::string_view, 2> report_members{"score", "checks"};
constexpr std::array<std::string_view, 3> check_members{"name", "score", "reason"};

struct Score {
  std::string text;  // as it is written; empty: none
  double number = 0;
};

struct Check {
  std::string name;
  std::string reason;
  Score score;
};

class Reading {
 public:
  Reading(std::string& text, const OpenssfQuestion& question)
      : reader_(text), question_(question) {}

  bool read() {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.document(
        report_members,
        [&](std::size_t member, Value value) {
          return member == 0 ? read_score(value, "score", overall_) : read_checks(value);
        },
        read);
    return acceptable && (read == json::Read::ok || refuse("the report must be a JSON object"));
  }
  Error error() const { return problem_.empty() ? reader_.error() : invalid(problem_); }
  Result<ReportOutcome> answer() const;

 private:
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool must_be(std::string_view member, std::string_view what) {
    return refuse(fmt::format("member \"{}\" must be {}", member, what));
  }
  bool read_score(Value value, const std::string& member, Score& score);
  bool read_text(Value value, const std::string& member, std::string& text);
  bool read_checks(Value value);
  bool read_check(std::size_t index, Value value);
  ReportOutcome judge(std::string_view what, const Score& score, std::string_view reason) const;

  json::Reader reader_;
  const OpenssfQuestion& question_;
  std::string problem_;
  Score overall_;
  bool has_checks_ = false;
  std::optional<Check> asked_;
  std::vector<std::string> names_;
};

bool Reading::read_score(Value value, const std::string& member, Score& score) {
  constexpr std::string_view wanted = "a number from 0 to 10, or -1";
  const char first = *value.raw_json_token().data();
  if (first != '-' && (first < '0' || first > '9')) return must_be(member, wanted);
  json::Tree tree;
  if (!reader_.tree(value, tree)) return false;
  score.text = tree.text;
  const auto* end = score.text.data() + score.text.size();
  const auto [rest, problem] = std::from_chars(score.text.data(), end, score.number);
  const bool known = score.number >= 0 && score.number <= 10;
  if (problem != std::errc() || rest != end || (!known && score.number != -1)) {
    return must_be(member, wanted);
  }
  return true;
}

bool Reading::read_text(Value value, const std::string& member, std::string& text) {
  json::Read read = json::Read::ok;
  std::string_view view;
  if (!reader_.string(value, view, read)) return false;
  if (read != json::Read::ok) return must_be(member, "a string");
  text = view;
  return true;
}

bool Reading::read_check(std::size_t index, Value value) {
  const auto place = fmt::format("checks.{}", index);
  Check check;
  json::Read read = json::Read::ok;
  const bool acceptable = reader_.object(
      value, check_members,
      [&](std::size_t member, Value inner) {
        const auto name = fmt::format("{}.{}", place, check_members[member]);
        if (member == 1) return read_score(inner, name, check.score);
        return read_text(inner, name, member == 0 ? check.name : check.reason);
      },
      read);
  if (!acceptable) return false;
  if (read != json::Read::ok) return must_be(place, "an object");
  if (check.name.empty()) return refuse(fmt::format("member \"{}.name\" is missing", place));
  if (check.score.text.empty()) {
    return refuse(fmt::format("member \"{}.score\" is missing", place));
  }
  names_.push_back(check.name);
  if (question_.check == check.name && !asked_) asked_ = std::move(check);
  return true;
}

bool Reading::read_checks(Value value) {
  json::Read read = json::Read::ok;
  has_checks_ = true;
  const bool acceptable = reader_.array(
      value, [&](std::size_t index, Value element) { return read_check(index, element); }, read);
  return acceptable && (read == json::Read::ok || must_be("checks", "an array"));
}

ReportOutcome Reading::judge(std::string_view what, const Score& score,
                             std::string_view reason) const {
  ReportOutcome outcome;
  if (score.number == -1) {
    outcome.remarks = fmt::format("{}: inconclusive", what);
  } else {
    outcome.state = score.number >= question_.score_min ? State::pass : State::fail;
    outcome.remarks =
        fmt::format("{}: score {} of 10, at least {} wanted", what,
                    escape_remark(score.text, report_name_length), question_.score_min);
  }
  if (!reason.empty()) outcome.remarks += ": " + escape_remark(reason, report_reason_length);
  return outcome;
}

Result<ReportOutcome> Reading::answer() const {
  if (!question_.check) {
    if (overall_.text.empty()) return invalid("member \"score\" is missing");
    return judge("overall", overall_, {});
  }
  if (!has_checks_) return invalid("member \"checks\" is missing");
  if (!asked_) {
    return invalid(
        fmt::format("the report has no check \"{}\"{}", *question_.check,
                    suggest_nearest(*question_.check,
                                    std::vector<std::string_view>(names_.begin(), names_.end()))));
  }
  return judge(escape_remark(asked_->name, report_name_length), asked_->score, asked_->reason);
}

}  // namespace

Result<ReportOutcome> read_openssf(std::string text, const OpenssfQuestion& question) {
  ASSERT(text.size() <= report_bytes_max);
  Reading reading(text, question);
  if (!reading.read()) return reading.error();
  return reading.answer();
}

}  // namespace scorekeeper::wire
