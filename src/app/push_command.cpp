#include "app/push_command.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "json/writer.h"

namespace scorekeeper::app {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// With another code than the errors of options have: the command line is right.
Error of_file(const std::string& file, const std::string& problem) {
  const auto name = file == "-" ? "standard input" : fmt::format("\"{}\"", printable(file));
  return make_error(Code::conflict, fmt::format("{}: {}", name, printable(problem)));
}

Result<std::string> read_bounded(const std::string& path) {
  const File file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"),
                  path == "-" ? [](std::FILE*) { return 0; } : std::fclose);
  if (!file) return of_file(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text;
  std::string piece(64 << 10, '\0');
  for (auto bytes = piece.size(); bytes == piece.size();) {
    bytes = std::fread(piece.data(), 1, piece.size(), file.get());
    if (text.size() + bytes > report_bytes_max) {
      return of_file(path, fmt::format("has more than {} MiB", report_bytes_max >> 20));
    }
    text.append(piece, 0, bytes);
  }
  if (std::ferror(file.get()) != 0) {
    return of_file(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  return text;
}

Result<void> check(const PushOptions& options) {
  const auto only = [](const char* flag, const char* format) {
    return invalid(fmt::format("{} goes with --format {} alone", flag, format));
  };
  if (options.fail_on && options.format != "sarif") return only("--fail-on", "sarif");
  if (options.check && options.format != "openssf") return only("--check", "openssf");
  if (options.min_score && options.format != "openssf") return only("--min-score", "openssf");
  if (options.min_score && !(*options.min_score >= 0 && *options.min_score <= 10)) {
    return invalid("--min-score must be from 0 to 10");
  }
  return {};
}

Result<wire::ReportOutcome> parse(const PushOptions& options, std::string text) {
  if (options.format == "junit") return wire::read_junit(text);
  // JSON has no byte order mark, but some tools write one.
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  if (options.format == "sarif") {
    const auto level = options.fail_on ? wire::parse_finding_level(*options.fail_on) : std::nullopt;
    return wire::read_sarif(std::move(text), level.value_or(wire::FindingLevel::error));
  }
  wire::OpenssfQuestion question;
  question.check = options.check;
  question.score_min = options.min_score.value_or(question.score_min);
  return wire::read_openssf(std::move(text), question);
}

std::string write_outcome(const PushOptions& options, const wire::ReportOutcome& outcome) {
  json::Writer json;
  json.begin_object().key("data").begin_object().member("type", "batched-outcome");
  json.key("attributes").begin_object().key("results").begin_array().begin_object();
  json.member("rule_id", options.rule).member("entity_reference", options.entity);
  json.member("state", name_of(outcome.state)).member("remarks", outcome.remarks);
  return json.end_object().end_array().end_object().end_object().end_object().take();
}

}  // namespace

Result<wire::ReportOutcome> read_report(const PushOptions& options) {
  TRY(check(options));
  auto outcome = parse(options, TRY(read_bounded(options.file)));
  if (outcome) return outcome;
  const auto& error = outcome.error();
  return of_file(options.file, error.pointer.empty()
                                   ? error.detail
                                   : fmt::format("{} at {}", error.detail, error.pointer));
}

Result<std::string> push(const PushOptions& options) {
  const auto outcome = TRY(read_report(options));
  auto client = TRY(open_client(options.server));
  const auto json = write_outcome(options, outcome);
  const auto answer =
      TRY(send_patiently([&] { return client.post("/api/v2/scorecard/outcomes", json); }));
  if (answer.status != 202) return make_error(Code::unavailable, printable(problem_of(answer)));
  return fmt::format("{}: {}", name_of(outcome.state), printable(outcome.remarks));
}

}  // namespace scorekeeper::app
