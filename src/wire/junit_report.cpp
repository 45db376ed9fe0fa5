#include <expat.h>
#include <fmt/format.h>

#include <memory>
#include <type_traits>
#include <vector>

#include "base/assert.h"
#include "wire/reports.h"

namespace scorekeeper::wire {
namespace {

enum class Verdict { passed, failed, skipped };

struct TestCase {
  std::size_t depth = 0;
  std::string name;  // as HTML
  Verdict verdict = Verdict::passed;
};

// The state that expat's callbacks share.
struct Reading {
  XML_Parser parser = nullptr;
  std::size_t depth = 0;
  std::vector<TestCase> open;  // the innermost last
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  std::vector<std::string> failed_names;  // the first ones
  std::string problem;                    // why the parser was stopped, and where

  std::string at_this_place(std::string_view reason) const {
    return fmt::format("line {}, column {}: {}", XML_GetCurrentLineNumber(parser),
                       XML_GetCurrentColumnNumber(parser) + 1, reason);
  }
  void refuse(std::string_view reason) {
    problem = at_this_place(reason);
    XML_StopParser(parser, XML_FALSE);
  }
};

std::string_view find_attribute(const XML_Char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (attributes[0] == name) return attributes[1];
  }
  return {};
}

TestCase begin_test(const XML_Char** attributes, std::size_t depth) {
  std::string name(find_attribute(attributes, "classname"));
  if (!name.empty()) name += ' ';
  name += find_attribute(attributes, "name");
  TestCase test{.depth = depth, .name = escape_remark(name, report_name_length)};
  if (test.name.empty()) test.name = "(no name)";
  if (find_attribute(attributes, "status") == "notrun") test.verdict = Verdict::skipped;
  return test;
}

void on_start(void* user, const XML_Char* element, const XML_Char** attributes) {
  auto& reading = *static_cast<Reading*>(user);
  if (!reading.problem.empty()) return;
  const std::string_view name = element;
  if (++reading.depth > xml_depth_max) {
    reading.refuse(fmt::format("more than {} elements in each other", xml_depth_max));
  } else if (reading.depth == 1 && name != "testsuites" && name != "testsuite") {
    reading.refuse(
        fmt::format("not a JUnit report: the root element is <{}>, not <testsuites> or "
                    "<testsuite>",
                    name.substr(0, report_name_length)));
  } else if (name == "testcase") {
    reading.open.push_back(begin_test(attributes, reading.depth));
  } else if (!reading.open.empty() && reading.depth == reading.open.back().depth + 1) {
    auto& verdict = reading.open.back().verdict;
    if (name == "failure" || name == "error") verdict = Verdict::failed;
    if (name == "skipped" && verdict == Verdict::passed) verdict = Verdict::skipped;
  }
}

void on_end(void* user, const XML_Char*) {
  auto& reading = *static_cast<Reading*>(user);
  if (!reading.problem.empty()) return;
  if (!reading.open.empty() && reading.open.back().depth == reading.depth) {
    auto& test = reading.open.back();
    switch (test.verdict) {
      case Verdict::passed:
        ++reading.passed;
        break;
      case Verdict::failed:
        ++reading.failed;
        if (reading.failed_names.size() < report_names_max) {
          reading.failed_names.push_back(std::move(test.name));
        }
        break;
      case Verdict::skipped:
        ++reading.skipped;
        break;
    }
    reading.open.pop_back();
  }
  --reading.depth;
}

// Entities come with a document type alone: without it there is nothing to expand or to fetch.
void on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  static_cast<Reading*>(user)->refuse("a document type (<!DOCTYPE>) is refused");
}

ReportOutcome outcome_of(const Reading& reading) {
  const auto tests = reading.passed + reading.failed + reading.skipped;
  ReportOutcome outcome;
  if (tests == 0) {
    outcome.remarks = "no tests";
    return outcome;
  }
  outcome.state = reading.failed > 0 ? State::fail : reading.passed > 0 ? State::pass : State::skip;
  outcome.remarks =
      fmt::format("{} {}: {} passed, {} failed, {} skipped", tests, tests == 1 ? "test" : "tests",
                  reading.passed, reading.failed, reading.skipped);
  if (reading.failed == 0) return outcome;
  outcome.remarks += fmt::format("; failed: {}", fmt::join(reading.failed_names, ", "));
  const auto more = reading.failed - reading.failed_names.size();
  if (more > 0) outcome.remarks += fmt::format(" and {} more", more);
  return outcome;
}

}  // namespace

Result<ReportOutcome> read_junit(std::string_view text) {
  ASSERT(text.size() <= report_bytes_max);
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  if (!parser) return make_error(Code::internal, "no memory for the XML parser");
  Reading reading;
  reading.parser = parser.get();
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  // In one piece: expat begins a long token anew with each piece.
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) ==
      XML_STATUS_OK) {
    return outcome_of(reading);
  }
  if (!reading.problem.empty()) return invalid(reading.problem);
  return invalid(reading.at_this_place(
      fmt::format("malformed XML: {}", XML_ErrorString(XML_GetErrorCode(parser.get())))));
}

}  // namespace scorekeeper::wire
