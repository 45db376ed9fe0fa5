// Writes compact JSON as recorded (contract §3.0): no white space, `<` `>` `&` as \u003c \u003e
// \u0026. Members come in the order they are written. A value; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scorekeeper::wire {

class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);  // valid UTF-8
  JsonWriter& number(std::int64_t value);
  JsonWriter& real(double value);  // shortest form that reads back the same
  JsonWriter& boolean(bool value);
  JsonWriter& literal(std::string_view json);  // any value that is JSON already

  // "name":"text"
  JsonWriter& member(std::string_view name, std::string_view text) {
    return key(name).string(text);
  }
  // The same, left out when empty (contract §3.0).
  JsonWriter& optional_member(std::string_view name, std::string_view text) {
    return text.empty() ? *this : member(name, text);
  }

  std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool comma_ = false;  // the next value needs a comma before it
};

}  // namespace scorekeeper::wire
