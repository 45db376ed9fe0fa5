// Any bytes as the body of POST and PUT /campaigns. A campaign that is accepted comes back from its
// own document.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "json/syntax.h"
#include "json/writer.h"
#include "wire/campaigns.h"

namespace {

std::string write(const scorekeeper::CampaignFields& fields) {
  scorekeeper::json::Writer json;
  json.begin_object().key("data").begin_object().key("attributes").begin_object();
  json.optional_member("description", fields.description);
  if (fields.due_date) json.member("due_date", scorekeeper::rfc3339(*fields.due_date));
  json.optional_member("entity_scope", fields.entity_scope);
  json.optional_member("guidance", fields.guidance);
  json.optional_member("key", fields.key);
  json.optional_member("name", fields.name);
  json.optional_member("owner_id", fields.owner_id);
  json.key("rule_ids").begin_array();
  for (const auto& id : fields.rule_ids) json.string(id);
  json.end_array();
  if (fields.start_date) json.member("start_date", scorekeeper::rfc3339(*fields.start_date));
  if (fields.status) json.member("status", scorekeeper::name_of(*fields.status));
  json.end_object().end_object().end_object();
  return json.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const scorekeeper::Limits limits;
  std::string body(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> warnings;
  const auto fields = scorekeeper::wire::parse_campaign(body, warnings);
  if (!fields) {
    const bool malformed = fields.error().detail.starts_with("malformed JSON");
    ASSERT(malformed == scorekeeper::json::find_syntax_error(body).has_value());
    return 0;
  }
  std::string document = write(*fields);
  const auto again = scorekeeper::wire::parse_campaign(document, warnings);
  ASSERT(again.has_value());
  ASSERT(*again == *fields);
  const auto checked = scorekeeper::check(*fields, limits);
  if (!checked) {
    ASSERT(checked.error().pointer.starts_with("/data/attributes/"));
    return 0;
  }
  ASSERT(!fields->rule_ids.empty() && fields->start_date.has_value());
  return 0;
}
