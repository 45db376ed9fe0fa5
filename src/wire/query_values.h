// The words of a query string, for the parsers of this folder. Errors name the parameter. Any
// thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/entity_query.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// Far above any list, low enough that offset + size is still an int64 for the clients.
inline constexpr std::uint64_t offset_max = std::numeric_limits<std::int64_t>::max() / 2;

// The first of several of one name, as the original's language does; null = not given.
const std::string* find_value(Query query, std::string_view name);
// parameter "name" must be <must>
Error bad_parameter(std::string_view name, std::string_view must);
Result<std::uint64_t> parse_number(std::string_view name, std::string_view text, std::uint64_t min,
                                   std::uint64_t max);
// page[offset]; page[size], else page[limit], else 100 or size_max when that is less.
Result<Page> parse_page(Query query, std::uint64_t size_max);
std::optional<std::string> parse_text(Query query, std::string_view name);
Result<std::optional<bool>> parse_boolean(Query query, std::string_view name);
// Words between commas, without the spaces around them; empty ones are left out.
std::vector<std::string_view> split_list(std::string_view text);
// Gives the known words that `include` asks for; another word is an error.
Result<std::set<std::string_view>> parse_include(Query query,
                                                 std::initializer_list<std::string_view> known);
// filter[entity][…]. A query is no longer than a scope may be; a reference has the form that it has
// in bodies.
Result<EntityFilter> parse_entity_filter(Query query, const Limits& limits);

// Sorted by name; those of one name stay in the order of the request.
using LinkParameters = std::multimap<std::string_view, std::string_view>;
// The path with these parameters and those of the page, encoded as the original does.
std::string write_link(std::string_view path, LinkParameters parameters, Page page);

}  // namespace scorekeeper::wire
