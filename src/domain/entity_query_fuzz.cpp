// Any bytes as a query, and after a NUL as the facts of an entity. A query that parses is written
// as a text that parses to an equal query of the same answer; one that does not has an error within
// the text.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/limits.h"
#include "domain/entity_query.h"
#include "domain/text.h"

namespace {

void check_error(const scorekeeper::Error& error, std::string_view text) {
  constexpr std::string_view begin = "attribute \"q\" has an error at column ";
  ASSERT(error.code == scorekeeper::Code::invalid && error.detail.starts_with(begin));
  const auto column = std::stoul(error.detail.substr(begin.size()));
  ASSERT(column >= 1 && column <= scorekeeper::count_characters(text) + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\0');
  const auto text = input.substr(0, end);
  const auto fact = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);

  const auto query = scorekeeper::EntityQuery::parse(text, "q");
  if (!query) {
    check_error(query.error(), text);
    return 0;
  }
  const auto again = scorekeeper::EntityQuery::parse(write(*query), "q");
  ASSERT(again && *again == *query && write(*again) == write(*query));

  const std::string_view list[] = {fact, "env:prod"};
  const scorekeeper::EntityFacts facts{.kind = fact,
                                       .name_space = fact,
                                       .name = fact,
                                       .owner = fact,
                                       .tier = fact,
                                       .lifecycle = fact,
                                       .type = fact,
                                       .languages = list,
                                       .systems = list,
                                       .tags = list,
                                       .has_definition = fact.empty()};
  const bool matches = query->matches(facts);
  ASSERT(again->matches(facts) == matches && (matches || !query->matches_all()));
  // A query that nests less deep than the bound may be negated, and means the opposite.
  const auto opposite = scorekeeper::EntityQuery::parse("NOT (" + std::string(text) + ")", "q");
  ASSERT(!opposite || opposite->matches(facts) != matches);
  return 0;
}
