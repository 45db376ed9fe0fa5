// What the parsers of query strings share: one parameter at a time. Errors name the parameter, in
// their detail and as Error::pointer. For the .cpp files of this folder; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/entity_query.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// The first of several of one name, as the original's language does; null = not given.
const std::string* find_value(Query query, std::string_view name);
std::optional<std::string> parse_text(Query query, std::string_view name);
// "true" or "false".
Result<std::optional<bool>> parse_boolean(Query query, std::string_view name);
// A decimal number without sign; the whole text.
Result<std::uint64_t> parse_number(std::string_view name, std::string_view text, std::uint64_t min,
                                   std::uint64_t max);
// The words of a comma list, spaces around them and empty ones left out.
std::vector<std::string_view> split_list(std::string_view text);

struct PageBounds {
  std::uint64_t size_default = 0;
  std::uint64_t size_max = 0;
};
// page[offset], and page[size] or its alias page[limit]: the former wins (question 24).
Result<PageQuery> parse_page(Query query, PageBounds bounds);
// Whether `include` asks for the one thing that is known.
Result<bool> parse_include(Query query, std::string_view known);
// filter[entity][query]: the language of scopes (contract §7.4), no longer than a scope may be.
Result<std::optional<EntityQuery>> parse_entity_filter(Query query, const Limits& limits);

// `parameter "<name>" must be <must>`
Error bad_parameter(std::string_view name, std::string_view must);

}  // namespace scorekeeper::wire
