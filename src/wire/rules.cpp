// The request bodies of rules; rules_writer.cpp has the answers.
#include "wire/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "json/reader.h"
#include "wire/unknown_members.h"

namespace scorekeeper::wire {
namespace {

constexpr std::array<std::string_view, 1> document_names{"data"};
constexpr std::array<std::string_view, 2> data_names{"type", "attributes"};
// Positions in attribute_names; the texts come first.
enum : std::size_t {
  name,
  scorecard_name,
  scorecard_id,
  description,
  owner,
  scope_query,
  enabled,
  level,
  attribute_count
};
constexpr std::array<std::string_view, attribute_count> attribute_names{
    "name",  "scorecard_name", "scorecard_id", "description",
    "owner", "scope_query",    "enabled",      "level"};

class RuleParser {
 public:
  explicit RuleParser(std::string& body) : reader_(body) {}

  Result<RuleFields> parse() {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.document(
        document_names, [this](std::size_t, json::Reader::Value value) { return read_data(value); },
        read);
    if (!acceptable) return reader_.error();
    if (read != json::Read::ok) return invalid("the document must be a JSON object");
    if (error_) return *std::move(error_);
    return std::move(fields_);
  }

  // Attributes that are none.
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  // The first one counts. `null` is as good as nothing.
  void expect(json::Read read, std::string_view attribute, std::string_view type,
              std::string_view pointer) {
    if (read != json::Read::wrong_type || error_) return;
    error_ =
        invalid(fmt::format("attribute \"{}\" must be {}", attribute, type), std::string(pointer));
  }

  bool read_data(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.object(
        value, data_names,
        [this](std::size_t index, json::Reader::Value member) {
          return index == 0 ? read_type(member) : read_attributes(member);
        },
        read);
    expect(read, "data", "an object", "/data");
    return acceptable;
  }

  bool read_type(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    std::string_view type;
    const bool acceptable = reader_.string(value, type, read);
    const bool other = read == json::Read::wrong_type || (read == json::Read::ok && type != "rule");
    expect(other ? json::Read::wrong_type : read, "type", "\"rule\"", "/data/type");
    return acceptable;
  }

  bool read_attributes(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.object(
        value, attribute_names,
        [this](std::size_t index, json::Reader::Value member) {
          return read_attribute(index, member);
        },
        read, &ignored_);
    expect(read, "attributes", "an object", "/data/attributes");
    return acceptable;
  }

  bool read_attribute(std::size_t index, json::Reader::Value value) {
    json::Read read = json::Read::ok;
    const auto pointer = fmt::format("/data/attributes/{}", attribute_names[index]);
    bool acceptable = false;
    if (index == enabled) {
      bool given = false;
      acceptable = reader_.boolean(value, given, read);
      expect(read, attribute_names[index], "true or false", pointer);
      if (acceptable && read == json::Read::ok) fields_.enabled = given;
    } else if (index == level) {
      acceptable = read_level(value, pointer);
    } else {
      std::string_view text;
      acceptable = reader_.string(value, text, read);
      expect(read, attribute_names[index], "a string", pointer);
      if (acceptable && read == json::Read::ok) text_at(index) = text;
    }
    return acceptable;
  }

  bool read_level(json::Reader::Value value, std::string_view pointer) {
    json::Read read = json::Read::ok;
    std::int64_t number = 0;
    const bool acceptable = reader_.integer(value, number, read);
    expect(read, "level", "a whole number", pointer);
    if (acceptable && read == json::Read::ok) {
      // check() of the domain refuses what is outside; no number comes inside by being cut.
      fields_.level =
          static_cast<int>(std::clamp<std::int64_t>(number, level_min - 1, level_max + 1));
    }
    return acceptable;
  }

  std::string& text_at(std::size_t index) {
    switch (index) {
      case name:
        return fields_.name;
      case scorecard_name:
        return fields_.scorecard_name;
      case scorecard_id:
        return fields_.scorecard_id;
      case description:
        return fields_.description;
      case owner:
        return fields_.owner;
      default:
        return fields_.scope_query;
    }
  }

  json::Reader reader_;
  std::vector<std::string> ignored_;
  RuleFields fields_;
  std::optional<Error> error_;
};

}  // namespace

Result<RuleFields> parse_rule(std::string& body, std::vector<std::string>& warnings) {
  RuleParser parser(body);
  auto fields = parser.parse();
  warnings = warn_of_unknown(parser.ignored(), attribute_names);
  return fields;
}

}  // namespace scorekeeper::wire
