// Any bytes as a list of entity tags: what is read and written anew reads the same, and more tags
// never take one away.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "http/entity_tags.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using scorekeeper::http::parse_entity_tags;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto tags = parse_entity_tags(text);
  if (!tags) return 0;
  if (tags->any) {
    ASSERT(tags->strong.empty());
    ASSERT(!parse_entity_tags(text + ",\"1\""));
    return 0;
  }
  std::string again;
  for (const auto& tag : tags->strong) again += "\"" + tag + "\",";
  ASSERT(tags->strong.empty() || parse_entity_tags(again) == tags);
  auto more = *tags;
  more.strong.emplace_back("1");
  ASSERT(parse_entity_tags(text + ",\"1\"") == more);
  return 0;
}
