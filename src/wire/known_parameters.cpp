#include "wire/known_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/nearest.h"
#include "domain/text.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
namespace {

constexpr std::array<std::string_view, 5> families{"filter", "page", "fields", "sort", "include"};

// Longer than the letters of any known name with two more.
constexpr std::size_t letters_max = 64;

std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    const char lower = to_lower(c);
    if (lower >= 'a' && lower <= 'z') letters += lower;
  }
  return letters;
}

// filter[entity][reference]: "reference"
std::string_view last_word_of(std::string_view name) {
  if (!name.ends_with(']')) return {};
  const auto begin = name.rfind('[') + 1;
  return name.substr(begin, name.size() - begin - 1);
}

// Letters to insert, delete or replace. Both have at most letters_max.
std::size_t edit_distance(std::string_view one, std::string_view other) {
  std::array<std::size_t, letters_max + 1> row{};
  for (std::size_t i = 0; i <= other.size(); ++i) row[i] = i;
  for (const char c : one) {
    std::size_t diagonal = row[0]++;
    for (std::size_t i = 0; i < other.size(); ++i) {
      const std::size_t above = row[i + 1];
      row[i + 1] = std::min({diagonal + (c == other[i] ? 0U : 1U), above + 1, row[i] + 1});
      diagonal = above;
    }
  }
  return row[other.size()];
}

// Most short words differ from each other in two letters: `host` from `sort`.
bool is_near(std::string_view letters, std::string_view known) {
  const std::size_t most = known.size() < 6 ? 1 : 2;
  if (letters.size() > known.size() + most || known.size() > letters.size() + most) return false;
  return known.size() + most <= letters_max && edit_distance(letters, known) <= most;
}

// The known name that has these letters, in all or in its last brackets.
std::optional<std::string_view> find_by_letters(std::string_view letters,
                                                std::span<const std::string_view> known) {
  if (letters.empty()) return std::nullopt;
  for (const auto name : known) {
    if (letters_of(name) == letters) return name;
  }
  for (const auto name : known) {
    if (letters_of(last_word_of(name)) == letters) return name;
  }
  return std::nullopt;
}

bool looks_mistyped(std::string_view name, std::span<const std::string_view> known) {
  const auto letters = letters_of(name);
  const auto first_word = letters_of(name.substr(0, name.find('[')));
  for (const auto family : families) {
    if (letters.starts_with(family) || is_near(first_word, family)) return true;
  }
  return find_by_letters(letters, known) ||
         std::ranges::any_of(known, [&](auto one) { return is_near(letters, letters_of(one)); });
}

// The nearest known name; of the same family, where the name is of one.
std::string hint_for(std::string_view name, std::span<const std::string_view> known) {
  const auto letters = letters_of(name);
  if (const auto same = find_by_letters(letters, known)) {
    return fmt::format("; did you mean \"{}\"?", *same);
  }
  const auto family =
      std::ranges::find_if(families, [&](auto each) { return letters.starts_with(each); });
  std::vector<std::string_view> candidates;
  for (const auto each : known) {
    if (family == families.end() || each.starts_with(*family)) candidates.push_back(each);
  }
  auto hint = suggest_nearest(name, candidates);
  if (hint.empty() && !known.empty()) {
    hint = fmt::format("; known are \"{}\"", fmt::join(known, " "));
  }
  return hint;
}

bool is_refused(const Parameter& parameter, std::span<const std::string_view> known) {
  // Without a value these two ask for nothing.
  const bool may_be_empty = parameter.name == "sort" || parameter.name == "include";
  if (may_be_empty && parameter.value.empty()) return false;
  return looks_mistyped(parameter.name, known);
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// One of two values would be ignored. One pass for each name: a query has few known names and may
// have thousands of others.
Result<void> check_repeated(Query query, std::span<const std::string_view> names) {
  for (const auto name : names) {
    const auto first = std::ranges::find(query, name, &Parameter::name);
    const auto differs = [&](const Parameter& one) {
      return one.name == name && one.value != first->value;
    };
    if (std::any_of(first, query.end(), differs)) {
      return bad_parameter(name, "given once: it has several values here");
    }
  }
  return {};
}

}  // namespace

Result<void> check_parameters(Query query, const ParameterRows& rows) {
  std::vector<std::string_view> known;   // of the families
  std::vector<std::string_view> others;  // outside of them
  for (const auto& row : rows) {
    for (const auto name : row.names) {
      const bool in_family = name.ends_with(']') || name == "sort" || name == "include";
      if (!name.empty()) (in_family ? known : others).push_back(name);
    }
  }
  for (const auto& parameter : query) {
    if (is_one_of(parameter.name, known) || is_one_of(parameter.name, others)) continue;
    if (!is_refused(parameter, known)) continue;
    const auto hint = hint_for(parameter.name, known);
    return invalid(fmt::format("parameter \"{}\" is unknown here{}", parameter.name, hint),
                   parameter.name);
  }
  TRY(check_repeated(query, known));
  return check_repeated(query, others);
}

}  // namespace scorekeeper::wire
