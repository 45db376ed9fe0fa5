#include "domain/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "domain/text.h"

namespace scorekeeper {
namespace {

// No name is longer, and no text from outside makes a comparison expensive.
constexpr std::size_t length_max = 128;

// The length of the longest common subsequence.
std::size_t count_common(std::string_view one, std::string_view other) {
  std::array<std::size_t, length_max + 1> row{};
  for (const char c : one) {
    std::size_t diagonal = 0;
    for (std::size_t i = 0; i < other.size(); ++i) {
      const std::size_t above = row[i + 1];
      row[i + 1] = to_lower(c) == to_lower(other[i]) ? diagonal + 1 : std::max(above, row[i]);
      diagonal = above;
    }
  }
  return row[other.size()];
}

}  // namespace

std::optional<std::string_view> find_nearest(std::string_view given,
                                             std::span<const std::string_view> known) {
  if (given.size() > length_max) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t least = 0;
  for (const std::string_view name : known) {
    if (name.size() > length_max) continue;
    const std::size_t common = count_common(given, name);
    const std::size_t distance = given.size() + name.size() - 2 * common;
    if (distance > common || (nearest && distance >= least)) continue;
    nearest = name;
    least = distance;
  }
  return nearest;
}

std::string suggest_nearest(std::string_view given, std::span<const std::string_view> known) {
  const auto nearest = find_nearest(given, known);
  return nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : std::string();
}

}  // namespace scorekeeper
