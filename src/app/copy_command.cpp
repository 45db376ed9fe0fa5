#include "app/copy_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "app/config.h"
#include "app/stores.h"
#include "json/writer.h"

namespace scorekeeper::app {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::seconds progress_interval{1};

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// A line each second and at the end of each table.
class Progress {
 public:
  Result<void> show(const store::CopyStep& step) {
    if (step.what == store::CopyStep::What::goes_on) {
      fmt::print(stderr, "resumes in table {}\n", step.table.name);
      return {};
    }
    if (&step.table != table_ || step.what != what_) {
      table_ = &step.table;
      what_ = step.what;
      begun_ = SteadyClock::now();
    }
    const bool due = step.last || SteadyClock::now() - shown_ >= progress_interval;
    // An empty table is no news.
    if (!due || (step.last && step.rows == 0)) return {};
    shown_ = SteadyClock::now();
    const double seconds = std::max(seconds_since(begun_), 0.001);
    const char* const done = step.what == store::CopyStep::What::copied       ? "copied"
                             : step.what == store::CopyStep::What::read_again ? "read again"
                                                                              : "verified";
    fmt::print(stderr, "{} {}: {} rows, {:.0f} rows/s\n", done, step.table.name, step.rows,
               static_cast<double>(step.rows) / seconds);
    return {};
  }

 private:
  const store::Table* table_ = nullptr;
  store::CopyStep::What what_ = store::CopyStep::What::goes_on;
  SteadyClock::time_point begun_;  // with the table
  SteadyClock::time_point shown_;
};

std::string write_checksum(const store::CopySum& sum) {
  return fmt::format("{:016x}", sum.checksum);
}

std::string write_json(const CopyResult& result) {
  json::Writer json;
  json.begin_object().member("from", result.from).member("to", result.to);
  json.key("tables").begin_object();
  for (const auto& table : result.report.tables) {
    json.key(table.name).begin_object();
    json.key("rows").number(static_cast<std::int64_t>(table.sum.rows));
    json.member("checksum", write_checksum(table.sum)).end_object();
  }
  json.end_object();
  json.key("milliseconds").number(static_cast<std::int64_t>(result.seconds * 1'000));
  return json.end_object().take() + "\n";
}

}  // namespace

std::string write_copy_result(const CopyResult& result, Format format) {
  if (format == Format::json) return write_json(result);
  std::string text;
  std::uint64_t rows = 0;
  for (const auto& table : result.report.tables) {
    text += fmt::format("{}: {} rows, checksum {}\n", table.name, table.sum.rows,
                        write_checksum(table.sum));
    rows += table.sum.rows;
  }
  return text + fmt::format("copied {} to {}: {} rows in {:.1f} s, verified\n", result.from,
                            result.to, rows, result.seconds);
}

Result<void> store_copy(const std::string& from, const std::string& to, Format format) {
  TRY(check_copy(from, to));
  const auto start = SteadyClock::now();
  const auto source = TRY(open_copy_source(from));
  const auto target = TRY(open_copy_target(to));
  if (store::postgres::is_address(from)) {
    fmt::print(stderr, "changes to {} from now on are not in the copy\n", mask_password(from));
  }
  Progress progress;
  CopyResult result{.from = mask_password(from), .to = mask_password(to), .report = {}};
  result.report = TRY(store::copy_store(
      *source, *target, [&](const store::CopyStep& step) { return progress.show(step); }));
  result.seconds = seconds_since(start);
  fmt::print("{}", write_copy_result(result, format));
  return {};
}

}  // namespace scorekeeper::app
