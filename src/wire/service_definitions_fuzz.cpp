// Any bytes as the body of POST /services/definitions. A definition that is accepted can be written
// in every version so that clients can read it, and version v2.2 says the same again.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "json/syntax.h"
#include "wire/service_definitions.h"
#include "wire/typed_form_model.h"

namespace {

// A body is refused for what it says: no mapping makes what could not be read again.
void check(const scorekeeper::Error& error) {
  ASSERT(!error.detail.empty());
  ASSERT(error.code != scorekeeper::Code::internal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const scorekeeper::wire::TypedFormModel model;
  const scorekeeper::Limits limits;
  std::string body(reinterpret_cast<const char*>(data), size);
  const auto definitions = scorekeeper::wire::parse_service_definitions(body, limits);
  if (!definitions) {
    check(definitions.error());
    for (const auto& other : definitions.error().others) check(other);
    return 0;
  }
  for (const auto& definition : *definitions) {
    scorekeeper::wire::EntityItem item;
    item.entity.definition = definition;
    for (const auto* version : {"v1", "v2", "v2.1", "v2.2"}) {
      auto written = scorekeeper::wire::write_service_definition(item, version);
      ASSERT(!scorekeeper::json::find_syntax_error(written));
      const auto answer = scorekeeper::json::read_json(written);
      ASSERT(answer.has_value());
      const auto* schema = answer->find("data")->find("attributes")->find("schema");
      ASSERT(model.conforms(*schema, version));
    }
    if (definition.ingestion_source == "backstage") continue;  // has more than v2.2 can say
    item.entity.definition.raw.clear();                        // written from the schema
    const auto written = scorekeeper::wire::write_service_definition(item, "v2.2");
    const auto from = written.find("\"schema\":") + 9;
    auto schema = written.substr(from, written.size() - from - 4);
    const auto again = scorekeeper::wire::parse_service_definitions(schema, limits);
    ASSERT(again.has_value() && again->size() == 1);
    ASSERT(again->front().reference == definition.reference);
    ASSERT(again->front().attributes == definition.attributes);
    ASSERT(again->front().relations == definition.relations);
  }
  return 0;
}
