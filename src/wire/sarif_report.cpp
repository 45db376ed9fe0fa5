#include <fmt/format.h>

#include <array>
#include <map>
#include <vector>

#include "base/assert.h"
#include "json/reader.h"
#include "wire/reports.h"

namespace scorekeeper::wire {
namespace {

using Value = json::Reader::Value;

template <std::size_t count>
using Names = std::array<std::string_view, count>;

constexpr Names<2> log_members{"version", "runs"};
constexpr Names<2> run_members{"tool", "results"};
constexpr Names<2> tool_members{"driver", "extensions"};
constexpr Names<1> component_members{"rules"};
constexpr Names<2> rule_members{"id", "defaultConfiguration"};
constexpr Names<1> configuration_members{"level"};
enum : std::size_t { rule_id, rule_index, rule, kind, level, suppressions, baseline };
constexpr Names<7> result_members{"ruleId", "ruleIndex",    "rule",         "kind",
                                  "level",  "suppressions", "baselineState"};
constexpr Names<3> reference_members{"id", "index", "toolComponent"};
constexpr Names<1> suppression_members{"status"};

constexpr Names<6> kinds{"fail", "pass", "open", "review", "notApplicable", "informational"};
constexpr Names<4> levels{"none", "note", "warning", "error"};
constexpr Names<3> review_states{"accepted", "underReview", "rejected"};
constexpr Names<4> baseline_states{"new", "unchanged", "updated", "absent"};

// An open finding that waits for the rules of its run, which may stand behind the results.
struct Finding {
  std::string rule;
  std::int64_t index = -1;
  bool of_driver = true;  // the index is one among the driver's rules
};

class Reading {
 public:
  explicit Reading(std::string& text) : reader_(text) {}

  bool read();
  Error error() const { return problem_.empty() ? reader_.error() : invalid(problem_); }
  ReportOutcome judge(FindingLevel fail_on) const;

 private:
  bool refuse(std::string_view member, std::string_view problem);
  // A value null counts as left out.
  template <std::size_t count, class OnMember>
  bool object(Value value, std::string_view place, const Names<count>& names, OnMember on_member);
  template <class OnElement>
  bool array(Value value, std::string_view place, OnElement on_element);
  bool text(Value value, std::string_view place, std::string& text);
  bool number(Value value, std::string_view place, std::int64_t& number);
  // One of `names`: its index.
  template <std::size_t count>
  bool word(Value value, std::string_view place, const Names<count>& names, std::size_t& index);
  bool read_run(Value value);
  bool read_tool(Value value);
  bool read_rules(Value value, const std::string& place, bool of_driver);
  bool read_result(Value value);
  bool read_reference(Value value, Finding& finding);
  bool read_suppressions(Value value, bool& suppressed);
  FindingLevel level_of(const Finding& finding) const;

