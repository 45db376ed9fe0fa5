// The request bodies of rules; rules_writer.cpp has the answers.
#include "wire/rules.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "wire/resource_body.h"

namespace scorekeeper::wire {
namespace {

bool read_enabled(ResourceBody& body, json::Reader::Value value, RuleFields& fields,
                  json::Read& outcome) {
  bool enabled = false;
  if (!body.json().boolean(value, enabled, outcome)) return false;
  if (outcome == json::Read::ok) fields.enabled = enabled;
  return true;
}

// check() of the domain refuses a level that is outside; none comes inside by being cut.
bool read_level(ResourceBody& body, json::Reader::Value value, RuleFields& fields,
                json::Read& outcome) {
  std::int64_t level = 0;
  if (!body.json().integer(value, level, outcome)) return false;
  if (outcome == json::Read::ok) {
    fields.level = static_cast<int>(std::clamp<std::int64_t>(level, level_min - 1, level_max + 1));
  }
  return true;
}

constexpr auto attributes = std::to_array<Attribute<RuleFields>>({
    text<RuleFields, &RuleFields::name>("name"),
    text<RuleFields, &RuleFields::scorecard_name>("scorecard_name"),
    text<RuleFields, &RuleFields::scorecard_id>("scorecard_id"),
    text<RuleFields, &RuleFields::description>("description"),
    text<RuleFields, &RuleFields::owner>("owner"),
    text<RuleFields, &RuleFields::scope_query>("scope_query"),
    {"enabled", "true or false", read_enabled},
    {"level", "a whole number", read_level},
});

}  // namespace

Result<RuleFields> parse_rule(std::string& body, std::vector<std::string>& warnings) {
  return read_resource(body, "rule", attributes, warnings);
}

}  // namespace scorekeeper::wire
