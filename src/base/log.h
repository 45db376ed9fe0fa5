// One JSON object a line on stderr: {"time","level","event",fields…}. Any thread. Secrets are never
// given to it: keys and tokens appear by their id only.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace scorekeeper::log {

enum class Level { debug, info, warning, error };

using Value = std::variant<std::string_view, std::int64_t, double, bool>;

struct Field {
  std::string_view name;
  Value value;

  Field(std::string_view field, std::string_view text) : name(field), value(text) {}
  Field(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  Field(std::string_view field, const std::string& text)
      : name(field), value(std::string_view(text)) {}
  Field(std::string_view field, bool flag) : name(field), value(flag) {}
  Field(std::string_view field, double number) : name(field), value(number) {}
  template <std::integral Number>
  Field(std::string_view field, Number number)
      : name(field), value(static_cast<std::int64_t>(number)) {}
};

// "debug", "info", "warning", "error".
std::optional<Level> parse_level(std::string_view text);

void set_level(Level level);  // lines below it are dropped; default info
bool enabled(Level level);
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}
// Writes the lines that are still buffered; call before an abrupt exit.
void flush();

}  // namespace scorekeeper::log
