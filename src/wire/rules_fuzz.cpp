// Any bytes as the body of POST and PUT /rules. A rule that is accepted comes back from its own
// document.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "json/syntax.h"
#include "wire/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const scorekeeper::Limits limits;
  std::string body(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> warnings;
  const auto fields = scorekeeper::wire::parse_rule(body, warnings);
  if (!fields) {
    const bool malformed = fields.error().detail.starts_with("malformed JSON");
    ASSERT(malformed == scorekeeper::json::find_syntax_error(body).has_value());
    return 0;
  }
  if (!scorekeeper::check(*fields, limits)) return 0;
  scorekeeper::RuleView item;
  item.rule.id = "r";
  item.rule.name = fields->name;
  item.rule.description = fields->description;
  item.rule.owner = fields->owner;
  item.rule.scope_query = fields->scope_query;
  item.rule.enabled = fields->enabled.value_or(true);
  item.rule.level = fields->level.value_or(scorekeeper::level_max);
  item.scorecard.name = fields->scorecard_name;
  std::string document = scorekeeper::wire::write_rule(item);
  auto expected = *fields;
  expected.scorecard_id.clear();
  expected.enabled = item.rule.enabled;
  expected.level = item.rule.level;
  const auto again = scorekeeper::wire::parse_rule(document, warnings);
  ASSERT(again.has_value());
  ASSERT(*again == expected);
  return 0;
}
