// The words of a query string, for the parsers of this folder. Errors name the parameter. Any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/filter.h"
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
// Words between commas, without the spaces around them; empty ones are left out.
std::vector<std::string_view> split_list(std::string_view text);

// --- rows of tables; what they read lives as long as the row

// page[offset]; page[size], else page[limit], else size_default or size_max when that is less.
ParameterRow page(Page& page, std::uint64_t size_max, std::uint64_t size_default = 100);
// `read` gets the name and the value, where the parameter is given.
ParameterRow value(
    std::string_view name,
    std::function<Result<void>(std::string_view name, const std::string& value)> read);
ParameterRow text(std::string_view name, std::optional<std::string>& text);
// The same, changed by `fold`.
ParameterRow text(std::string_view name, std::optional<std::string>& text,
                  std::string (*fold)(const std::string&));
ParameterRow flag(std::string_view name, std::optional<bool>& flag);
ParameterRow flag(std::string_view name, bool& flag);
ParameterRow fields(std::string_view name, FieldSet& fields);
// A text that `parse` makes a value of; nothing = it is an error.
template <class Value, class Text>
ParameterRow word(std::string_view name, std::optional<Value>& word,
                  std::optional<Value> (*parse)(Text), std::string_view must) {
  return value(name, [&word, parse, must](auto given, const auto& text) -> Result<void> {
    word = parse(text);
    if (!word) return bad_parameter(given, must);
    return {};
  });
}
// Known words, and what becomes true where `include` has them; another word is an error.
ParameterRow include(std::vector<std::pair<std::string_view, bool*>> known);
// filter[entity][…]. A query is no longer than a scope may be; a reference has the form that it has
// in bodies.
ParameterRow entity_query(EntityFilter& filter, const Limits& limits);
ParameterRow entity_reference(EntityFilter& filter);
ParameterRow entity_name(EntityFilter& filter);

// Sorted by name; those of one name stay in the order of the request.
using LinkParameters = std::multimap<std::string_view, std::string_view>;
// The path with these parameters and those of the page, encoded as the original does.
std::string write_link(std::string_view path, LinkParameters parameters, Page page);

}  // namespace scorekeeper::wire
