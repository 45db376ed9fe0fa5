#include "wire/unknown_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "base/limits.h"
#include "domain/nearest.h"

namespace scorekeeper::wire {
namespace {

constexpr std::size_t shown_bytes_max = 64;  // no attribute has a longer name

std::string warning_of(std::string_view name, std::span<const std::string_view> known) {
  if (name.size() > shown_bytes_max) {
    return fmt::format("an attribute with a name of {} bytes is unknown and ignored", name.size());
  }
  return fmt::format("attribute \"{}\" is unknown and ignored{}", name,
                     suggest_nearest(name, known));
}

}  // namespace

std::vector<std::string> warn_of_unknown(std::span<const std::string> names,
                                         std::span<const std::string_view> known) {
  std::vector<std::string> warnings;
  for (const std::string& name : names) {
    if (warnings.size() == warnings_max) break;
    if (std::ranges::find(attributes_of_answers, name) != std::end(attributes_of_answers)) continue;
    warnings.push_back(warning_of(name, known));
  }
  return warnings;
}

}  // namespace scorekeeper::wire
