#include "wire/known_parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/nearest.h"

namespace scorekeeper::wire {
namespace {

// `Filter[…]` is mistyped, too.
bool begins(std::string_view name, std::string_view family) {
  return name.size() >= family.size() &&
         std::ranges::equal(name.substr(0, family.size()), family, [](char one, char other) {
           return (one >= 'A' && one <= 'Z' ? one - 'A' + 'a' : one) == other;
         });
}

bool is_of_a_family(const Parameter& parameter) {
  if (parameter.name == "sort" || parameter.name == "include") return !parameter.value.empty();
  return begins(parameter.name, "filter[") || begins(parameter.name, "page[") ||
         begins(parameter.name, "fields[");
}

}  // namespace

Result<void> check_parameters(Query query, const KnownParameters& known) {
  for (const auto& parameter : query) {
    if (!is_of_a_family(parameter) ||
        std::ranges::find(known.names, std::string_view(parameter.name)) != known.names.end()) {
      continue;
    }
    auto hint = suggest_nearest(parameter.name, known.names);
    if (hint.empty() && !known.names.empty()) {
      hint = fmt::format("; known are \"{}\"", fmt::join(known.names, " "));
    }
    return invalid(fmt::format("parameter \"{}\" is unknown here{}", parameter.name, hint),
                   parameter.name);
  }
  return {};
}

}  // namespace scorekeeper::wire