  json::Reader reader_;
  std::string problem_;
  std::optional<std::size_t> run_;     // that is being read
  std::optional<std::size_t> result_;  // of that run
  bool has_version_ = false;
  bool has_runs_ = false;
  bool has_results_ = false;
  std::array<std::size_t, levels.size()> counts_{};  // of open findings
  // --- of the run
  std::vector<FindingLevel> driver_rules_;
  std::map<std::string, FindingLevel, std::less<>> rules_;
  std::vector<Finding> waiting_;
};

bool Reading::refuse(std::string_view member, std::string_view problem) {
  std::string place;
  if (run_) place += fmt::format("runs.{}.", *run_);
  if (result_) place += fmt::format("results.{}.", *result_);
  place += member;
  if (place.ends_with('.')) place.pop_back();
  problem_ = fmt::format("member \"{}\" {}", place, problem);
  return false;
}

template <std::size_t count, class OnMember>
bool Reading::object(Value value, std::string_view place, const Names<count>& names,
                     OnMember on_member) {
  json::Read read = json::Read::ok;
  if (!reader_.object(value, names, on_member, read)) return false;
  return read != json::Read::wrong_type || refuse(place, "must be an object");
}

template <class OnElement>
bool Reading::array(Value value, std::string_view place, OnElement on_element) {
  json::Read read = json::Read::ok;
  if (!reader_.array(value, on_element, read)) return false;
  return read != json::Read::wrong_type || refuse(place, "must be an array");
}

bool Reading::text(Value value, std::string_view place, std::string& text) {
  json::Read read = json::Read::ok;
  std::string_view view;
  if (!reader_.string(value, view, read)) return false;
  if (read == json::Read::ok) text = view;
  return read != json::Read::wrong_type || refuse(place, "must be a string");
}

bool Reading::number(Value value, std::string_view place, std::int64_t& number) {
  json::Read read = json::Read::ok;
  std::int64_t given = 0;
  if (!reader_.integer(value, given, read)) return false;
  if (read == json::Read::ok) number = given;
  return read != json::Read::wrong_type || refuse(place, "must be a whole number");
}

template <std::size_t count>
bool Reading::word(Value value, std::string_view place, const Names<count>& names,
                   std::size_t& index) {
  json::Read read = json::Read::ok;
  std::string_view given;
  if (!reader_.string(value, given, read)) return false;
  if (read == json::Read::null) return true;
  if (read == json::Read::wrong_type) return refuse(place, "must be a string");
  for (std::size_t i = 0; i < count; ++i) {
    if (names[i] != given) continue;
    index = i;
    return true;
  }
  return refuse(place, fmt::format("must be one of {}", fmt::join(names, ", ")));
}

bool Reading::read() {
  json::Read read = json::Read::ok;
  const bool acceptable = reader_.document(
      log_members,
      [&](std::size_t member, Value value) {
        if (member == 0) {
          std::string version;
          has_version_ = true;
          if (!text(value, "version", version)) return false;
          return version == "2.1.0" || refuse("version", "must be \"2.1.0\"");
        }
        has_runs_ = true;
        return array(value, "runs", [&](std::size_t index, Value run) {
          run_ = index;
          const bool good = read_run(run);
          if (good) run_.reset();
          return good;
        });
      },
      read);
  if (!acceptable) return false;
  if (read != json::Read::ok) {
    problem_ = "the report must be a JSON object";
    return false;
  }
  if (!has_version_) return refuse("version", "is missing");
  return has_runs_ || refuse("runs", "is missing");
}

bool Reading::read_run(Value value) {
  driver_rules_.clear();
  rules_.clear();
  waiting_.clear();
  const bool good = object(value, "", run_members, [&](std::size_t member, Value inner) {
    if (member == 0) return read_tool(inner);
    if (*inner.raw_json_token().data() == '[') has_results_ = true;  // also an empty one
    return array(inner, "results", [&](std::size_t index, Value result) {
      result_ = index;
      const bool read = read_result(result);
      if (read) result_.reset();
      return read;
    });
  });
  for (const auto& finding : waiting_) ++counts_.at(static_cast<std::size_t>(level_of(finding)));
  return good;
}

bool Reading::read_tool(Value value) {
  return object(value, "tool", tool_members, [&](std::size_t member, Value inner) {
    if (member == 0) return read_rules(inner, "tool.driver", true);
    return array(inner, "tool.extensions", [&](std::size_t index, Value extension) {
      return read_rules(extension, fmt::format("tool.extensions.{}", index), false);
    });
  });
}

bool Reading::read_rules(Value value, const std::string& place, bool of_driver) {
  return object(value, place, component_members, [&](std::size_t, Value list) {
    return array(list, place + ".rules", [&](std::size_t index, Value element) {
      const auto here = fmt::format("{}.rules.{}", place, index);
      std::string id;
      auto known = static_cast<std::size_t>(FindingLevel::warning);
      const bool good = object(element, here, rule_members, [&](std::size_t member, Value inner) {
        if (member == 0) return text(inner, here + ".id", id);
        const auto configuration = here + ".defaultConfiguration";
        return object(inner, configuration, configuration_members, [&](std::size_t, Value level) {
          return word(level, configuration + ".level", levels, known);
        });
      });
      if (!good) return false;
      if (of_driver) driver_rules_.push_back(static_cast<FindingLevel>(known));
      rules_.try_emplace(std::move(id), static_cast<FindingLevel>(known));
      return true;
    });
  });
}

bool Reading::read_reference(Value value, Finding& finding) {
  // ruleId and ruleIndex say the same as id and index, where they are there.
  return object(value, "rule", reference_members, [&](std::size_t member, Value inner) {
    if (member == 0) return text(inner, "rule.id", finding.rule);
    if (member == 1) return number(inner, "rule.index", finding.index);
    finding.of_driver = *inner.raw_json_token().data() == 'n';  // null
    return reader_.skip(inner);
  });
}

bool Reading::read_suppressions(Value value, bool& suppressed) {
  bool some = false;
  bool open = false;
  const bool good = array(value, "suppressions", [&](std::size_t index, Value element) {
    const auto place = fmt::format("suppressions.{}", index);
    std::size_t state = 0;
    some = true;
    const bool read = object(element, place, suppression_members, [&](std::size_t, Value status) {
      return word(status, place + ".status", review_states, state);
    });
    open = open || state != 0;
    return read;
  });
  suppressed = some && !open;
  return good;
}

bool Reading::read_result(Value value) {
  Finding finding;
  std::size_t kind_of = 0;
  std::size_t baseline_of = 0;
  std::size_t level_given = levels.size();
  bool suppressed = false;
  const bool good = object(value, "", result_members, [&](std::size_t member, Value inner) {
    switch (member) {
      case rule_id:
        return text(inner, "ruleId", finding.rule);
      case rule_index:
        return number(inner, "ruleIndex", finding.index);
      case rule:
        return read_reference(inner, finding);
      case kind:
        return word(inner, "kind", kinds, kind_of);
      case level:
        return word(inner, "level", levels, level_given);
      case suppressions:
        return read_suppressions(inner, suppressed);
      default:
        return word(inner, "baselineState", baseline_states, baseline_of);
    }
  });
  if (!good) return false;
  if (kinds.at(kind_of) != "fail" || baseline_states.at(baseline_of) == "absent" || suppressed) {
    return true;
  }
  if (level_given < levels.size()) {
    ++counts_.at(level_given);
    return true;
  }
  waiting_.push_back(std::move(finding));
  return true;
}

// The index is exact. An id may be that of a rule with more behind it: "CA2101/1".
FindingLevel Reading::level_of(const Finding& finding) const {
  if (finding.of_driver && finding.index >= 0 &&
      static_cast<std::size_t>(finding.index) < driver_rules_.size()) {
    return driver_rules_[static_cast<std::size_t>(finding.index)];
  }
  std::string_view id = finding.rule;
  while (!id.empty()) {
    if (const auto known = rules_.find(id); known != rules_.end()) return known->second;
    const auto slash = id.rfind('/');
    id = id.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return FindingLevel::warning;
}

ReportOutcome Reading::judge(FindingLevel fail_on) const {
  ReportOutcome outcome;
  if (!has_results_) {
    outcome.remarks = "no run has results";
    return outcome;
  }
  outcome.state = State::pass;
  for (auto at = static_cast<std::size_t>(fail_on); at < counts_.size(); ++at) {
    if (counts_.at(at) > 0) outcome.state = State::fail;
  }
  outcome.remarks = fmt::format("open findings: error {}, warning {}, note {}", counts_[3],
                                counts_[2], counts_[1]);
  return outcome;
}

}  // namespace

std::optional<FindingLevel> parse_finding_level(std::string_view text) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == text) return static_cast<FindingLevel>(i);
  }
  return std::nullopt;
}

Result<ReportOutcome> read_sarif(std::string text, FindingLevel fail_on) {
  ASSERT(text.size() <= report_bytes_max);
  Reading reading(text);
  if (!reading.read()) return reading.error();
  return reading.judge(fail_on);
}

}  // namespace scorekeeper::wire
