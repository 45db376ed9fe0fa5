// Any parameters, one "name=value" a line, as the query of each list of the catalog. Pages stay
// within their bounds and a link leads to the page that it names.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "wire/catalog_query.h"

namespace {

std::vector<scorekeeper::Parameter> parameters_of(std::string_view text) {
  std::vector<scorekeeper::Parameter> parameters;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const auto equals = line.find('=');
    parameters.push_back({.name = std::string(line.substr(0, equals)),
                          .value = equals == std::string_view::npos
                                       ? std::string()
                                       : std::string(line.substr(equals + 1))});
  }
  return parameters;
}

template <class List>
scorekeeper::Page page_of(const List& list) {
  if constexpr (requires { list.filter; }) {
    return list.filter.page;
  } else {
    return list.page;
  }
}

template <class List>
void check(const scorekeeper::Result<List>& list, scorekeeper::wire::Query query,
           std::uint64_t size_max) {
  if (!list) {
    ASSERT(!list.error().pointer.empty() && list.error().detail.starts_with("parameter "));
    return;
  }
  const auto page = page_of(*list);
  ASSERT(page.size >= 1 && page.size <= size_max);
  const auto links = scorekeeper::wire::make_catalog_links("/l", query, page, page.size);
  ASSERT(links.self.ends_with("page%5Boffset%5D=" + std::to_string(page.offset)));
  ASSERT(links.next.ends_with("page%5Boffset%5D=" + std::to_string(page.offset + page.size)));
  ASSERT(links.previous.empty() == (page.offset == 0));
  for (const char c : links.self + links.next + links.previous) ASSERT(c > 0x20 && c < 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto query = parameters_of({reinterpret_cast<const char*>(data), size});
  const scorekeeper::Limits limits;
  const auto size_max = limits.catalog_page_size_max;
  check(scorekeeper::wire::parse_query<scorekeeper::wire::EntityListQuery>(query, limits), query,
        size_max);
  check(scorekeeper::wire::parse_query<scorekeeper::wire::KindListQuery>(query, limits), query,
        size_max);
  check(scorekeeper::wire::parse_query<scorekeeper::wire::RelationListQuery>(query, limits), query,
        size_max);
  check(
      scorekeeper::wire::parse_query<scorekeeper::wire::ServiceDefinitionListQuery>(query, limits),
      query, 100);
  return 0;
}
