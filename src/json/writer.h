// Writes compact JSON as the recorded answers have it: no white space, `<` `>` `&` as \u003c \u003e
// \u0026. Members come in the order they are written. A value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace scorekeeper::json {

class Writer {
 public:
  Writer& begin_object() { return begin('{'); }
  Writer& end_object() { return end('}'); }
  Writer& begin_array() { return begin('['); }
  Writer& end_array() { return end(']'); }
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);  // valid UTF-8
  Writer& number(std::int64_t value);
  Writer& real(double value);  // shortest form that reads back the same
  Writer& boolean(bool value);
  Writer& literal(std::string_view json);  // any value that is JSON already

  // "name":"text"
  Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  // The same, left out when empty.
  Writer& optional_member(std::string_view name, std::string_view text) {
    return text.empty() ? *this : member(name, text);
  }

  std::string take();

 private:
  Writer& begin(char bracket);
  Writer& end(char bracket);
  // A place for so many bytes at most; the caller writes there and calls close() with their end.
  // open_value() writes the comma before the value, where it needs one.
  char* open(std::size_t bytes);
  char* open_value(std::size_t bytes);
  void close(const char* end);

  std::string text_;  // room, of which `used_` bytes are written
  std::size_t used_ = 0;
  bool comma_ = false;  // the next value needs a comma before it
};

}  // namespace scorekeeper::json
