#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>

#include "base/clock.h"
#include "base/log_writer.h"
#include "base/utf8.h"

namespace scorekeeper::log {
namespace {

std::atomic<Level> lowest_level{Level::info};

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("scorekeeper",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

// A byte that is no UTF-8 becomes U+FFFD, so that every line is JSON.
void append_string(std::string& line, std::string_view text) {
  line += '"';
  for (;;) {
    const auto plain =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
    line += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto bytes = utf8_character_bytes(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (bytes == 0) {
      line += "\\ufffd";
    } else if (first == '"' || first == '\\') {
      line += '\\';
      line += text.front();
    } else if (first < 0x20 || first == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", first);
    } else {
      line += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  line += '"';
}

void append_value(std::string& line, const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_string(line, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(line), "{}", *number);
  } else if (const auto* real = std::get_if<double>(&value)) {
    fmt::format_to(std::back_inserter(line), "{:.6g}", *real);
  } else {
    line += std::get<bool>(value) ? "true" : "false";
  }
}

}  // namespace

std::optional<Level> parse_level(std::string_view text) {
  for (const auto level : {Level::debug, Level::info, Level::warning, Level::error}) {
    if (text == name_of(level)) return level;
  }
  return std::nullopt;
}

void set_level(Level level) { lowest_level = level; }

bool enabled(Level level) { return level >= lowest_level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  std::string line = "{\"time\":\"" + rfc3339(SystemClock().now()) + "\",\"level\":\"";
  line += name_of(level);
  line += "\",\"event\":";
  append_string(line, event);
  for (const auto& field : fields) {
    line += ',';
    append_string(line, field.name);
    line += ':';
    append_value(line, field.value);
  }
  line += "}\n";
  if (hand_over(line, level == Level::error)) return;
  line.pop_back();
  sink().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void flush() {
  wait_written();
  sink().flush();
}

}  // namespace scorekeeper::log
