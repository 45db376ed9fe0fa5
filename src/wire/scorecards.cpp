#include "wire/scorecards.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "domain/nearest.h"
#include "domain/text.h"
#include "json/tree.h"
#include "json/writer.h"
#include "wire/date_time.h"
#include "wire/lists.h"
#include "wire/unknown_members.h"

namespace scorekeeper::wire {
namespace {

constexpr auto known = std::to_array<std::string_view>({"name", "description"});

Result<std::optional<std::string>> read_text(const json::Tree& attributes, std::string_view name) {
  const auto* member = attributes.find(name);
  if (member == nullptr || member->is(json::Tree::Type::null)) return std::optional<std::string>();
  const auto pointer = fmt::format("/data/attributes/{}", name);
  if (!member->is(json::Tree::Type::string)) {
    return invalid(fmt::format("attribute \"{}\" must be a string", name), pointer);
  }
  return std::optional(member->text);
}

// A change that names nothing to change would pass for one that was made.
Result<void> check_known(const json::Tree& attributes) {
  const auto is_known = [&](const json::Tree& one) {
    return std::ranges::find(known, std::string_view(one.name)) != known.end();
  };
  const auto& given = attributes.children;
  if (given.empty() || std::ranges::any_of(given, is_known)) return {};
  auto hint = suggest_nearest(given.front().name, known);
  if (hint.empty()) hint = fmt::format("; known are \"{}\"", fmt::join(known, " "));
  return invalid(fmt::format("attribute \"{}\" is unknown here{}", given.front().name, hint),
                 fmt::format("/data/attributes/{}", given.front().name));
}

Result<const json::Tree*> read_object(const json::Tree& parent, std::string_view name,
                                      const std::string& pointer) {
  const auto* member = parent.find(name);
  if (member == nullptr) return invalid(fmt::format("attribute \"{}\" is required", name));
  if (member->is(json::Tree::Type::object)) return member;
  return invalid(fmt::format("attribute \"{}\" must be an object", name), pointer);
}

}  // namespace

Result<ScorecardFields> parse_scorecard(std::string& body, std::vector<std::string>& warnings) {
  const auto document = TRY(json::read_json(body));
  if (!document.is(json::Tree::Type::object)) return invalid("the document must be a JSON object");
  const json::Tree* data = TRY(read_object(document, "data", "/data"));
  const auto* type = data->find("type");
  if (type != nullptr && type->text != "scorecard") {
    return invalid("attribute \"type\" must be \"scorecard\"", "/data/type");
  }
  const json::Tree* attributes = TRY(read_object(*data, "attributes", "/data/attributes"));
  TRY(check_known(*attributes));
  std::vector<std::string> ignored;
  for (const json::Tree& one : attributes->children) {
    if (std::ranges::find(known, one.name) == known.end()) ignored.push_back(one.name);
  }
  warnings = warn_of_unknown(ignored, known);
  ScorecardFields fields;
  fields.name = TRY(read_text(*attributes, "name"));
  fields.description = TRY(read_text(*attributes, "description"));
  return fields;
}

std::string write_scorecard(const Scorecard& scorecard, std::span<const std::string> warnings) {
  json::Writer json;
  json.begin_object().key("data").begin_object();
  json.member("id", scorecard.id).member("type", "scorecard").key("attributes").begin_object();
  json.member("created_at", rfc3339(scorecard.created_at));
  json.optional_member("description", scorecard.description);
  json.member("modified_at", rfc3339(scorecard.modified_at));
  json.member("name", scorecard.name);
  json.end_object().end_object();
  write_warnings(json, warnings);
  json.end_object();
  return json.take();
}

}  // namespace scorekeeper::wire
