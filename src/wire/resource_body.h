// The body of a request that writes a resource: {"data":{"type":…,"attributes":{…}}}, read by a
// table of its attributes. Where several values are wrong, the first in the body is the error. A
// member that is null counts as absent; unknown ones are ignored. For .cpp files of this folder:
// it shows json/reader.h.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "json/reader.h"
#include "wire/unknown_members.h"

namespace scorekeeper::wire {

// Lives for one body.
class ResourceBody {
 public:
  using Value = json::Reader::Value;

  // `type`: what data.type must be, where there is one.
  ResourceBody(std::string& body, std::string_view type) : json_(body), type_(type) {}

  // on_attribute(index of the name, value): as Reader's on_member. `ignored`: as Reader's. Errors:
  // no acceptable JSON, a member of another type, and what expect() was told.
  template <std::size_t count, class OnAttribute>
  Result<void> read(const std::array<std::string_view, count>& names, OnAttribute on_attribute,
                    std::vector<std::string>* ignored = nullptr) {
    static constexpr std::array<std::string_view, 1> document_names{"data"};
    static constexpr std::array<std::string_view, 2> data_names{"type", "attributes"};
    const auto read_data = [&](std::size_t member, Value value) {
      json::Read outcome = json::Read::ok;
      if (member == 0) return read_type(value);
      const bool acceptable = json_.object(value, names, on_attribute, outcome, ignored);
      has_attributes_ = outcome == json::Read::ok;
      expect(outcome, "attributes", "an object", "/data/attributes");
      return acceptable;
    };
    const auto read_document = [&](std::size_t, Value value) {
      json::Read outcome = json::Read::ok;
      const bool acceptable = json_.object(value, data_names, read_data, outcome);
      has_data_ = outcome == json::Read::ok;
      expect(outcome, "data", "an object", "/data");
      return acceptable;
    };
    json::Read outcome = json::Read::ok;
    if (!json_.document(document_names, read_document, outcome)) return json_.error();
    if (outcome != json::Read::ok) return invalid("the document must be a JSON object");
    if (error_) return *std::move(error_);
    if (!has_data_) return required("data", "/data");
    if (!has_attributes_) return required("attributes", "/data/attributes");
    return {};
  }
  static Error required(std::string_view name, std::string pointer = {}) {
    return invalid(fmt::format("attribute \"{}\" is required", name), std::move(pointer));
  }

  json::Reader& json() { return json_; }
  // A value of the wrong type is the error of the body, unless there is one already.
  void expect(json::Read outcome, std::string_view name, std::string_view type,
              std::string_view pointer) {
    if (outcome != json::Read::wrong_type || error_) return;
    error_ = invalid(fmt::format("attribute \"{}\" must be {}", name, type), std::string(pointer));
  }

 private:
  bool read_type(Value value) {
    json::Read outcome = json::Read::ok;
    std::string_view type;
    const bool acceptable = json_.string(value, type, outcome);
    if (outcome == json::Read::ok && type != type_) outcome = json::Read::wrong_type;
    expect(outcome, "type", fmt::format("\"{}\"", type_), "/data/type");
    return acceptable;
  }

  json::Reader json_;
  std::string_view type_;
  std::optional<Error> error_;
  bool has_data_ = false;
  bool has_attributes_ = false;
};

// A row of the table: an attribute, the words of its error, and how its value gets into the fields.
template <class Fields>
struct Attribute {
  std::string_view name;
  std::string_view must;
  bool (*read)(ResourceBody& body, json::Reader::Value value, Fields& fields, json::Read& outcome);
};

// A text as it is, or what `parse` makes of it: nothing = it is of the wrong type.
template <class Fields, auto member, auto parse>
constexpr Attribute<Fields> parsed_text(std::string_view name, std::string_view must) {
  return {name, must, [](auto& body, auto value, auto& fields, auto& outcome) {
            std::string_view text;
            if (!body.json().string(value, text, outcome)) return false;
            if (outcome != json::Read::ok) return true;
            if (const auto made = parse(text)) {
              fields.*member = *made;
            } else {
              outcome = json::Read::wrong_type;
            }
            return true;
          }};
}
inline std::optional<std::string_view> whole_text(std::string_view text) { return text; }
template <class Fields, auto member>
constexpr Attribute<Fields> text(std::string_view name) {
  return parsed_text<Fields, member, whole_text>(name, "a string");
}

// `warnings`: of unknown attributes.
template <class Fields, std::size_t count>
Result<Fields> read_resource(std::string& text, std::string_view type,
                             const std::array<Attribute<Fields>, count>& attributes,
                             std::vector<std::string>& warnings) {
  std::array<std::string_view, count> names;
  std::ranges::transform(attributes, names.begin(), &Attribute<Fields>::name);
  ResourceBody body(text, type);
  Fields fields;
  std::vector<std::string> ignored;
  const auto done = body.read(
      names,
      [&](std::size_t index, json::Reader::Value value) {
        const auto& [name, must, read] = attributes[index];
        json::Read outcome = json::Read::ok;
        const bool acceptable = read(body, value, fields, outcome);
        body.expect(outcome, name, must, fmt::format("/data/attributes/{}", name));
        return acceptable;
      },
      &ignored);
  warnings = warn_of_unknown(ignored, names);
  if (!done) return done.error();
  return fields;
}

}  // namespace scorekeeper::wire
